using System.Diagnostics;
using System.Text;

namespace GitOpsGate.Fakes.Git;

/// <summary>Who made a commit.</summary>
public sealed record GitPerson(string Name, string Email)
{
    public static GitPerson Alice { get; } = new("Alice", "alice@example.org");

    public override string ToString() => $"{Name} <{Email}>";
}

/// <summary>What a commit does to one file.</summary>
/// <param name="Content">The new bytes, or null to remove the file.</param>
/// <param name="Mode">Git's mode: <c>100644</c>, <c>100755</c>, <c>120000</c> (the bytes are the link's target), <c>160000</c> (a commit id).</param>
public sealed record GitFile(string Path, byte[]? Content, string Mode = "100644")
{
    public static GitFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    public static GitFile Removed(string path) => new(path, null);

    public static GitFile Link(string path, string target) => new(path, Encoding.UTF8.GetBytes(target), "120000");
}

/// <summary>What a merge or a rebase could not do.</summary>
public sealed class GitFailedException(string message) : Exception(message);

/// <summary>A bare repository that tests and fake forges drive. Commits made alike have the same id in every run.</summary>
public sealed class GitRepo
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private int _commits;

    private GitRepo(string path) => Path = path;

    /// <summary>The folder of the bare repository.</summary>
    public string Path { get; }

    /// <summary>Makes an empty bare repository that lets everybody push and, like the big forges, serves any commit by its id.</summary>
    public static async Task<GitRepo> InitAsync(string path, string branch = "main")
    {
        Directory.CreateDirectory(path);
        var repo = new GitRepo(path);
        await repo.RunAsync(["init", "--quiet", "--bare", $"--initial-branch={branch}", "."]);
        await File.AppendAllTextAsync(
            System.IO.Path.Combine(path, "config"),
            "[http]\n\treceivepack = true\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n[gc]\n\tauto = 0\n");
        return repo;
    }

    /// <summary>Opens what <see cref="InitAsync"/> made.</summary>
    public static GitRepo Open(string path) => new(path);

    /// <summary>Commits text files to a branch, which begins without history when it is new.</summary>
    public Task<string> CommitAsync(string branch, string message, params (string Path, string? Text)[] files) =>
        CommitAsync(branch, message, [.. files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text))]);

    /// <summary>Commits files to a branch and gives the commit's id.</summary>
    /// <param name="branch">Short name; made when it is not there.</param>
    /// <param name="message">The commit's message.</param>
    /// <param name="files">What changes; none makes an empty commit.</param>
    /// <param name="author">Alice when not given; she is the committer too.</param>
    /// <param name="at">A minute after the commit before, when not given.</param>
    /// <param name="from">Where a new branch begins: a commit or a branch; null for a branch without history.</param>
    public async Task<string> CommitAsync(
        string branch, string message, IReadOnlyList<GitFile> files, GitPerson? author = null, DateTimeOffset? at = null, string? from = null)
    {
        var parent = await TryResolveAsync($"refs/heads/{branch}") ?? (from is null ? null : await ResolveAsync(from));
        var seconds = (at ?? Epoch.AddMinutes(_commits++)).ToUnixTimeSeconds();
        using var script = new MemoryStream();
        Line($"commit refs/heads/{branch}");
        Line("mark :1");
        Line($"author {author ?? GitPerson.Alice} {seconds} +0000");
        Line($"committer {author ?? GitPerson.Alice} {seconds} +0000");
        Bytes(Encoding.UTF8.GetBytes(message));
        if (parent is not null) Line($"from {parent}");
        foreach (var file in files)
        {
            if (file.Content is null) Line($"D {Quoted(file.Path)}");
            else if (file.Mode == "160000") Line($"M 160000 {Encoding.UTF8.GetString(file.Content)} {Quoted(file.Path)}");
            else
            {
                Line($"M {file.Mode} inline {Quoted(file.Path)}");
                Bytes(file.Content);
            }
        }

        Line("get-mark :1");
        return (await RunAsync(["fast-import", "--quiet", "--force"], script.ToArray())).Trim();

        void Line(string text) => script.Write(Encoding.UTF8.GetBytes(text + "\n"));
        void Bytes(byte[] bytes)
        {
            Line($"data {bytes.Length}");
            script.Write(bytes);
            Line("");
        }
    }

    /// <summary>Merges with a merge commit and moves <paramref name="into"/>; gives the merge commit.</summary>
    /// <exception cref="GitFailedException">They conflict.</exception>
    public async Task<string> MergeAsync(string into, string source, string message, GitPerson? by = null) =>
        await FinishAsync(into, await MergedTreeAsync(into, source), message, by, [await ResolveAsync(into), await ResolveAsync(source)]);

    /// <summary>Merges as one new commit with one parent and moves <paramref name="into"/>; gives that commit.</summary>
    /// <exception cref="GitFailedException">They conflict.</exception>
    public async Task<string> SquashAsync(string into, string source, string message, GitPerson? by = null) =>
        await FinishAsync(into, await MergedTreeAsync(into, source), message, by, [await ResolveAsync(into)]);

    /// <summary>Replays the commits of <paramref name="source"/> on <paramref name="into"/> and moves it; gives the last new commit.</summary>
    /// <exception cref="GitFailedException">They conflict.</exception>
    public async Task<string> RebaseAsync(string into, string source, GitPerson? by = null)
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-rebase-").FullName;
        try
        {
            await RunAsync(["worktree", "add", "--quiet", "--detach", "--force", folder, await ResolveAsync(source)], null, by);
            await RunAsync(["-C", folder, "rebase", "--quiet", "--no-ff", await ResolveAsync(into)], null, by, inside: true);
            var tip = (await RunAsync(["-C", folder, "rev-parse", "HEAD"], inside: true)).Trim();
            await SetRefAsync($"refs/heads/{into}", tip);
            return tip;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await RunAsync(["worktree", "prune"]);
        }
    }

    /// <summary>Points a ref at a commit, for instance <c>refs/pull/7/head</c>.</summary>
    public Task SetRefAsync(string name, string commit) => RunAsync(["update-ref", name, commit]);

    /// <summary>Removes a branch; its commits stay.</summary>
    public Task DeleteBranchAsync(string branch) => RunAsync(["update-ref", "-d", $"refs/heads/{branch}"]);

    /// <summary>The commit id of a branch, a ref or a commit.</summary>
    /// <exception cref="GitFailedException">There is none.</exception>
    public async Task<string> ResolveAsync(string name) =>
        await TryResolveAsync(name) ?? throw new GitFailedException($"`{name}` is not a commit of `{Path}`");

    /// <summary>The commit id of a branch, a ref or a commit, or null.</summary>
    public async Task<string?> TryResolveAsync(string name)
    {
        var (code, output, _) = await TryRunAsync(["rev-parse", "--quiet", "--verify", $"{name}^{{commit}}"]);
        return code == 0 ? output.Trim() : null;
    }

    /// <summary>The tree id of a folder at a commit; of the root for an empty path.</summary>
    public async Task<string> TreeAsync(string commit, string path = "") =>
        (await RunAsync(["rev-parse", "--verify", $"{await ResolveAsync(commit)}:{path}"])).Trim();

    /// <summary>The text of a file at a commit, or null when it is not there.</summary>
    public async Task<string?> ReadAsync(string commit, string path)
    {
        var (code, output, _) = await TryRunAsync(["cat-file", "blob", $"{commit}:{path}"]);
        return code == 0 ? output : null;
    }

    /// <summary>The commits of a range (<c>main..feature</c>), newest first.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(string range) =>
        (await RunAsync(["rev-list", range])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The branches and the commits they stand at, in order of their names.</summary>
    public async Task<IReadOnlyList<(string Name, string Commit)>> BranchesAsync() =>
    [
        .. (await RunAsync(["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (line[(line.IndexOf(' ') + 1)..], line[..line.IndexOf(' ')])),
    ];

    /// <summary>Brings a commit of another repository in under a ref, as a forge does for a change request from a fork.</summary>
    public Task FetchAsync(GitRepo other, string source, string asRef) =>
        RunAsync(["fetch", "--quiet", "--no-tags", other.Path, $"+{source}:{asRef}"]);

    /// <summary>Runs any git command on the repository and gives what it printed.</summary>
    /// <exception cref="GitFailedException">Git exited with another code than 0.</exception>
    public Task<string> GitAsync(params string[] arguments) => RunAsync(arguments);

    private async Task<string> MergedTreeAsync(string into, string source)
    {
        var (code, output, errors) = await TryRunAsync(
            ["merge-tree", "--write-tree", "--no-messages", await ResolveAsync(into), await ResolveAsync(source)]);
        return code == 0 ? output.Trim() : throw new GitFailedException($"`{source}` cannot be merged into `{into}`: {errors}");
    }

    private async Task<string> FinishAsync(string branch, string tree, string message, GitPerson? by, string[] parents)
    {
        var commit = (await RunAsync(
            ["commit-tree", tree, .. parents.SelectMany(parent => new[] { "-p", parent })], Encoding.UTF8.GetBytes(message), by)).Trim();
        await SetRefAsync($"refs/heads/{branch}", commit);
        return commit;
    }

    private async Task<string> RunAsync(string[] arguments, byte[]? input = null, GitPerson? by = null, bool inside = false)
    {
        var (code, output, errors) = await TryRunAsync(arguments, input, by, inside);
        return code == 0 ? output : throw new GitFailedException($"git {arguments[0]} exited with {code}: {errors}{output}");
    }

    private async Task<(int Code, string Output, string Errors)> TryRunAsync(
        string[] arguments, byte[]? input = null, GitPerson? by = null, bool inside = false)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        if (!inside) start.Environment["GIT_DIR"] = Path;
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        var (person, date) = (by ?? GitPerson.Alice, $"{Epoch.AddMinutes(_commits++).ToUnixTimeSeconds()} +0000");
        foreach (var role in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{role}_NAME"] = person.Name;
            start.Environment[$"GIT_{role}_EMAIL"] = person.Email;
            start.Environment[$"GIT_{role}_DATE"] = date;
        }

        using var git = Process.Start(start)!;
        var (output, errors) = (git.StandardOutput.ReadToEndAsync(), git.StandardError.ReadToEndAsync());
        if (input is not null) await git.StandardInput.BaseStream.WriteAsync(input);
        git.StandardInput.Close();
        await git.WaitForExitAsync();
        return (git.ExitCode, await output, await errors);
    }

    // fast-import reads C-style quoted paths; a path that begins with a quote or holds a line break must be quoted.
    private static string Quoted(string path) =>
        $"\"{path.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
