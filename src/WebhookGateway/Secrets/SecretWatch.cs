using System.Data.Common;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Secrets;

/// <summary>
/// Keeps the stored secrets that <c>gate.yaml</c> names in memory: all of them before the door opens, and afterwards those that another
/// gateway on the same database has changed. Says which secrets' files are lost.
/// </summary>
internal sealed class SecretWatch(GateConfiguration configuration, ISecretStore store, TimeProvider clock, ILogger<SecretWatch> log)
    : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>Brings in what is stored.</summary>
    /// <exception cref="DbException">The database is away.</exception>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        if (configuration.Stored.Names.IsEmpty) return;
        var stored = (await store.NamesAsync(cancellation)).ToDictionary(one => one.Name, one => one.ChangedAt, StringComparer.Ordinal);
        foreach (var name in configuration.Stored.Names)
        {
            if (!stored.TryGetValue(name, out var changed)) configuration.Stored.Set(name, null);
            else if (_seen.GetValueOrDefault(name) != changed) configuration.Stored.Set(name, await store.FindAsync(name, cancellation));
            _seen[name] = changed;
        }
    }

    /// <summary>Loads for the first time, and says what is missing.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        configuration.Files.Lost += log.Lost;
        await LoadAsync(cancellation);
        foreach (var name in configuration.Stored.Missing) log.NotStored(name);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (configuration.Stored.Names.IsEmpty) return;
        using var timer = new PeriodicTimer(Between, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            await LoadAsync(cancellation);
        }
        catch (DbException trouble)
        {
            log.CannotLook(trouble.Message);
        }
    }
}
