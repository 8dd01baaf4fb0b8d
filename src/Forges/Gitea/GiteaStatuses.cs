using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.Gitea;

/// <summary>Shows verdicts as commit statuses.</summary>
internal static class GiteaStatuses
{
    /// <summary>What fits beside the status; the forge states no limit.</summary>
    private const int LongestDescription = 255;

    /// <summary>
    /// Posts a status, unless the newest one with our context says the same: every status stays for good, and posting one sends a webhook.
    /// </summary>
    public static async Task ReportAsync(ForgeLink link, StatusReport report, CancellationToken cancellation)
    {
        if (!report.IsNew && await IsShownAsync(link, report, cancellation)) return;
        var body = new JsonObject
        {
            ["state"] = StateOf(report.Verdict),
            ["context"] = report.Context,
            ["description"] = OneLine.Of(report.Summary, LongestDescription),
        };
        if (report.Url.Length > 0) body["target_url"] = report.Url;
        await link.SendAsync(HttpMethod.Post, $"{GiteaClient.PathOf(report.Repository)}/statuses/{report.Commit}", body, cancellation);
    }

    private static async Task<bool> IsShownAsync(ForgeLink link, StatusReport report, CancellationToken cancellation)
    {
        var known = await GiteaClient.StatusesAsync(link, report.Repository, report.Commit, cancellation);
        return known.FirstOrDefault(status => status.Text("context") == report.Context) is { ValueKind: JsonValueKind.Object } newest
            && newest.Text("status") == StateOf(report.Verdict)
            && newest.Text("description") == OneLine.Of(report.Summary, LongestDescription)
            && newest.Text("target_url") == report.Url;
    }

    /// <summary>Never <c>warning</c> or <c>skipped</c>: a merge may pass with those.</summary>
    private static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "success",
        Verdict.Held => "pending",
        Verdict.Denied => "failure",
        Verdict.Errored => "error",
    };
}
