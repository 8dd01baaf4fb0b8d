using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Ports;

/// <summary>
/// Bare mirrors of the repositories. Holds only the commits that were asked for. Every member may be called concurrently: what is there is
/// read side by side, what is not is fetched together. Treats every repository as hostile.
/// </summary>
public interface IGitMirror
{
    /// <summary>Reads all that Git says about a change: fetches what is missing, then lists commits, files and documents.</summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commits are gone.</exception>
    Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation);

    /// <summary>The rule file's bytes at a commit, or null when there is none.</summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commit is gone.</exception>
    Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation);

    /// <summary>
    /// The commits that a push added to a branch along the first parents, oldest first, each with its tree.
    /// <paramref name="before"/> none means that the branch is new: only <paramref name="after"/> is given.
    /// </summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commits are gone.</exception>
    Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation);

    /// <summary>
    /// The tree that merging <paramref name="head"/> into <paramref name="onto"/> gives (<c>git merge-tree --write-tree</c>), or null when
    /// they conflict. It is the same for a merge, a squash and a rebase of the same change.
    /// </summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commits are gone.</exception>
    Task<string?> MergedTreeAsync(
        Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation);

    /// <summary>Whether <paramref name="commit"/> is <paramref name="holder"/> or one of the commits that lead to it.</summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commits are gone.</exception>
    Task<bool> HoldsAsync(
        Connection connection, RepositoryKey repository, CommitId holder, CommitId commit, CancellationToken cancellation);

    /// <summary>The tree id of a path at a commit (of the root for an empty path), or null when the path is not a folder there.</summary>
    /// <exception cref="GitTroubleException">The remote failed, or the commit is gone.</exception>
    Task<string?> TreeAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation);

    /// <summary>
    /// Writes the files below a path at a commit into an empty folder. Refuses names that would leave the folder; symbolic links that
    /// point outside it are refused too.
    /// </summary>
    /// <exception cref="GitTroubleException">The remote failed, the commit is gone, or the content is refused.</exception>
    Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation);
}

/// <summary>A commit on a branch.</summary>
public sealed record PushedCommit(CommitId Id, CommitId FirstParent, string Tree);

/// <summary>Trouble with Git: the message names the repository and what git said, without credentials.</summary>
public sealed class GitTroubleException : Exception
{
    public GitTroubleException(string message, bool isPermanent, Exception? inner = null)
        : base(message, inner) => IsPermanent = isPermanent;

    /// <summary>Whether trying again is pointless: the commit is gone, or the content is refused.</summary>
    public bool IsPermanent { get; }
}
