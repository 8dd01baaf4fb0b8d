using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>
/// Counts what strangers were refused, and writes one audit entry per kind and minute: a stranger can make a number grow,
/// never the log.
/// Safe for concurrent use.
/// </summary>
public sealed class RefusalLedger(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private Dictionary<(string Type, string Place, string Reason), (long Count, DateTimeOffset First)> _counts = [];

    /// <summary>The door's clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Counts one refusal.</summary>
    /// <param name="type">The audit type, for instance <c>webhook.rejected</c>.</param>
    /// <param name="place">A name of ours (a connection, <c>sign-in</c>); never a caller's own words.</param>
    public void Count(string type, string place, string reason)
    {
        var key = (type, place, reason);
        lock (_gate)
        {
            var known = _counts.TryGetValue(key, out var soFar) ? soFar : (0, clock.GetUtcNow());
            _counts[key] = (known.Item1 + 1, known.Item2);
        }
    }

    /// <summary>Takes all counts, as entries in the order of their types, places and reasons.</summary>
    public ImmutableArray<AuditDraft> Take()
    {
        Dictionary<(string Type, string Place, string Reason), (long Count, DateTimeOffset First)> taken;
        lock (_gate) (taken, _counts) = (_counts, []);
        return
        [
            .. from entry in taken
               orderby entry.Key.Type, entry.Key.Place, entry.Key.Reason
               select new AuditDraft
               {
                   Type = entry.Key.Type,
                   Outcome = AuditOutcome.Deny,
                   Actor = new AuditActor("anonymous", "-"),
                   Subject = new AuditSubject("config", entry.Key.Place),
                   Occurred = entry.Value.First,
                   Attributes = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, AuditValue>
                   {
                       ["count"] = entry.Value.Count,
                       ["reason"] = entry.Key.Reason,
                   }),
               },
        ];
    }
}

/// <summary>Writes the ledger to the audit log once a minute, and when the gateway stops.</summary>
internal sealed class RefusalRecorder(RefusalLedger ledger, IGateStore store, TimeProvider clock) : BackgroundService
{
    private const int MostKept = 1000;
    private ImmutableArray<AuditDraft> _unwritten = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await RecordAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1), clock);
        try
        {
            while (await minute.WaitForNextTickAsync(stoppingToken)) await RecordAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: what is left is written by StopAsync.
        }
    }

    private async Task RecordAsync(CancellationToken cancellation)
    {
        _unwritten = [.. _unwritten.Concat(ledger.Take()).Take(MostKept)];
        if (_unwritten.IsEmpty) return;
        try
        {
            await store.RecordAsync(new Record { Entries = _unwritten, At = clock.GetUtcNow() }, cancellation);
            _unwritten = [];
        }
        catch (Exception trouble) when (trouble is DbException or IOException or TimeoutException)
        {
            // Kept for the next minute; /health/ready says meanwhile that the database is away.
        }
    }
}
