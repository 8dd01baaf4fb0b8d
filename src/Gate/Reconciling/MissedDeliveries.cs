using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Reconciling;

/// <summary>What the forge was asked to send again.</summary>
/// <param name="Ids">The delivery ids; a try's handle where the forge's list does not say the id.</param>
/// <param name="IsAll">Whether nothing was left for the next round.</param>
public sealed record Redelivered(ImmutableArray<string> Ids, bool IsAll);

/// <summary>
/// Has forges that keep a log of their deliveries send again what failed and is not in the inbox. It comes in at the door as any other: what
/// arrived after all is a duplicate there. Safe to call concurrently for different repositories.
/// </summary>
public sealed class MissedDeliveries(GateConfiguration configuration, IReconcileStore store)
{
    /// <summary>How many are asked for in one round.</summary>
    public const int Together = 100;

    // A door that refuses them for a reason of its own would be knocked at for ever.
    private const int Tries = 3;

    private readonly ConcurrentDictionary<RepositoryKey, ImmutableDictionary<string, int>> _asked = new();

    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer; what was asked for before is asked for again.</exception>
    public async Task<Redelivered> AskAsync(Reach reach, RepositoryKey repository, DateTimeOffset since, CancellationToken cancellation)
    {
        var (forge, connection) = reach;
        var address = $"{configuration.PublicUrl}/hooks/{connection.Name}";
        var missed = (await forge.MissedAsync(connection, repository, address, since, cancellation)).DistinctBy(IdOf).ToImmutableArray();
        var named = missed.Where(one => one.ForgeId.Length > 0).Select(one => one.ForgeId).ToImmutableArray();
        var unknown = (await store.UnknownAsync(connection.Name, named, cancellation)).ToHashSet(StringComparer.Ordinal);
        var asked = _asked.GetValueOrDefault(repository, ImmutableDictionary<string, int>.Empty);
        var wanted = missed
            .Where(one => one.ForgeId.Length == 0 || unknown.Contains(one.ForgeId))
            .Where(one => asked.GetValueOrDefault(IdOf(one)) < Tries)
            // Those that were asked for may be on their way: first the others.
            .OrderBy(one => asked.GetValueOrDefault(IdOf(one)))
            .ToImmutableArray();
        // What the forge does not list any more needs no memory.
        asked = missed.Select(IdOf).Where(asked.ContainsKey).ToImmutableDictionary(id => id, id => asked[id]);
        _asked[repository] = asked;
        var done = ImmutableArray.CreateBuilder<string>();
        foreach (var one in wanted.Take(Together))
        {
            if (await AskAsync(forge, connection, repository, one, cancellation)) done.Add(IdOf(one));
            _asked[repository] = asked = asked.SetItem(IdOf(one), asked.GetValueOrDefault(IdOf(one)) + 1);
        }

        return new Redelivered(done.ToImmutable(), wanted.Length <= Together);
    }

    private static string IdOf(MissedDelivery one) => one.ForgeId.Length > 0 ? one.ForgeId : $"{one.HookId}/{one.Handle}";

    private static async Task<bool> AskAsync(
        IForge forge, Connection connection, RepositoryKey repository, MissedDelivery one, CancellationToken cancellation)
    {
        try
        {
            await forge.RedeliverAsync(connection, repository, one, cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Refused)
        {
            // Too old to be sent again. What it told of is found by comparing.
            return false;
        }
    }
}
