using System.Text.Json.Nodes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Shows verdicts as build statuses. Required builds look for the <c>parent</c> key, and only at builds of the source branch, so both are
/// always said.
/// </summary>
internal sealed class BitbucketDataCenterBuilds(ForgeLink link)
{
    private const int LongestText = 255;
    private const int LongestUrl = 450;

    /// <summary>The address of a commit's builds.</summary>
    public static string At(StatusReport report) =>
        $"{BitbucketDataCenterPages.Repository(report.Repository.Path)}/commits/{report.Commit}/builds";

    /// <summary>Posts a status, unless the one with our key says the same; a second post with a key replaces the first.</summary>
    public async Task ReportAsync(StatusReport report, CancellationToken cancellation)
    {
        var key = BitbucketDataCenterPayloads.KeyOf(report.Context);
        var body = new JsonObject
        {
            ["key"] = key,
            ["parent"] = key,
            ["state"] = BitbucketDataCenterPayloads.StateOf(report.Verdict),
            ["name"] = OneLine.Of(report.Context, LongestText),
            ["description"] = OneLine.Of(report.Summary, LongestText),
            ["url"] = PageOf(report),
        };
        if (report.Branch.Length > 0) body["ref"] = BitbucketDataCenterPayloads.Branches + report.Branch;
        if (!report.IsNew && await StandsAsync(report, key, body, cancellation)) return;
        await link.SendAsync(HttpMethod.Post, At(report), body, cancellation);
    }

    /// <summary>The ruling's page; of one whose address Bitbucket would not take, the gate's.</summary>
    public static string PageOf(StatusReport report) =>
        report.Url.Length <= LongestUrl ? report.Url : new Uri(report.Url).GetLeftPart(UriPartial.Authority);

    private async Task<bool> StandsAsync(StatusReport report, string key, JsonObject body, CancellationToken cancellation) =>
        await link.FindAsync($"{At(report)}?key={Uri.EscapeDataString(key)}", cancellation) is { } known
        && body.All(field => known.Text(field.Key) == field.Value!.GetValue<string>());
}
