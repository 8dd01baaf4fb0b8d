using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Shows verdicts as commit statuses: unlike check runs, any token with the right to write statuses may post them.
/// </summary>
internal sealed class GitHubStatuses(GitHubClient client)
{
    private const int LongestDescription = 140;

    /// <summary>
    /// Posts a status, unless the newest one with our context says the same: a commit takes 1000 of a context and no more, and a
    /// repeat after an unclear answer shall leave no trace.
    /// </summary>
    public async Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var repository = GitHubClient.PathOf(report.Repository);
        var (state, description) = (StateOf(report.Verdict), OneLine.Of(report.Summary, LongestDescription));
        if (!report.IsNew && await IsShownAsync(link, $"{repository}/commits/{report.Commit}/statuses?per_page=100", report, cancellation)) return;
        var body = new JsonObject { ["state"] = state, ["context"] = report.Context, ["description"] = description };
        if (report.Url.Length > 0) body["target_url"] = report.Url;
        await link.SendAsync(HttpMethod.Post, $"{repository}/statuses/{report.Commit}", body, cancellation);
    }

    private static async Task<bool> IsShownAsync(ForgeLink link, string statuses, StatusReport report, CancellationToken cancellation)
    {
        await foreach (var known in link.EachAsync(statuses, null, cancellation))
        {
            if (!string.Equals(known.Text("context"), report.Context, StringComparison.OrdinalIgnoreCase)) continue;
            return Says(known, StateOf(report.Verdict), OneLine.Of(report.Summary, LongestDescription), report.Url);
        }

        return false;
    }

    /// <summary>Never <c>neutral</c> or <c>skipped</c>: a required check passes with those.</summary>
    private static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "success",
        Verdict.Held => "pending",
        Verdict.Denied => "failure",
        Verdict.Errored => "error",
    };

    private static bool Says(JsonElement known, string state, string description, string url) =>
        known.Text("state") == state && known.Text("description") == description && known.Text("target_url") == url;
}
