using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// The repository of the checkpoints, by the <c>git</c> command. Only the end of its branch is fetched, into a bare folder that may be thrown away at
/// any time. Nothing of it is ever checked out.
/// </summary>
/// <param name="folder">The bare folder, absolute; one gateway alone uses it.</param>
public sealed class GitAnchor(GitAnchorSource source, string folder, TimeProvider clock) : IGitAnchor, IDisposable
{
    private const string Tip = "refs/gate/anchor";
    private const string Root = "checkpoints";

    // What a stranger may have put there is read no further than this.
    private const int MostLogs = 256;
    private const int MostOutput = 4 * 1024 * 1024;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PushPatience = TimeSpan.FromSeconds(60);
    private static readonly Regex Month = new($"^{Root}/(?<log>[0-9a-f]{{64}})/[0-9]{{4}}-[0-9]{{2}}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    // What git, and the forges behind it, say when the branch is no longer where it was.
    private static readonly string[] MovedOn = ["(fetch first)", "(non-fast-forward)", "cannot lock ref", "failed to update ref", "(stale info)"];
    private readonly SemaphoreSlim _turn = new(1);

    public string Where => source.Url;

    private string Ref => $"refs/heads/{source.Branch}";

    public async Task<AnchoredTip> ReadAsync(TimeSpan patience, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var git = Command(patience);
            if (await RemoteTipAsync(git, cancellation) is not { } remote) return new AnchoredTip(null, []);
            await PrepareAsync(git, remote.Length, cancellation);
            await FetchAsync(git, cancellation);
            var tip = (await git.CommitAsync(Tip, cancellation)).Value;
            return new AnchoredTip(tip, await NewestAsync(git, tip, cancellation));
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<string?> AddAsync(AnchoredTip tip, AnchorFileDraft file, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var git = Command(PushPatience);
            await PrepareAsync(git, tip.Commit?.Length ?? 0, cancellation);
            var commit = await CommitAsync(git, tip.Commit, file, cancellation);
            var pushed = await git.RunAsync(cancellation, "push", "--porcelain", "--no-verify", "origin", $"{commit}:{Ref}");
            if (pushed.Code == 0) return commit;
            // The lines of `--porcelain` go to the output, what the server says to the errors.
            var said = $"{pushed.Text}\n{pushed.Errors}";
            if (MovedOn.Any(words => said.Contains(words, StringComparison.Ordinal))) return null;
            throw git.Trouble($"git push failed: {said}", isPermanent: false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // Whoever reads or pushes was told to stop before; the folder is left as it is only once they have.
    public void Dispose()
    {
        _turn.Wait(Farewell);
        _turn.Dispose();
    }

    private GitCommand Command(TimeSpan patience)
    {
        var credential = new Credential(source.Token?.Reveal() ?? "") { User = source.User };
        var options = new GitMirrorOptions(folder) { FetchTimeout = patience, MaxOutput = MostOutput };
        return new GitCommand(GitRemote.At(source.Url, credential), folder, options, clock);
    }

    private async Task<string?> RemoteTipAsync(GitCommand git, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var listed = await git.ExpectAsync(cancellation, "ls-remote", "--quiet", "origin", Ref);
        var lines = listed.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'));
        return lines.FirstOrDefault(line => line.Length == 2 && line[1] == Ref)?[0];
    }

    /// <summary>Makes the folder, or takes away what a git that was ended by force left in it.</summary>
    private async Task PrepareAsync(GitCommand git, int idLength, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(folder, "*.lock", SearchOption.AllDirectories)) File.Delete(file);
        if (File.Exists(Path.Combine(folder, "HEAD"))) return;
        // The ids of SHA-256 have 64 digits.
        var format = idLength == 64 ? "--object-format=sha256" : "--object-format=sha1";
        var made = await git.LocalAsync(cancellation, "init", "--quiet", "--bare", "--template=", "--initial-branch=none", format);
        if (made.Code != 0) throw git.Trouble($"git init failed: {made.Errors}", isPermanent: false);
    }

    private async Task FetchAsync(GitCommand git, CancellationToken cancellation)
    {
        await git.ExpectAsync(
            cancellation, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--depth=1", "--update-shallow", "origin",
            $"+{Ref}:{Tip}");
    }

    /// <summary>Of each log the file with the largest number, in the newest of its months.</summary>
    private static async Task<ImmutableArray<AnchoredText>> NewestAsync(GitCommand git, string tip, CancellationToken cancellation)
    {
        var folders = await LocalAsync(git, cancellation, "ls-tree", "-r", "-d", "-z", "--name-only", tip, "--", $"{Root}/");
        var months = folders.Split('\0').Select(name => Month.Match(name)).Where(match => match.Success).GroupBy(match => match.Groups["log"].Value)
            .Select(log => log.Select(match => match.Value).Max(StringComparer.Ordinal)!).Order(StringComparer.Ordinal).ToList();
        if (months.Count > MostLogs) throw git.Trouble($"it holds the checkpoints of more than {MostLogs} logs", isPermanent: true);
        var newest = ImmutableArray.CreateBuilder<AnchoredText>();
        foreach (var month in months)
        {
            var names = (await LocalAsync(git, cancellation, "ls-tree", "-z", "--name-only", tip, "--", $"{month}/")).Split('\0');
            var sizes = names.Select(name => name[(name.LastIndexOf('/') + 1)..])
                .Select(name => long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : -1).ToList();
            if (sizes.Max() is not (>= 0 and var largest)) continue;
            var path = string.Create(CultureInfo.InvariantCulture, $"{month}/{largest}");
            newest.Add(new AnchoredText(path, await LocalAsync(git, cancellation, "cat-file", "blob", $"{tip}:{path}")));
        }

        return newest.ToImmutable();
    }

    /// <summary>Makes the commit from the tree of its parent and the one file, with our own time.</summary>
    private async Task<string> CommitAsync(GitCommand git, string? parent, AnchorFileDraft file, CancellationToken cancellation)
    {
        File.Delete(Path.Combine(folder, "index"));
        if (parent is not null) await LocalAsync(git, cancellation, "read-tree", parent);
        var blob = await AskAsync(git, file.Text, cancellation, "hash-object", "-w", "--stdin");
        await LocalAsync(git, cancellation, "update-index", "--add", "--cacheinfo", $"100644,{blob},{file.Path}");
        var tree = (await LocalAsync(git, cancellation, "write-tree")).Trim();
        var who = string.Create(CultureInfo.InvariantCulture, $"GitOps Gate <gitopsgate@invalid> {file.At.ToUnixTimeSeconds()} +0000");
        var text = $"tree {tree}\n{(parent is null ? "" : $"parent {parent}\n")}author {who}\ncommitter {who}\n\n{file.Message}\n";
        return await AskAsync(git, text, cancellation, "hash-object", "-t", "commit", "-w", "--stdin");
    }

    private static async Task<string> AskAsync(GitCommand git, string text, CancellationToken cancellation, params string[] arguments) =>
        Checked(git, await git.AskAsync(text.TrimEnd('\n').Split('\n'), cancellation, arguments), arguments).Trim();

    private static async Task<string> LocalAsync(GitCommand git, CancellationToken cancellation, params string[] arguments) =>
        Checked(git, await git.LocalAsync(cancellation, arguments), arguments);

    private static string Checked(GitCommand git, GitOutput output, string[] arguments) =>
        output.IsCut ? throw git.Trouble($"git {arguments[0]} printed more than {MostOutput} bytes", isPermanent: true)
        : output.Code == 0 ? output.Text : throw git.Trouble($"git {arguments[0]} failed: {output.Errors}", isPermanent: false);
}
