using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Ports;

/// <summary>
/// What there is on a forge at this moment, asked without any webhook: no forge promises that every event arrives. Only reads. Every member
/// may be called concurrently.
/// </summary>
public interface IForgeSurvey
{
    /// <summary>
    /// The repositories of an organisation, group (with its subgroups), workspace or project that the credentials can see, by path; archived
    /// ones are left out.
    /// </summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer; <see cref="TroubleKind.Missing"/> when there is
    /// no such owner.</exception>
    Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation);

    /// <summary>The open change requests into a repository, drafts too, by number.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<ImmutableArray<OpenChange>> OpenChangesAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation);

    /// <summary>The commit at the tip of a branch; none when there is no such branch.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation);
}

/// <summary>An open change request, as a list of them shows it.</summary>
/// <param name="Head">The head's id in lower-case hex: whole, or its first digits (at least 12) where the forge's list shortens it.</param>
/// <param name="UpdatedAt">When the forge last saw it change.</param>
public sealed record OpenChange(ChangeKey Key, string Head, string TargetBranch, DateTimeOffset UpdatedAt)
{
    /// <summary>Whether this is the head.</summary>
    public bool IsAt(CommitId commit) => Head.Length >= 12 && commit.Value.StartsWith(Head, StringComparison.Ordinal);
}
