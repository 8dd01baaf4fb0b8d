using System.Collections.Immutable;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>What guards a project's merges, and what its edition has for that. Pure.</summary>
internal sealed record GitLabGuard
{
    /// <summary>Whether there are external status checks at all (Ultimate).</summary>
    public bool HasChecks { get; init; }

    /// <summary>Whether there are approval rules (Premium).</summary>
    public bool HasApprovalRules { get; init; }

    /// <summary>Whether a merge waits for our external status check.</summary>
    public bool IsByChecks { get; init; }

    /// <summary>Whether a merge waits for a pipeline that succeeded, and so for our commit status.</summary>
    public bool IsByPipeline { get; init; }

    /// <summary>Whether nobody may push to the branch past all merge requests.</summary>
    public bool IsClosedToPushes { get; init; }

    /// <param name="branch">The branch that is asked about.</param>
    /// <param name="context">The connection's status context.</param>
    /// <param name="advice">What could not be done.</param>
    public Protection Judge(string branch, string context, ImmutableArray<string> advice)
    {
        var isRequired = IsByChecks || IsByPipeline;
        var by = IsByChecks ? $"external status check `{context}`" : IsByPipeline ? "\"Pipelines must succeed\"" : "";
        // On every edition a Developer can post a status of any name, and answer a check.
        return new Protection(isRequired, IsBoundToUs: false, isRequired && IsClosedToPushes, by, [.. advice, .. Weaknesses(branch)]);
    }

    private IEnumerable<string> Weaknesses(string branch)
    {
        if (IsByChecks || IsByPipeline)
        {
            yield return IsByChecks
                ? "Anybody with the role Developer can answer an external status check in the gate's place: let production take only what has "
                    + "the gate's warrant."
                : "Anybody with the role Developer can post a commit status of the gate's name: let production take only what has the gate's "
                    + "warrant.";
        }

        if (!IsByChecks && HasChecks)
        {
            yield return "This GitLab has external status checks (Ultimate), which are bound to the head and apart from pipelines: protecting "
                + "the branch with the gate's webhook in place uses one.";
        }
        else if (!HasChecks && HasApprovalRules)
        {
            yield return "GitLab Premium has approval rules (Settings, Merge requests), and only the people whom they name can fulfil them: "
                + "have the approvals that matter most required there as well.";
        }
        else if (!HasChecks)
        {
            yield return "On this edition GitLab has nothing stronger than a pipeline's status: approval rules need Premium, external status "
                + "checks need Ultimate.";
        }

        if (!IsClosedToPushes)
        {
            yield return $"Allow nobody to push or force-push to `{branch}` (Settings, Repository, Protected branches): whoever may do that "
                + "needs no merge request.";
        }
    }
}
