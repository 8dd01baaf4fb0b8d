using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// Bare mirrors below one folder, kept by the <c>git</c> command (2.38 or newer) and by <see cref="GitWire"/>. Some git processes stand by
/// for the next question; they end when there is none for a while, and with the gateway.
/// </summary>
public sealed class GitMirror : IGitMirror, IAsyncDisposable
{
    private const string RuleFileName = ".gitopsgate.yaml";

    private readonly ConcurrentDictionary<RepositoryKey, Mirror> _mirrors = new();
    private readonly GitMirrorOptions _options;
    private readonly ForgeHttp _http;
    private readonly TimeProvider _clock;
    private readonly ILogger<GitMirror> _log;
    private readonly SemaphoreSlim _room;
    private readonly ITimer _rest;

    /// <param name="http">Signs in, for git as for REST.</param>
    public GitMirror(GitMirrorOptions options, ForgeHttp http, TimeProvider clock, ILogger<GitMirror> log)
    {
        (_options, _http, _clock, _log) = (options, http, clock, log);
        _room = new SemaphoreSlim(options.MaxStandby);
        _rest = clock.CreateTimer(_ => _ = RestAsync(), null, options.Standby, options.Standby / 2);
    }

    public async Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        var mirror = await MirrorOfAsync(connection, change.Key.Repository, cancellation);
        var span = await SpanAsync(mirror, change, connection.Forge, cancellation);
        var diff = await ContentReader.ReadAsync(mirror, span, cancellation);
        var content = await mirror.Objects.WithAsync(
            async objects =>
            {
                var found = await ContentReader.AddFilesAsync(mirror.Git, objects, diff, cancellation);
                return found with { RuleFile = await RuleFileAsync(mirror.Git, objects, span.Tip.Id, cancellation) };
            },
            cancellation);
        _log.Read(change.Key.Repository.ToString(), Elapsed(started), content.Commits.Length, content.Files.Length);
        return content;
    }

    public async Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.EnsureAsync(commit, cancellation);
        return await mirror.Objects.WithAsync(objects => RuleFileAsync(mirror.Git, objects, commit, cancellation), cancellation);
    }

    public async Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation)
    {
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.Fetches.EnsureAsync([new Want(after, HeadRef(mirror.Git, branch), $"refs/heads/{branch}")], cancellation);
        if (!before.IsNone) await mirror.EnsureAsync(before, cancellation);
        return await PushedAsync(mirror.Git, before, after, cancellation);
    }

    public async Task<string?> MergedTreeAsync(
        Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation)
    {
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.EnsureAsync(onto, cancellation);
        await mirror.EnsureAsync(head, cancellation);
        var output = await mirror.Git.RunAsync(cancellation, "merge-tree", "--write-tree", "--no-messages", onto.Value, head.Value);
        return output.Code switch
        {
            0 => output.Text.Split('\n')[0],
            1 => null,
            _ => throw mirror.Git.Trouble($"git merge-tree failed: {output.Errors}", isPermanent: false),
        };
    }

    public async Task<bool> HoldsAsync(
        Connection connection, RepositoryKey repository, CommitId holder, CommitId commit, CancellationToken cancellation)
    {
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.EnsureAsync(holder, cancellation);
        await mirror.EnsureAsync(commit, cancellation);
        var output = await mirror.Git.LocalAsync(cancellation, "merge-base", "--is-ancestor", commit.Value, holder.Value);
        return output.Code is 0 or 1
            ? output.Code == 0
            : throw mirror.Git.Trouble($"git merge-base failed: {output.Errors}", isPermanent: false);
    }

    public async Task<string?> TreeAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation)
    {
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.EnsureAsync(commit, cancellation);
        return await TreeAsync(mirror, commit, path, cancellation);
    }

    public async Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        var mirror = await MirrorOfAsync(connection, repository, cancellation);
        await mirror.EnsureAsync(commit, cancellation);
        var tree = await TreeAsync(mirror, commit, path, cancellation)
            ?? throw mirror.Git.Trouble($"`{path}` is no folder at `{commit}`", isPermanent: true);
        await TreeExport.WriteAsync(mirror, tree, folder, cancellation);
        _log.Exported(repository.ToString(), commit.Short, Elapsed(started));
    }

    public async ValueTask DisposeAsync()
    {
        await _rest.DisposeAsync();
        foreach (var mirror in _mirrors.Values) await mirror.CloseAsync();
    }

    private static async Task<ChangeSpan> SpanAsync(Mirror mirror, ChangeRequest change, string forge, CancellationToken cancellation)
    {
        var targetRef = HeadRef(mirror.Git, change.TargetBranch);
        // The tip that a forge names is the one it saw when the change last moved. An open change is judged by the rules of today.
        var known = change.State == ChangeState.Open ? default : change.TargetTip;
        var found = await mirror.Fetches.EnsureAsync(
            [
                new Want(change.Head, $"refs/gate/changes/{change.Key.Number}", RemoteRef(mirror.Git, change, forge)),
                new Want(known, targetRef, $"refs/heads/{change.TargetBranch}"),
            ],
            cancellation);
        var span = await ChangeSpan.OfAsync(mirror, found[1], change.Head, cancellation);
        if (span.MergeBase.Id != change.Head || change.State != ChangeState.Merged || change.MergeCommit.IsNone || change.MergeCommit == change.Head)
            return span;
        // The branch has the head already; what the change was is told by the branch as it stood before the merge.
        await mirror.EnsureAsync(change.MergeCommit, cancellation);
        var before = await mirror.Git.CommitAsync(change.MergeCommit.Value + "^1", cancellation);
        return await ChangeSpan.OfAsync(mirror, before, change.Head, cancellation);
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

    private static async Task<string?> TreeAsync(Mirror mirror, CommitId commit, string path, CancellationToken cancellation)
    {
        if (path.Any(char.IsControl)) return null;
        var found = await mirror.Known.WithAsync(
            objects => objects.DescribeAsync([$"{commit}:{path.Trim('/')}"], cancellation), cancellation);
        return found[0] is { Kind: "tree" } tree ? tree.Id : null;
    }

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

    private async ValueTask<Mirror> MirrorOfAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        var credential = await CredentialAsync(connection, repository, cancellation);
        if (!_mirrors.TryGetValue(repository, out var mirror))
        {
            var git = new GitCommand(new GitRemote(connection, repository, credential), FolderOf(repository), _options, _clock);
            mirror = _mirrors.GetOrAdd(repository, new Mirror(git, () => _http.Clients.CreateClient(ForgeHttp.ClientName), _room, _clock));
        }

        mirror.Git.Remote.Sign(credential);
        return mirror;
    }

    private async ValueTask<Credential> CredentialAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        try
        {
            var scope = connection.App is null ? SignInScope.Unsaid : SignInScope.Repository(repository.Path);
            return await _http.SignIn.ResolveAsync(connection, scope, cancellation);
        }
        catch (ForgeTroubleException trouble)
        {
            throw new GitTroubleException($"`{repository}`: {trouble.Message}", isPermanent: false, trouble);
        }
    }

    private async Task RestAsync()
    {
        foreach (var mirror in _mirrors.Values)
        {
            try
            {
                await mirror.RestAsync(_options.Standby);
            }
            catch (GitTroubleException trouble)
            {
                _log.CannotRest(trouble.Message);
            }
        }
    }

    private string FolderOf(RepositoryKey repository)
    {
        var readable = string.Concat(repository.Path.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-'));
        var name = $"{(readable.Length <= 60 ? readable : readable[^60..])}-{Hash(repository.ToString())}.git";
        Directory.CreateDirectory(_options.Folder);
        return Path.Combine(_options.Folder, name);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private long Elapsed(long started) => (long)_clock.GetElapsedTime(started).TotalMilliseconds;
}
