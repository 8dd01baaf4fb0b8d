using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>What deployments ask of, and leave in, the memory.</summary>
internal sealed partial class Memory : IDeploymentStore, IForgeDeployments
{
    public Dictionary<string, DeploymentQuestion> Questions { get; } = new(StringComparer.Ordinal);

    /// <summary>Every commit up to which the branch was covered.</summary>
    public List<CommitId> Covered { get; } = [];

    /// <summary>The change requests that the forge ties to a commit.</summary>
    public Dictionary<CommitId, ChangeKey[]> Tied { get; } = [];

    /// <summary>What the forge answers when it is asked for them.</summary>
    public ForgeTroubleException? ChangesTrouble { get; set; }

    /// <summary>Set to act as somebody who rules in the moment before it is known that a deployment waits.</summary>
    public Action? BeforeItWaits { get; set; }

    public Task<DeploymentQuestion?> OfAsync(string key, CancellationToken cancellation) => Task.FromResult(Questions.GetValueOrDefault(key));

    public Task<ImmutableArray<DeploymentQuestion>> WaitingAsync(
        ChangeKey change, DateTimeOffset since, int limit, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<DeploymentQuestion>>(
            [.. Questions.Values.Where(one => one.IsApproved is null && one.Change == change && one.AskedAt > since).Take(limit)]);

    public Task<ImmutableArray<BranchStanding>> OfRepositoryAsync(RepositoryKey repository, int limit, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<BranchStanding>>(Standing is { } one && one.Repository == repository ? [one] : []);

    public Task<string?> CoveredAtAsync(RepositoryKey repository, string? branch, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult(Covered.Contains(commit) && Standing!.Branch is { } name && (branch ?? name) == name ? name : null);

    public Task<CommitId> FirstCoveredAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Task.FromResult(Covered.FirstOrDefault(commit => !commit.IsNone));

    public Task AnswerDeploymentAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation) =>
        throw new NotSupportedException();

    private bool IsAwaited(ChangeKey change) => Questions.Values.Any(one => one.IsApproved is null && one.Change == change);

    private bool Put(DeploymentQuestion question)
    {
        if (question.IsApproved is null && question.Change is not null && BeforeItWaits is { } act)
        {
            BeforeItWaits = null;
            act();
        }

        if (Questions.TryGetValue(question.Key, out var known) && known.IsApproved is not null) return false;
        Questions[question.Key] = question;
        return true;
    }
}
