using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// Shows the reasons at the lines of a pull request: a Code Insights report on the commit with an annotation for each. A report blocks
/// nothing; what Bitbucket does not take is left to the comment, and only trouble that passes is thrown.
/// </summary>
internal sealed class BitbucketCloudInsights(ForgeLink link, ReportsSeen seen)
{
    /// <summary>A report holds so many annotations, and one request a hundred.</summary>
    private const int Most = 1000;
    private const int AtOnce = 100;

    private const int LongestSummary = 450;
    private const int LongestDetails = 2000;

    /// <param name="report">What is to be shown.</param>
    /// <param name="mayStand">Whether there may be a report of an earlier verdict on the commit.</param>
    public async Task ShowAsync(StatusReport report, bool mayStand, CancellationToken cancellation)
    {
        var notes = report.Notes.IsDefault ? [] : report.Notes;
        if (notes.IsEmpty && !mayStand && !seen.Contains(report.Repository, report.Commit)) return;
        var at = $"{BitbucketCloudClient.Commit(report.Repository, report.Commit)}/reports/"
            + Uri.EscapeDataString(BitbucketCloudPayloads.KeyOf(report.Context));
        if (!notes.IsEmpty) seen.Add(report.Repository, report.Commit);
        try
        {
            if (notes.IsEmpty) await DeleteAsync(at, cancellation);
            else await WriteAsync(at, report, notes, cancellation);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            // The verdict stands, and the comment says the same.
        }

        if (notes.IsEmpty) seen.Remove(report.Repository, report.Commit);
    }

    private async Task WriteAsync(string at, StatusReport report, ImmutableArray<LineNote> notes, CancellationToken cancellation)
    {
        var head = Head(report, notes.Length);
        var annotations = notes.Select(note => Annotation(note, report.Url))
            .DistinctBy(note => note["external_id"]!.GetValue<string>()).Take(Most).ToList();
        if (await StandsAsync(at, head, annotations, cancellation)) return;
        // Annotations that are not named again would stay.
        await DeleteAsync(at, cancellation);
        await link.SendAsync(HttpMethod.Put, at, head, cancellation);
        foreach (var some in annotations.Chunk(AtOnce))
        {
            await link.SendAsync(HttpMethod.Post, $"{at}/annotations", new JsonArray([.. some]), cancellation);
        }
    }

    private async Task<bool> StandsAsync(string at, JsonObject head, List<JsonObject> annotations, CancellationToken cancellation)
    {
        if (await link.FindAsync(at, cancellation) is not { } known) return false;
        if (!head.All(field => known.Text(field.Key) == field.Value!.GetValue<string>())) return false;
        var standing = await link.ListAsync($"{at}/annotations?pagelen=100", "values", cancellation);
        var wanted = annotations.Select(note => note["external_id"]!.GetValue<string>());
        return standing.Length == annotations.Count
            && wanted.ToHashSet(StringComparer.Ordinal).SetEquals(standing.Select(note => note.Text("external_id")));
    }

    private async Task DeleteAsync(string at, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, at, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // There is none.
        }
    }

    private static JsonObject Head(StatusReport report, int count)
    {
        var more = count > Most ? $" The first {Most} of {count} reasons are shown." : "";
        var head = new JsonObject
        {
            ["title"] = OneLine.Of(report.Context, LongestSummary),
            ["details"] = OneLine.Of(report.Summary, LongestDetails - more.Length) + more,
            ["report_type"] = "TEST",
            ["result"] = ResultOf(report.Verdict),
            ["reporter"] = "GitOps Gate",
        };
        if (report.Url.Length > 0) head["link"] = report.Url;
        return head;
    }

    /// <summary>An annotation; its id says what it says, so that the same one is never there twice and another one is told from it.</summary>
    private static JsonObject Annotation(LineNote note, string url)
    {
        var text = $"{note.Rule}\n{note.Place.File}\n{note.Place.Line}\n{note.Level}\n{note.Message}";
        var annotation = new JsonObject
        {
            ["external_id"] = "gitops-gate-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32],
            ["annotation_type"] = note.Level == NoteLevel.Failure ? "BUG" : "CODE_SMELL",
            ["summary"] = OneLine.Of(note.Message.Length > 0 ? note.Message : note.Rule, LongestSummary),
            ["details"] = OneLine.Cut($"{note.Rule}: {note.Message}", LongestDetails),
            ["severity"] = note.Level switch
            {
                NoteLevel.Failure => "HIGH",
                NoteLevel.Warning => "MEDIUM",
                NoteLevel.Notice => "LOW",
            },
            ["result"] = note.Level == NoteLevel.Failure ? "FAILED" : "IGNORED",
        };
        if (note.Place.File.Length > 0) annotation["path"] = note.Place.File;
        if (note.Place is { File.Length: > 0, Line: > 0 }) annotation["line"] = note.Place.Line;
        if (url.Length > 0) annotation["link"] = url;
        return annotation;
    }

    private static string ResultOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "PASSED",
        Verdict.Held => "PENDING",
        Verdict.Denied => "FAILED",
        Verdict.Errored => "FAILED",
    };
}

/// <summary>
/// The commits that this process gave a report, so that a later verdict without reasons knows that one has to go. Bounded; what is above is
/// forgotten together, and a report then stays on its commit.
/// </summary>
internal sealed class ReportsSeen
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<(RepositoryKey, CommitId), bool> _seen = new();

    public bool Contains(RepositoryKey repository, CommitId commit) => _seen.ContainsKey((repository, commit));

    public void Add(RepositoryKey repository, CommitId commit)
    {
        if (_seen.Count >= Most) _seen.Clear();
        _seen[(repository, commit)] = true;
    }

    public void Remove(RepositoryKey repository, CommitId commit) => _seen.TryRemove((repository, commit), out _);
}
