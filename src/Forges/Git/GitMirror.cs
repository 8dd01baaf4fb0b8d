using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;
using GitOpsGate.Ports;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges.Git;

/// <summary>Bare mirrors below one folder, kept by the <c>git</c> command (2.38 or newer).</summary>
public sealed class GitMirror(GitMirrorOptions options, TimeProvider clock, ILogger<GitMirror> log) : IGitMirror
{
    private const string RuleFileName = ".gitopsgate.yaml";

    private readonly ConcurrentDictionary<RepositoryKey, Lane> _lanes = new();

    public Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation) =>
        InOrderAsync(connection, change.Key.Repository, git => ReadAsync(git, change, connection.Forge, cancellation), cancellation);

    public Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        InOrderAsync<ReadOnlyMemory<byte>?>(
            connection,
            repository,
            async git =>
            {
                await EnsureAsync(git, commit, cancellation);
                await using var objects = GitObjects.Open(git, clock);
                return await RuleFileAsync(git, objects, commit, cancellation);
            },
            cancellation);

    public Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation) =>
        InOrderAsync(
            connection,
            repository,
            async git =>
            {
                await MirrorFetch.EnsureAsync(git, [new Want(after, HeadRef(git, branch), $"refs/heads/{branch}")], cancellation);
                if (!before.IsNone) await EnsureAsync(git, before, cancellation);
                return await PushedAsync(git, before, after, cancellation);
            },
            cancellation);

    public Task<string?> MergedTreeAsync(
        Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation) =>
        InOrderAsync(
            connection,
            repository,
            async git =>
            {
                await EnsureAsync(git, onto, cancellation);
                await EnsureAsync(git, head, cancellation);
                var output = await git.RunAsync(cancellation, "merge-tree", "--write-tree", "--no-messages", onto.Value, head.Value);
                return output.Code switch
                {
                    0 => output.Text.Split('\n')[0],
                    1 => null,
                    _ => throw git.Trouble($"git merge-tree failed: {output.Errors}", isPermanent: false),
                };
            },
            cancellation);

    public Task<bool> HoldsAsync(
        Connection connection, RepositoryKey repository, CommitId holder, CommitId commit, CancellationToken cancellation) =>
        InOrderAsync(
            connection,
            repository,
            async git =>
            {
                await EnsureAsync(git, holder, cancellation);
                await EnsureAsync(git, commit, cancellation);
                var output = await git.LocalAsync(cancellation, "merge-base", "--is-ancestor", commit.Value, holder.Value);
                return output.Code is 0 or 1
                    ? output.Code == 0
                    : throw git.Trouble($"git merge-base failed: {output.Errors}", isPermanent: false);
            },
            cancellation);

    public Task<string?> TreeAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation) =>
        InOrderAsync(
            connection,
            repository,
            async git =>
            {
                await EnsureAsync(git, commit, cancellation);
                return await TreeAsync(git, commit, path, cancellation);
            },
            cancellation);

    public Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation) =>
        InOrderAsync(
            connection,
            repository,
            async git =>
            {
                var started = clock.GetTimestamp();
                await EnsureAsync(git, commit, cancellation);
                var tree = await TreeAsync(git, commit, path, cancellation)
                    ?? throw git.Trouble($"`{path}` is no folder at `{commit}`", isPermanent: true);
                await TreeExport.WriteAsync(git, clock, tree, folder, cancellation);
                log.Exported(repository.ToString(), commit.Short, Elapsed(started));
                return true;
            },
            cancellation);

    private async Task<Content> ReadAsync(GitCommand git, ChangeRequest change, string forge, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var targetRef = HeadRef(git, change.TargetBranch);
        // The tip that a forge names is the one it saw when the change last moved. An open change is judged by the rules of today.
        var known = change.State == ChangeState.Open ? default : change.TargetTip;
        await MirrorFetch.EnsureAsync(
            git,
            [
                new Want(change.Head, $"refs/gate/changes/{change.Key.Number}", RemoteRef(git, change, forge)),
                new Want(known, targetRef, $"refs/heads/{change.TargetBranch}"),
            ],
            cancellation);
        var naming = known.IsNone ? CommitAsync(git, targetRef, cancellation) : Task.FromResult(known);
        var meeting = MergeBaseAsync(git, known.IsNone ? targetRef : known.Value, change.Head, cancellation);
        await Task.WhenAll(naming, meeting);
        var (tip, mergeBase) = (await naming, await meeting);
        if (mergeBase == change.Head && change.State == ChangeState.Merged && !change.MergeCommit.IsNone && change.MergeCommit != change.Head)
        {
            // The branch has the head already; what the change was is told by the branch as it stood before the merge.
            await EnsureAsync(git, change.MergeCommit, cancellation);
            tip = await CommitAsync(git, change.MergeCommit.Value + "^1", cancellation);
            mergeBase = await MergeBaseAsync(git, tip.Value, change.Head, cancellation);
        }

        var diff = await ContentReader.ReadAsync(git, tip, mergeBase, change.Head, cancellation);
        await using var objects = GitObjects.Open(git, clock);
        var content = await ContentReader.AddFilesAsync(git, objects, diff, cancellation);
        var found = content with { RuleFile = await RuleFileAsync(git, objects, tip, cancellation) };
        log.Read(change.Key.Repository.ToString(), Elapsed(started), found.Commits.Length, found.Files.Length);
        return found;
    }

    private static async Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        GitCommand git, GitObjects objects, CommitId commit, CancellationToken cancellation)
    {
        var file = (await objects.DescribeAsync([$"{commit}:{RuleFileName}"], cancellation))[0];
        if (file is not { Kind: "blob" } known) return null;
        if (known.Size > DocumentReader.MaxBytes)
            throw git.Trouble($"`{RuleFileName}` has {known.Size} bytes; at most {DocumentReader.MaxBytes} are read", isPermanent: true);
        return (await objects.ReadAsync(known, cancellation)).AsMemory(0, (int)known.Size);
    }

    private static async Task<ImmutableArray<PushedCommit>> PushedAsync(
        GitCommand git, CommitId before, CommitId after, CancellationToken cancellation)
    {
        var output = await git.ExpectAsync(
            cancellation,
            [
                "log", "-z", "--first-parent", "--reverse", $"--max-count={(before.IsNone ? 1 : git.Options.MaxCommits + 1)}",
                "--format=%H %T %P", after.Value, .. before.IsNone ? [] : new[] { "^" + before.Value },
            ]);
        var commits = output.Text.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Trim().Split(' '))
            .Select(part => new PushedCommit(CommitId.Parse(part[0]), part.Length > 2 ? CommitId.Parse(part[2]) : default, part[1]))
            .ToImmutableArray();
        return commits.Length <= git.Options.MaxCommits
            ? commits
            : throw git.Trouble($"the push adds more than {git.Options.MaxCommits} commits to the branch", isPermanent: true);
    }

    private static async Task<string?> TreeAsync(GitCommand git, CommitId commit, string path, CancellationToken cancellation)
    {
        if (path.Any(char.IsControl)) return null;
        var output = await git.AskAsync([$"{commit}:{path.Trim('/')}"], cancellation, "cat-file", "--batch-check=%(objecttype) %(objectname)");
        return output.Text.Trim().Split(' ') is ["tree", var id] ? id : null;
    }

    private static async Task<CommitId> MergeBaseAsync(GitCommand git, string tip, CommitId head, CancellationToken cancellation)
    {
        var output = await git.LocalAsync(cancellation, "merge-base", tip, head.Value);
        if (output.Code == 1) throw git.Trouble($"`{head.Short}` and the target branch have no history in common", isPermanent: true);
        return output.Code == 0
            ? CommitId.Parse(output.Text.Trim())
            : throw git.Trouble($"git merge-base failed: {output.Errors}", isPermanent: false);
    }

    private static async Task<CommitId> CommitAsync(GitCommand git, string name, CancellationToken cancellation)
    {
        var output = await git.LocalAsync(cancellation, "rev-parse", "--quiet", "--verify", $"{name}^{{commit}}");
        return CommitId.TryParse(output.Text.Trim(), out var id) ? id : throw git.Trouble($"`{name}` is no commit", isPermanent: true);
    }

    private static Task EnsureAsync(GitCommand git, CommitId commit, CancellationToken cancellation) =>
        commit.IsNone
            ? throw git.Trouble("no commit is named", isPermanent: true)
            : MirrorFetch.EnsureAsync(git, [new Want(commit, $"refs/gate/commits/{commit.Value[..2]}", null)], cancellation);

    private static string HeadRef(GitCommand git, string branch) =>
        GitRemote.IsBranch(branch)
            ? $"refs/gate/heads/{Hash(branch)}"
            : throw git.Trouble($"`{branch}` cannot be the name of a branch", isPermanent: true);

    // Where a forge keeps the head of a change request. Bitbucket Cloud keeps no such ref: there the source branch is the best there is.
    private static string? RemoteRef(GitCommand git, ChangeRequest change, string forge) => forge switch
    {
        "github" => $"refs/pull/{change.Key.Number}/head",
        "gitlab" => $"refs/merge-requests/{change.Key.Number}/head",
        _ when change.IsFromFork => null,
        _ => HeadRef(git, change.SourceBranch) is not null ? $"refs/heads/{change.SourceBranch}" : null,
    };

    private async Task<T> InOrderAsync<T>(
        Connection connection, RepositoryKey repository, Func<GitCommand, Task<T>> work, CancellationToken cancellation)
    {
        var git = new GitCommand(new GitRemote(connection, repository), FolderOf(repository), options, clock);
        var lane = _lanes.GetOrAdd(repository, _ => new Lane());
        await lane.Turn.WaitAsync(cancellation);
        try
        {
            if (!lane.IsRepaired) MirrorFetch.Repair(git);
            lane.IsRepaired = true;
            return await work(git);
        }
        finally
        {
            lane.Turn.Release();
        }
    }

    private string FolderOf(RepositoryKey repository)
    {
        var readable = string.Concat(repository.Path.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-'));
        var name = $"{(readable.Length <= 60 ? readable : readable[^60..])}-{Hash(repository.ToString())}.git";
        Directory.CreateDirectory(options.Folder);
        return Path.Combine(options.Folder, name);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private long Elapsed(long started) => (long)clock.GetElapsedTime(started).TotalMilliseconds;

    /// <summary>The order of calls for one repository.</summary>
    private sealed class Lane
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Whether this process has put right what an earlier one may have left.</summary>
        public bool IsRepaired { get; set; }
    }
}
