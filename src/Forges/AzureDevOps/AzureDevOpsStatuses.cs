using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Shows verdicts where a branch policy looks: as statuses of the pull requests that have the commit as their head, each on the iteration
/// that the commit made, so that a push in the meantime cannot inherit it. A commit that is no open head gets a status of its own, which
/// blocks nothing.
/// </summary>
internal sealed class AzureDevOpsStatuses(AzureDevOpsClient client, AzureDevOpsAccounts accounts)
{
    /// <summary>No limit is documented; this much is shown.</summary>
    private const int LongestDescription = 250;

    /// <summary>
    /// Posts the status, unless the newest one of ours with this context says the same: Azure DevOps keeps every one.
    /// </summary>
    public async Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var heads = await AzureDevOpsClient.AtHeadAsync(link, report.Repository, report.Commit, report.Branch, cancellation);
        var numbers = heads.Select(pull => pull.Number("pullRequestId") ?? 0).Where(number => number > 0).Order().ToList();
        foreach (var number in numbers)
        {
            var parts = AzureDevOpsApi.PartsOf(new(report.Repository, number));
            var iterations = await link.ListAsync(AzureDevOpsApi.At($"{parts}/iterations"), "value", cancellation);
            var iteration = AzureDevOpsPayloads.IterationAt(iterations, report.Commit)?.Id ?? 0;
            await PostAsync(connection, link, new Place($"{parts}/statuses", iteration), report, cancellation);
        }

        if (numbers.Count > 0) return;
        var commit = $"{AzureDevOpsApi.Repository(report.Repository)}/commits/{report.Commit}/statuses";
        await PostAsync(connection, link, new Place(commit, 0), report, cancellation);
    }

    private async Task PostAsync(Connection connection, ForgeLink link, Place place, StatusReport report, CancellationToken cancellation)
    {
        var (state, description) = (StateOf(report.Verdict), OneLine.Of(report.Summary, LongestDescription));
        var context = AzureDevOpsContext.Parse(report.Context);
        if (!report.IsNew)
        {
            var own = await accounts.OwnIdAsync(connection, link, cancellation);
            var known = await link.ListAsync(AzureDevOpsApi.At(place.Path), "value", cancellation);
            var newest = known.Where(status => IsAt(status, place.Iteration) && AzureDevOpsContext.Of(status) == context)
                .OrderByDescending(status => status.Number("id") ?? 0)
                .FirstOrDefault();
            if (newest.Child("createdBy").Id("id") == own && Says(newest, state, description, report.Url)) return;
        }

        var body = new JsonObject
        {
            ["state"] = state,
            ["description"] = description,
            ["context"] = new JsonObject { ["genre"] = context.Genre, ["name"] = context.Name },
        };
        if (report.Url.Length > 0) body["targetUrl"] = report.Url;
        if (place.Iteration > 0) body["iterationId"] = place.Iteration;
        await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At(place.Path), body, cancellation);
    }

    /// <summary>Never <c>notApplicable</c>: a policy passes with it.</summary>
    private static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "succeeded",
        Verdict.Held => "pending",
        Verdict.Denied => "failed",
        Verdict.Errored => "error",
    };

    private static bool IsAt(JsonElement status, long iteration) => (status.Number("iterationId") ?? 0) == iteration;

    private static bool Says(JsonElement known, string state, string description, string url) =>
        known.Text("state") == state && known.Text("description") == description && known.Text("targetUrl") == url;

    private sealed record Place(string Path, long Iteration);
}
