using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Ports;

/// <summary>
/// A forge that holds deployments of its own pipelines until the gate has answered (GitHub's deployment protection rules). An
/// <see cref="IForge"/> that can do this implements it as well. Every member may be called concurrently.
/// </summary>
public interface IForgeDeployments
{
    /// <summary>
    /// Answers the question of a <see cref="Deliveries.DeploymentGate"/>. Answering again what was answered already changes nothing; a report
    /// without an answer may be shown twice.
    /// </summary>
    /// <exception cref="ForgeTroubleException">Not known to have happened; <see cref="TroubleKind.Refused"/> when the forge takes no such
    /// answer.</exception>
    Task AnswerDeploymentAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation);
}

/// <summary>What a deployment that waits is told.</summary>
/// <param name="Environment">Where it goes, as the forge named it.</param>
/// <param name="Run">The forge's number of the run that waits.</param>
/// <param name="IsApproved">Null for a report alone: the deployment waits on.</param>
/// <param name="Comment">The reason in Markdown, shown beside the deployment.</param>
public sealed record DeploymentAnswer(RepositoryKey Repository, string Environment, long Run, bool? IsApproved, string Comment);
