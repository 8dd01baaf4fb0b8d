using System.Diagnostics;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>What a git command printed.</summary>
internal sealed record GitOutput(int Code, ReadOnlyMemory<byte> Bytes, string Errors, bool IsCut)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);
}

/// <summary>Starts git on one mirror within bounds; a command that is cancelled or too slow is ended with all that it started.</summary>
internal sealed class GitCommand(GitRemote remote, string folder, GitMirrorOptions options, TimeProvider clock)
{
    // What git says after 401: it would ask a person now.
    private static readonly string[] RefusesUs = ["Authentication failed", "could not read Username"];

    public GitRemote Remote => remote;

    public string Folder => folder;

    public GitMirrorOptions Options => options;

    private string Config => Path.Combine(folder, "config");

    /// <summary>The same for another folder.</summary>
    public GitCommand At(string other) => new(remote, other, options, clock);

    /// <summary>Keeps the mirror's configuration as it is now, for <see cref="RestoreConfig"/>.</summary>
    public void KeepConfig() => File.Copy(Config, Config + ".own", overwrite: true);

    /// <summary>
    /// Undoes what an interrupted or older gateway's git wrote into the configuration: that contents may be fetched on demand. Only our own
    /// commands that may reach out are to know that; the others would fail over a missing commit instead of saying that it is missing.
    /// </summary>
    public void RestoreConfig() => File.Copy(Config + ".own", Config, overwrite: true);

    /// <summary>Runs a command that must not reach out.</summary>
    public Task<GitOutput> LocalAsync(CancellationToken cancellation, params IEnumerable<string> arguments) =>
        RunAsync(remote.Local, arguments, null, options.CommandTimeout, cancellation);

    /// <summary>Runs a command that may reach out for file contents which the mirror lacks.</summary>
    public Task<GitOutput> RunAsync(CancellationToken cancellation, params IEnumerable<string> arguments) =>
        RunAsync(remote.Settings, arguments, null, options.FetchTimeout, cancellation);

    /// <summary>Runs a command that reads lines, and must not reach out.</summary>
    public Task<GitOutput> AskAsync(IEnumerable<string> lines, CancellationToken cancellation, params IEnumerable<string> arguments) =>
        RunAsync(remote.Local, arguments, string.Concat(lines.Select(line => line + "\n")), options.CommandTimeout, cancellation);

    /// <summary>Brings objects in by their ids, in one go.</summary>
    /// <exception cref="GitTroubleException">They could not be fetched.</exception>
    public async Task FetchObjectsAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        var output = await RunAsync(
            [.. remote.Settings, ("fetch.negotiationAlgorithm", "noop")],
            ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--filter=blob:none", "--stdin", "origin"],
            string.Concat(ids.Select(id => id + "\n")), options.FetchTimeout, cancellation);
        if (output.Code != 0) throw Trouble($"git fetch failed: {output.Errors}", isPermanent: false);
    }

    /// <summary>The commit that a name stands for.</summary>
    /// <exception cref="GitTroubleException">It stands for none.</exception>
    public async Task<CommitId> CommitAsync(string name, CancellationToken cancellation)
    {
        var output = await LocalAsync(cancellation, "rev-parse", "--quiet", "--verify", $"{name}^{{commit}}");
        return CommitId.TryParse(output.Text.Trim(), out var id) ? id : throw Trouble($"`{name}` is no commit", isPermanent: true);
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <exception cref="GitTroubleException">It failed, printed too much, or took too long.</exception>
    public async Task<GitOutput> ExpectAsync(CancellationToken cancellation, params IEnumerable<string> arguments)
    {
        var list = arguments.ToList();
        var output = await RunAsync(cancellation, list);
        if (output.IsCut) throw Trouble($"git {list[0]} printed more than {options.MaxOutput} bytes", isPermanent: true);
        return output.Code == 0 ? output : throw Trouble($"git {list[0]} failed: {output.Errors}", isPermanent: false);
    }

    public GitTroubleException Trouble(string what, bool isPermanent, Exception? inner = null) =>
        new($"`{remote.Name}`: {remote.Redact(what)}", isPermanent, inner);

    /// <summary>Starts a command; the caller ends it.</summary>
    /// <exception cref="GitTroubleException">There is no git.</exception>
    public Process Start(IReadOnlyList<(string Key, string Value)> settings, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git", ["--git-dir", folder, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        var environment = start.Environment;
        foreach (var name in environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList()) environment.Remove(name);
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["GIT_CEILING_DIRECTORIES"] = folder;
        environment["GIT_ATTR_NOSYSTEM"] = "1";
        environment["LC_ALL"] = "C.UTF-8";
        environment["GIT_CONFIG_COUNT"] = settings.Count.ToString();
        for (var i = 0; i < settings.Count; i++)
        {
            environment[$"GIT_CONFIG_KEY_{i}"] = settings[i].Key;
            environment[$"GIT_CONFIG_VALUE_{i}"] = settings[i].Value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw Trouble($"git cannot be started: {problem.Message}", isPermanent: false, problem);
        }
    }

    private async Task<GitOutput> RunAsync(
        IReadOnlyList<(string Key, string Value)> settings, IEnumerable<string> arguments, string? input, TimeSpan timeout,
        CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        using var git = Start(settings, arguments);
        try
        {
            var errors = ReadErrorsAsync(git, either.Token);
            var feeding = FeedAsync(git, input, either.Token);
            var (bytes, isCut) = await ReadOutputAsync(git, either.Token);
            if (isCut) git.Kill(entireProcessTree: true);
            await feeding;
            await git.WaitForExitAsync(either.Token);
            var output = new GitOutput(git.ExitCode, bytes, await errors, isCut);
            if (output.Code != 0 && RefusesUs.Any(output.Errors.Contains)) remote.Refused();
            return output;
        }
        catch (OperationCanceledException problem) when (!cancellation.IsCancellationRequested)
        {
            throw Trouble($"git took longer than {timeout.TotalSeconds:0} seconds", isPermanent: false, problem);
        }
        finally
        {
            if (!git.HasExited) git.Kill(entireProcessTree: true);
        }
    }

    private static async Task FeedAsync(Process git, string? input, CancellationToken cancellation)
    {
        try
        {
            if (input is not null) await git.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellation);
            git.StandardInput.Close();
        }
        catch (IOException)
        {
            // Git ended without reading everything; its exit code tells why.
        }
    }

    private async Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadOutputAsync(Process git, CancellationToken cancellation)
    {
        var output = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await git.StandardOutput.BaseStream.ReadAsync(buffer, cancellation)) > 0)
        {
            output.Write(buffer, 0, count);
            if (output.Length > options.MaxOutput) return (output.GetBuffer().AsMemory(0, (int)output.Length), true);
        }

        return (output.GetBuffer().AsMemory(0, (int)output.Length), false);
    }

    private static async Task<string> ReadErrorsAsync(Process git, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await git.StandardError.ReadAsync(buffer, cancellation)) > 0)
        {
            if (text.Length < 16_384) text.Append(buffer, 0, count);
        }

        return text.ToString();
    }
}
