using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Shows verdicts as check runs, which only apps may write: one run for a commit and a name. Unlike a status it bears the whole explanation,
/// notes at lines, and buttons; and a required check can be bound to the app.
/// </summary>
internal sealed class GitHubChecks(GitHubClient client)
{
    /// <summary>
    /// Makes the run, or updates ours; writes nothing when it says the same already. The run is always looked for, since a report that was
    /// never sent may follow another one for the same commit.
    /// </summary>
    public async Task ReportAsync(Connection connection, AppIdentity app, StatusReport report, CancellationToken cancellation)
    {
        var (link, runs) = (client.Open(connection), $"{GitHubClient.PathOf(report.Repository)}/check-runs");
        var wanted = new GitHubCheck(report);
        var known = await NewestAsync(link, app, report, cancellation);
        var shown = known is { } run ? await ShownAsync(link, runs, run, cancellation) : [];
        // An annotation cannot be taken back, so what no longer holds leaves with its run: GitHub counts the newest of a name alone.
        if (known is { } old && !wanted.IsRulingOf(old) && shown.Except(wanted.Notes).Any()) (known, shown) = (null, []);
        var missing = wanted.Notes.Except(shown).ToArray();
        if (known is { } same && missing.Length == 0 && wanted.IsSaidBy(same)) return;
        if (known is { } standing)
        {
            var updated = await link.SendAsync(
                HttpMethod.Patch, $"{runs}/{standing.Id("id")}", wanted.Whole(missing.Take(GitHubCheck.Batch)), cancellation);
            if (wanted.StandsIn(updated))
            {
                await AddAsync(link, $"{runs}/{standing.Id("id")}", wanted, missing, cancellation);
                return;
            }

            // Should GitHub leave a completed run completed, it would go on to pass or fail: then a new one takes its place.
        }

        await CreateAsync(link, runs, report, wanted, cancellation);
    }

    private static async Task CreateAsync(
        ForgeLink link, string runs, StatusReport report, GitHubCheck wanted, CancellationToken cancellation)
    {
        var body = wanted.Whole(wanted.Notes.Take(GitHubCheck.Batch));
        body["head_sha"] = report.Commit.Value;
        var created = await link.SendAsync(HttpMethod.Post, runs, body, cancellation);
        if (!wanted.StandsIn(created) || created.Id("id").Length == 0)
        {
            throw new ForgeTroubleException(
                $"the check run on `{report.Commit.Short}` was written, and GitHub shows it in another way", TroubleKind.Unclear);
        }

        await AddAsync(link, $"{runs}/{created.Id("id")}", wanted, wanted.Notes, cancellation);
    }

    // The first batch went with the run itself; GitHub adds each further one to what is there.
    private static async Task AddAsync(
        ForgeLink link, string run, GitHubCheck wanted, IEnumerable<GitHubAnnotation> notes, CancellationToken cancellation)
    {
        foreach (var batch in notes.Skip(GitHubCheck.Batch).Chunk(GitHubCheck.Batch))
        {
            await link.SendAsync(HttpMethod.Patch, run, wanted.Further(batch), cancellation);
        }
    }

    /// <summary>The newest run with the report's name that is ours; a stranger's of the same name is none of it.</summary>
    private static async Task<JsonElement?> NewestAsync(
        ForgeLink link, AppIdentity app, StatusReport report, CancellationToken cancellation)
    {
        var query = $"check_name={Uri.EscapeDataString(report.Context)}&filter=latest&per_page=100";
        var path = $"{GitHubClient.PathOf(report.Repository)}/commits/{report.Commit}/check-runs?{query}";
        var ours = (await link.ListAsync(path, "check_runs", cancellation))
            .Where(run => run.Text("name") == report.Context && GitHubApps.IsOf(app, run.Child("app")))
            .OrderByDescending(run => run.Number("id") ?? 0)
            .ToArray();
        return ours.Length > 0 ? ours[0] : null;
    }

    private static async Task<ImmutableArray<GitHubAnnotation>> ShownAsync(
        ForgeLink link, string runs, JsonElement run, CancellationToken cancellation)
    {
        if (run.Child("output").Number("annotations_count") is not > 0) return [];
        var shown = await link.ListAsync($"{runs}/{run.Id("id")}/annotations?per_page=100", null, cancellation);
        return [.. shown.Select(GitHubAnnotation.Of)];
    }
}
