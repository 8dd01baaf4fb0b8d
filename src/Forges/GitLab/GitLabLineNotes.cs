using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Shows what a merge waits for at the lines that it is about: one thread for each rule and place, found again by a hidden marker, and
/// resolved when the reason is gone. What GitLab does not take (a line that the merge request does not change) is left to the one comment,
/// which says everything; only trouble that passes is thrown.
/// </summary>
internal sealed class GitLabLineNotes(ForgeLink link, Connection connection, GitLabMemory memory)
{
    /// <summary>More threads than this help nobody.</summary>
    private const int Most = 20;

    private const int LongestMessage = 4_000;

    /// <param name="report">What is to be shown.</param>
    /// <param name="heads">The numbers of the merge requests whose head the commit is.</param>
    public async Task ShowAsync(StatusReport report, Lazy<Task<ImmutableArray<long>>> heads, CancellationToken cancellation)
    {
        try
        {
            var areLeft = false;
            var numbers = await heads.Value;
            if (numbers.IsEmpty) return;
            var me = (await link.GetAsync("/user", cancellation)).Id("id");
            foreach (var number in numbers)
            {
                var at = $"{GitLabClient.Project(report.Repository)}/merge_requests/{number}";
                areLeft |= await ShowAsync(at, report, me, cancellation);
            }

            memory.NoteNotes(report.Repository, report.Branch, areLeft);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            // The verdict stands, and the comment says the same: threads are a convenience that GitLab does not owe us.
        }
    }

    /// <returns>Whether threads are left that wait to be resolved.</returns>
    private async Task<bool> ShowAsync(string at, StatusReport report, string me, CancellationToken cancellation)
    {
        var wanted = Wanted(report);
        var standing = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        await foreach (var thread in link.EachAsync($"{at}/discussions?per_page=100", null, cancellation))
        {
            var first = thread.Items("notes").FirstOrDefault();
            // Anybody can write the marker; only what our own account wrote is ours.
            if (first.Child("author").Id("id") != me || KeyIn(first.Text("body")) is not { } key) continue;
            standing.TryAdd(key, thread);
        }

        foreach (var (key, thread) in standing)
        {
            if (wanted.TryGetValue(key, out var note)) await KeepAsync(at, thread, Body(key, note), me, cancellation);
            else await ResolveAsync(at, thread, isResolved: true, cancellation);
        }

        var missing = wanted.Where(pair => !standing.ContainsKey(pair.Key)).Take(Math.Max(0, Most - wanted.Keys.Count(standing.ContainsKey)));
        await WriteAsync(at, report, [.. missing], cancellation);
        return wanted.Count > 0;
    }

    /// <summary>The failures at lines, by key, in the order of their weight.</summary>
    private static OrderedDictionary<string, LineNote> Wanted(StatusReport report)
    {
        var wanted = new OrderedDictionary<string, LineNote>(StringComparer.Ordinal);
        var notes = report.Notes.IsDefault ? [] : report.Notes;
        foreach (var note in notes.Where(note => note is { Level: NoteLevel.Failure, Place: { Line: > 0, File.Length: > 0 } }))
        {
            wanted.TryAdd(KeyOf(note), note);
        }

        return wanted;
    }

    private async Task WriteAsync(
        string at, StatusReport report, ImmutableArray<KeyValuePair<string, LineNote>> notes, CancellationToken cancellation)
    {
        if (notes.IsEmpty) return;
        var refs = (await link.GetAsync(at, cancellation)).Child("diff_refs");
        // A head that moved in between has a verdict of its own coming.
        if (refs.Commit("head_sha") != report.Commit) return;
        foreach (var (key, note) in notes)
        {
            var body = new JsonObject
            {
                ["body"] = Body(key, note),
                ["position"] = new JsonObject
                {
                    ["position_type"] = "text",
                    ["base_sha"] = refs.Text("base_sha"),
                    ["start_sha"] = refs.Text("start_sha"),
                    ["head_sha"] = refs.Text("head_sha"),
                    ["old_path"] = note.Place.File,
                    ["new_path"] = note.Place.File,
                    ["new_line"] = note.Place.Line,
                },
            };
            try
            {
                await link.SendAsync(HttpMethod.Post, $"{at}/discussions", body, cancellation);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
            {
                // The line is not part of the changes.
            }
        }
    }

    /// <summary>Says the newest words, and opens again what we resolved. A thread that a person resolved stays so.</summary>
    private async Task KeepAsync(string at, JsonElement thread, string body, string me, CancellationToken cancellation)
    {
        var first = thread.Items("notes").First();
        if (first.Text("body") != body)
        {
            var note = $"{at}/discussions/{thread.Id("id")}/notes/{first.Id("id")}";
            await link.SendAsync(HttpMethod.Put, note, new JsonObject { ["body"] = body }, cancellation);
        }

        if (first.Flag("resolved") && first.Child("resolved_by").Id("id") == me)
        {
            await ResolveAsync(at, thread, isResolved: false, cancellation);
        }
    }

    private async Task ResolveAsync(string at, JsonElement thread, bool isResolved, CancellationToken cancellation)
    {
        var first = thread.Items("notes").First();
        if (!first.Flag("resolvable") || first.Flag("resolved") == isResolved) return;
        var body = new JsonObject { ["resolved"] = isResolved };
        await link.SendAsync(HttpMethod.Put, $"{at}/discussions/{thread.Id("id")}", body, cancellation);
    }

    private static string KeyOf(LineNote note) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{note.Rule}\n{note.Place.File}\n{note.Place.Line}")))[..16];

    private string Body(string key, LineNote note) =>
        $"{GitLabComments.LineMarker(connection, key)}\n**{Harmless(note.Rule)}**: {Harmless(note.Message)}";

    private string? KeyIn(string body)
    {
        var marker = GitLabComments.LineMarker(connection, "");
        var start = marker[..marker.LastIndexOf(" -->", StringComparison.Ordinal)];
        if (!body.StartsWith(start, StringComparison.Ordinal)) return null;
        var end = body.IndexOf(" -->", start.Length, StringComparison.Ordinal);
        return end > start.Length ? body[start.Length..end] : null;
    }

    /// <summary>
    /// One line, so that nothing in it begins a line: there GitLab reads <c>/merge</c> and the like as commands. A name after <c>@</c> calls
    /// nobody.
    /// </summary>
    private static string Harmless(string text) =>
        OneLine.Of(text, LongestMessage).Replace("@", "@\u200B", StringComparison.Ordinal);
}
