using System.Diagnostics;
using System.Net;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// Git's smart protocol over HTTP, version 2, as far as somebody needs it who knows which commits he wants: one request tells where branches
/// stand, another brings a pack, and they can go side by side. What a server answers unexpectedly is left to the git command, which knows
/// every server. Sources: gitprotocol-v2(5), gitprotocol-http(5), gitprotocol-pack(5).
/// </summary>
internal sealed class GitWire(GitCommand git, Func<HttpClient> http, TimeProvider clock)
{
    private const int MostRefs = 10_000;

    // As long as git itself waits for one that says nothing (http.lowSpeedTime).
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    // What git says of a pack that will be the same the next time.
    private static readonly string[] Hopeless = ["fsck error", "error in object", "exceeds maximum allowed size"];

    private HashSet<string>? _features;

    /// <summary>Whether the server speaks version 2; asked once.</summary>
    /// <exception cref="GitTroubleException">The server cannot be asked.</exception>
    public async Task<bool> IsSpokenAsync(CancellationToken cancellation)
    {
        if (git.Remote.Web is null) return false;
        _features ??= await AskAsync(HttpMethod.Get, "info/refs?service=git-upload-pack", "", FeaturesAsync, cancellation) ?? [];
        return _features.Contains("version 2") && _features.Any(line => line == "fetch" || line.StartsWith("fetch=", StringComparison.Ordinal));
    }

    /// <summary>Where these refs stand now, those that there are; null when the answer makes no sense.</summary>
    /// <param name="names">Full names.</param>
    /// <exception cref="GitTroubleException">The server failed or did not answer.</exception>
    public Task<Dictionary<string, CommitId>?> RefsAsync(IReadOnlyCollection<string> names, CancellationToken cancellation) => AskAsync(
        HttpMethod.Post,
        "git-upload-pack",
        Command("ls-refs", names.Select(name => $"ref-prefix {name}")),
        async (reader, token) =>
        {
            var found = new Dictionary<string, CommitId>(StringComparer.Ordinal);
            for (var count = 0; await reader.NextAsync(token) == PktKind.Line; count++)
            {
                if (count == MostRefs || reader.Text.Split(' ') is not [var id, var name, ..]) return null;
                if (names.Contains(name) && CommitId.TryParse(id, out var commit)) found[name] = commit;
            }

            return found;
        },
        cancellation);

    /// <summary>
    /// Brings commits in with all that belongs to them and that the mirror lacks. Git itself stores and checks what came
    /// (<c>index-pack --fsck-objects</c>, as for its own fetch into a partial mirror). False when the answer makes no sense.
    /// </summary>
    /// <param name="haves">Commits that the mirror has whole.</param>
    /// <exception cref="GitTroubleException">The server failed or did not answer, or git refuses what came.</exception>
    public async Task<bool> FetchAsync(IReadOnlyCollection<CommitId> wants, IReadOnlyCollection<CommitId> haves, CancellationToken cancellation)
    {
        // The pack holds whole objects: the mirror may lack the contents that a difference would build on.
        var lines = new List<string> { "no-progress", "ofs-delta" };
        if (_features!.Any(line => line.StartsWith("fetch=", StringComparison.Ordinal) && line.Split('=', ' ').Contains("filter")))
            lines.Add("filter blob:limit=1g");
        lines.AddRange(wants.Select(want => $"want {want}"));
        lines.AddRange(haves.Select(have => $"have {have}"));
        lines.Add("done");
        return await AskAsync(HttpMethod.Post, "git-upload-pack", Command("fetch", lines), PackAsync, cancellation) is not null;
    }

    private static async Task<HashSet<string>?> FeaturesAsync(PktReader reader, CancellationToken cancellation)
    {
        var features = new HashSet<string>(StringComparer.Ordinal);
        // Some servers announce the service before the features, with a flush between.
        for (var flushes = 0; flushes < 2 && features.Count < 100;)
        {
            var kind = await reader.NextAsync(cancellation);
            if (kind == PktKind.Line) features.Add(reader.Text);
            else if (features.Contains("version 2")) break;
            else flushes++;
        }

        return features;
    }

    private async Task<string?> PackAsync(PktReader reader, CancellationToken cancellation)
    {
        if (await reader.NextAsync(cancellation) != PktKind.Line || reader.Text != "packfile") return null;
        using var index = git.Start(
            git.Remote.Local,
            [
                "index-pack", "--stdin", "--promisor", "--fsck-objects", "--threads=1",
                FormattableString.Invariant($"--max-input-size={git.Options.MaxPackBytes}"),
            ]);
        try
        {
            var saying = index.StandardOutput.ReadToEndAsync(cancellation);
            var complaining = index.StandardError.ReadToEndAsync(cancellation);
            var isWhole = await FeedAsync(reader, index, cancellation);
            if (!isWhole) return null;
            await index.WaitForExitAsync(cancellation);
            var (said, complaint) = (await saying, await complaining);
            // A second line names a `.gitmodules` that git could not check.
            return index.ExitCode == 0 && said.Trim().Split('\n').Length == 1
                ? said
                : throw git.Trouble($"git index-pack refuses what was fetched: {complaint}", Hopeless.Any(complaint.Contains));
        }
        finally
        {
            if (!index.HasExited) index.Kill(entireProcessTree: true);
        }
    }

    // Bands: 1 the pack, 2 words for people, 3 the server's last words. Source: gitprotocol-pack(5).
    private static async Task<bool> FeedAsync(PktReader reader, Process index, CancellationToken cancellation)
    {
        var isOpen = true;
        while (await reader.NextAsync(cancellation) == PktKind.Line)
        {
            if (reader.Content.Length == 0 || reader.Content.Span[0] is not (1 or 2)) return false;
            if (reader.Content.Span[0] != 1 || !isOpen) continue;
            try
            {
                await index.StandardInput.BaseStream.WriteAsync(reader.Content[1..], cancellation);
            }
            catch (IOException)
            {
                // Git ended without reading everything; its exit code tells why.
                isOpen = false;
            }
        }

        if (isOpen) index.StandardInput.Close();
        return true;
    }

    private string Command(string name, IEnumerable<string> arguments)
    {
        var head = PktReader.Line($"command={name}");
        if (_features!.Contains("object-format=sha1")) head += PktReader.Line("object-format=sha1");
        return head + "0001" + string.Concat(arguments.Select(PktReader.Line)) + "0000";
    }

    private async Task<T?> AskAsync<T>(
        HttpMethod method, string what, string body, Func<PktReader, CancellationToken, Task<T?>> read, CancellationToken cancellation)
        where T : class
    {
        using var deadline = new CancellationTokenSource(git.Options.FetchTimeout, clock);
        using var silence = new CancellationTokenSource(Silence, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, silence.Token, cancellation);
        using var request = new HttpRequestMessage(method, $"{git.Remote.Web}/{what}");
        request.Headers.Authorization = git.Remote.Proof;
        request.Headers.TryAddWithoutValidation("Git-Protocol", "version=2");
        request.Headers.TryAddWithoutValidation("User-Agent", "git/2.0 (GitOpsGate)");
        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent(body, Encoding.ASCII, "application/x-git-upload-pack-request");
            request.Content.Headers.ContentType!.CharSet = null;
        }

        try
        {
            using var answer = await http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, any.Token);
            if (answer.StatusCode != HttpStatusCode.OK) return Refused<T>(answer.StatusCode);
            await using var stream = await answer.Content.ReadAsStreamAsync(any.Token);
            return await read(new PktReader(stream, () => silence.CancelAfter(Silence)), any.Token);
        }
        catch (HttpRequestException problem)
        {
            throw git.Trouble($"git's server cannot be asked: {problem.Message}", isPermanent: false, problem);
        }
        catch (IOException problem)
        {
            throw git.Trouble($"git's server did not answer to the end: {problem.Message}", isPermanent: false, problem);
        }
        catch (OperationCanceledException problem) when (!cancellation.IsCancellationRequested)
        {
            throw git.Trouble("git's server took too long to answer", isPermanent: false, problem);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // What will not get better by asking in another way is told at once.
    private T? Refused<T>(HttpStatusCode status)
        where T : class
    {
        if (status == HttpStatusCode.Unauthorized) git.Remote.Refused();
        return (int)status is 401 or 403 or 404 or 429 or >= 500
            ? throw git.Trouble($"git's server answered {(int)status}", isPermanent: false)
            : null;
    }
}
