using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>A work that tells the schedule of the reconciler when a forge was in trouble, when it works again, and what was given up.</summary>
/// <param name="about">The repositories whose forge a piece asks, and how often it was tried before.</param>
internal sealed class ReconcileWatch<T>(
    IWork<T> work, ReconcileSchedule schedule, Func<T, (ImmutableArray<RepositoryKey> Repositories, int Tries)> about) : IWork<T>
{
    public string Name => work.Name;

    public int Width => work.Width;

    public Task<ImmutableArray<T>> ClaimAsync(int limit, CancellationToken cancellation) => work.ClaimAsync(limit, cancellation);

    public async Task<string> DoAsync(T piece, CancellationToken cancellation)
    {
        var result = await work.DoAsync(piece, cancellation);
        foreach (var repository in about(piece).Repositories)
        {
            if (result is "waiting" or "unclear") schedule.Troubled(repository.Connection, mayHaveLost: false);
            else if (result == "dead") schedule.GaveUp(repository);
            else schedule.Works(repository.Connection);
        }

        return result;
    }

    public async Task TroubleAsync(T piece, Exception trouble, CancellationToken cancellation)
    {
        await work.TroubleAsync(piece, trouble, cancellation);
        var (repositories, tries) = about(piece);
        var isGivenUp = tries + 1 >= Backoff.Tries || trouble is GitTroubleException { IsPermanent: true };
        foreach (var repository in repositories)
        {
            if (trouble is ForgeTroubleException { Kind: TroubleKind.Unavailable or TroubleKind.Unclear })
            {
                schedule.Troubled(repository.Connection, mayHaveLost: true);
            }

            if (isGivenUp) schedule.GaveUp(repository);
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => work.WaitAsync(atMost, cancellation);
}

/// <summary>What pieces of work are about.</summary>
internal static class ReconcileWatch
{
    public static (ImmutableArray<RepositoryKey> Repositories, int Tries) Of(DeliveryWalk walk) => (
        [.. walk.Concerns.Select(concern => concern.Repository).Distinct()],
        walk.Deliveries.Select(claimed => claimed.Attempts).DefaultIfEmpty().Max());

    public static (ImmutableArray<RepositoryKey> Repositories, int Tries) Of(ClaimedObligation claimed) => (
        claimed.Obligation switch
        {
            Obligation.ReportStatus status => [status.Repository],
            Obligation.Explain comment => [comment.Change.Repository],
            // An order is between the gate and a target.
            _ => [],
        },
        claimed.Attempts);
}
