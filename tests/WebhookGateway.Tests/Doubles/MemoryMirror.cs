using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>A mirror that knows one rule file, or none; nothing else is asked of it here.</summary>
internal sealed class MemoryMirror : IGitMirror
{
    /// <summary>The rule file on every branch; null when there is none.</summary>
    public byte[]? RuleFile { get; set; }

    public Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult(RuleFile is null ? (ReadOnlyMemory<byte>?)null : RuleFile.AsMemory());

    public Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation) => throw new NotSupportedException();

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
        throw new NotSupportedException();

    public Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
