using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Shows a verdict: as a commit status first, then as the answer to an external status check where the project has one with our name, and
/// then at the lines that it is about.
/// </summary>
internal sealed class GitLabStatuses(ForgeLink link, Connection connection, GitLabMemory memory)
{
    private const string RefusedTransition = "Cannot transition status";

    public async Task ReportAsync(StatusReport report, CancellationToken cancellation)
    {
        var before = await NewestAsync(report, cancellation);
        // Posting makes GitLab send a pipeline webhook, so saying again what already stands there would go round for ever.
        if (!IsShownBy(before, report)) await PostAsync(report, cancellation);
        var heads = new Lazy<Task<ImmutableArray<long>>>(() => HeadsAsync(report, cancellation));
        await new GitLabStatusChecks(link, memory).AnswerAsync(report, heads, cancellation);
        var mayBeNoted = !report.Notes.IsDefaultOrEmpty || before?.Text("status") == "failed"
            || memory.MayHaveNotes(report.Repository, report.Branch);
        if (mayBeNoted) await new GitLabLineNotes(link, connection, memory).ShowAsync(report, heads, cancellation);
    }

    private async Task PostAsync(StatusReport report, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["state"] = GitLabPayloads.StateOf(report.Verdict),
            ["name"] = report.Context,
            ["description"] = GitLabPayloads.Description(report.Summary),
        };
        // Without the branch GitLab opens a pipeline that belongs to no merge request.
        if (report.Branch.Length > 0) body["ref"] = report.Branch;
        if (report.Url.Length > 0) body["target_url"] = report.Url;
        if (memory.Pipeline(report.Repository, report.Commit, report.Branch) is { } pipeline) body["pipeline_id"] = pipeline;
        try
        {
            await PostAsync(report, body, cancellation);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind == TroubleKind.Refused && trouble.Message.Contains(RefusedTransition, StringComparison.Ordinal))
        {
            // Repeating a state is refused; that is what was wanted, unless another state stands there: then the verdict is not
            // shown.
            if ((await NewestAsync(report, cancellation))?.Text("status") != GitLabPayloads.StateOf(report.Verdict)) throw;
        }
    }

    private async Task PostAsync(StatusReport report, JsonObject body, CancellationToken cancellation)
    {
        var at = $"{GitLabClient.Project(report.Repository)}/statuses/{report.Commit}";
        try
        {
            await link.SendAsync(HttpMethod.Post, at, body, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing && body.ContainsKey("pipeline_id"))
        {
            // The pipeline was deleted since it was seen; GitLab then looks for the right one itself.
            memory.ForgetPipeline(report.Repository, report.Commit);
            body.Remove("pipeline_id");
            await link.SendAsync(HttpMethod.Post, at, body, cancellation);
        }
    }

    /// <summary>The open merge requests of the project that this commit is the head of.</summary>
    private async Task<ImmutableArray<long>> HeadsAsync(StatusReport report, CancellationToken cancellation)
    {
        var at = $"{GitLabClient.Commit(report.Repository, report.Commit)}/merge_requests?per_page=100";
        var found = await link.ListAsync(at, null, cancellation);
        return
        [
            .. found.Where(change => change.Text("state") is "opened" or "locked" && change.Commit("sha") == report.Commit
                    && GitLabClient.IsIn(report.Repository, change))
                .Select(change => change.Number("iid") ?? 0).Where(number => number > 0).Order(),
        ];
    }

    private static bool IsShownBy(JsonElement? status, StatusReport report) =>
        status is { } known
        && known.Text("status") == GitLabPayloads.StateOf(report.Verdict)
        && known.Text("description") == GitLabPayloads.Description(report.Summary)
        && known.Text("target_url") == report.Url;

    private async Task<JsonElement?> NewestAsync(StatusReport report, CancellationToken cancellation)
    {
        var query = $"name={Uri.EscapeDataString(report.Context)}&per_page=100"
            + (report.Branch.Length > 0 ? $"&ref={Uri.EscapeDataString(report.Branch)}" : "");
        var found = await link.ListAsync(
            $"{GitLabClient.Commit(report.Repository, report.Commit)}/statuses?{query}", null, cancellation);
        var ours = found.Where(status => status.Text("name") == report.Context).ToList();
        return ours.Count == 0 ? null : ours.MaxBy(status => status.Number("id") ?? 0);
    }
}
