using System.Collections.Immutable;
using GitOpsGate.Attestations;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>What is to be attested of a push: each merge in it, or that no ruling covers it.</summary>
internal static class PushAttestations
{
    /// <param name="report">What the push turned out to be.</param>
    /// <param name="isTold">Whether it was told, and promised, before.</param>
    public static ImmutableArray<Obligation> Of(Concern.Push push, CoverageReport report, bool isTold, DateTimeOffset now) => report.Kind switch
    {
        CoverageKind.Covered => [.. Merges(push, report, now).Select(move => new Obligation.Attest(move))],
        CoverageKind.Unmanaged or CoverageKind.Held when !isTold =>
            [new Obligation.Attest(new AttestedMove(push.Repository, push.Branch, push.Before, push.After, now) { IsForced = push.IsForced })],
        _ => [],
    };

    private static IEnumerable<AttestedMove> Merges(Concern.Push push, CoverageReport report, DateTimeOffset now)
    {
        var (before, controls) = (report.Move.Was?.Covered ?? push.Before, report.Move.Was?.Controls ?? BranchControls.None);
        for (var at = 0; at < report.Steps.Length; at++)
        {
            // Commits behind the last merge that lead back to its tree belong to it: the branch holds the last of them.
            var (step, commit) = (report.Steps[at], at == report.Steps.Length - 1 ? push.After : report.Steps[at].Last.Id);
            controls = controls.After(step.Ruling, commit, now);
            yield return new AttestedMove(push.Repository, push.Branch, before, commit, now)
            {
                Ruling = step.Ruling.Id,
                Change = step.Change.Change.Key,
                IsForced = push.IsForced,
                Controls = controls.Held,
            };
            before = commit;
        }
    }
}
