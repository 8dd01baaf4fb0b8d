using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Ports;

/// <summary>
/// Deployments that ask. A walk writes them with its record (<see cref="Record.Question"/>). Safe to call concurrently.
/// </summary>
public interface IDeploymentStore
{
    /// <summary>One question by its key, or null.</summary>
    Task<DeploymentQuestion?> OfAsync(string key, CancellationToken cancellation);

    /// <summary>The questions without an answer, asked after <paramref name="since"/>, that wait for a change request; oldest first.</summary>
    Task<ImmutableArray<DeploymentQuestion>> WaitingAsync(
        ChangeKey change, DateTimeOffset since, int limit, CancellationToken cancellation);
}
