using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Tests;

/// <summary>Every commit is there, its tree has the commit's own id, and its one file says which commit it is.</summary>
internal sealed class MemoryMirror : IGitMirror
{
    public int Exports { get; private set; }

    public GitTroubleException? Trouble { get; set; }

    /// <summary>Runs in the middle of an export, after the first file.</summary>
    public Action? Midway { get; set; }

    public Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<string?> MergedTreeAsync(
        Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<bool> HoldsAsync(
        Connection connection, RepositoryKey repository, CommitId holder, CommitId commit, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<string?> TreeAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation) =>
        Trouble is null ? Task.FromResult<string?>(commit.Value) : throw Trouble;

    public async Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), commit.Short, cancellation);
        Midway?.Invoke();
        System.IO.Directory.CreateDirectory(Path.Combine(folder, "css"));
        await File.WriteAllTextAsync(Path.Combine(folder, "css", "a.css"), "a", cancellation);
        File.CreateSymbolicLink(Path.Combine(folder, "latest"), "css");
        Exports++;
    }
}
