using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>
/// Says again that held changes are held, on forges that give up waiting (<see cref="IForgePatience"/>): in time, a bounded number of them,
/// and for some hours after their last ruling. What it knows is read from the rulings at each look, so nothing is kept, and a gateway that
/// starts anew, or a second one, only says it once more.
/// </summary>
internal sealed class PendingWork(KnownForges forges, GateConfiguration configuration, IGateReader reader, TimeProvider clock) : IWork<Revision>
{
    /// <summary>How many held changes are kept pending; those beyond them are taken for failed by the forge, which blocks them as well.</summary>
    public const int Most = 200;

    /// <summary>For how long after its ruling a change is kept pending. Nobody who waits longer looks at it every minute.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(8);

    private const int PageLength = 100;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Nothing = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Revision, DateTimeOffset> _due = new();
    private DateTimeOffset _lookAt = DateTimeOffset.MinValue;

    public string Name => "pending";

    public int Width => 2;

    public async Task<ImmutableArray<Revision>> ClaimAsync(int limit, CancellationToken cancellation)
    {
        if (!configuration.Connections.Any(one => Patience(one.Name) is not null)) return [];
        var now = clock.GetUtcNow();
        if (now >= _lookAt)
        {
            await LookAsync(now, cancellation);
            _lookAt = now + LookAgain;
        }

        var due = _due.Where(one => one.Value <= now).OrderBy(one => one.Value).Take(limit).Select(one => one.Key).ToImmutableArray();
        // In hand: not due again before this turn is over.
        foreach (var revision in due) _due[revision] = now + Nothing;
        return due;
    }

    public async Task<string> DoAsync(Revision piece, CancellationToken cancellation)
    {
        var connection = piece.Change.Repository.Connection;
        if (forges.Find(connection) is not { } reach || reach.Forge is not IForgePatience patience) return "unknown";
        // It may have been ruled on since.
        if (await reader.ChangeAsync(piece.Change, cancellation) is not { } known || !IsHeld(known) || known.Change.Revision != piece)
        {
            _due.TryRemove(piece, out _);
            return "over";
        }

        using var background = ForgeWork.Background();
        var isWaitedFor = await patience.StillPendingAsync(reach.Connection, piece, cancellation);
        _due[piece] = clock.GetUtcNow() + (isWaitedFor ? Every(patience) : Nothing);
        return isWaitedFor ? "said" : "nobody";
    }

    public Task TroubleAsync(Revision piece, Exception trouble, CancellationToken cancellation)
    {
        var wait = (trouble as ForgeTroubleException)?.RetryAfter ?? TimeSpan.FromMinutes(1);
        _due[piece] = clock.GetUtcNow() + (wait < Nothing ? wait : Nothing);
        return Task.CompletedTask;
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.Delay(atMost, clock, cancellation);

    private static bool IsHeld(ChangeSummary one) =>
        one is { Change.State: ChangeState.Open, Latest.Verdict: Verdict.Held } && one.Latest.Revision == one.Change.Revision;

    // A fifth is left for the look, the queue and the call.
    private static TimeSpan Every(IForgePatience patience) => patience.PendingLasts * 0.8;

    private IForgePatience? Patience(ConnectionName connection) => forges.Find(connection)?.Forge as IForgePatience;

    private async Task LookAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var held = new Dictionary<Revision, DateTimeOffset>();
        string? after = null;
        do
        {
            var page = await reader.ChangesAsync(new ChangeFilter(ChangeState.Open, Verdict.Held, null, after, PageLength), cancellation);
            foreach (var one in page.Items.Where(one => IsHeld(one) && now - one.Latest!.RuledAt < Longest))
            {
                if (held.Count < Most && Patience(one.Change.Key.Repository.Connection) is { } patience)
                {
                    held[one.Change.Revision] = one.Latest!.RuledAt + Every(patience);
                }
            }

            after = page.Next;
        }
        while (after is not null && held.Count < Most);
        foreach (var gone in _due.Keys.Where(known => !held.ContainsKey(known)).ToArray()) _due.TryRemove(gone, out _);
        foreach (var (revision, at) in held) _due.TryAdd(revision, at);
    }
}
