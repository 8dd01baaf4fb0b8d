using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using GitOpsGate.Facts;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Shows a ruling as a Code Insights report, with its notes at the lines of the changed files. Only the account that made a report can
/// replace it, so a merge check that wants this one cannot be satisfied by anybody else.
/// </summary>
internal sealed class BitbucketDataCenterInsights(ForgeLink link)
{
    private const int LongestTitle = 450;
    private const int LongestDetails = 2000;
    private const int LongestMessage = 2000;
    private const int MostAnnotations = 1000;

    /// <summary>
    /// Makes the report say this, and gives it these annotations. What already stands there is not written again; Bitbucket would keep
    /// annotations that are posted twice twice, so other ones are taken away first.
    /// </summary>
    public async Task ReportAsync(StatusReport report, CancellationToken cancellation)
    {
        var at = At(report);
        var wanted = Wanted(report);
        if ((report.IsNew || !await StandsAsync(at, wanted, cancellation)) && !await TryPutAsync(at, wanted, cancellation)) return;
        var annotations = Annotations(report);
        var known = (await link.GetAsync($"{at}/annotations", cancellation)).Items("annotations")
            .Select(one => one.Text("externalId")).Order(StringComparer.Ordinal).ToList();
        if (known.SequenceEqual(annotations.Keys, StringComparer.Ordinal)) return;
        if (known.Count > 0) await link.SendAsync(HttpMethod.Delete, $"{at}/annotations", null, cancellation);
        if (annotations.IsEmpty) return;
        var body = new JsonObject { ["annotations"] = new JsonArray([.. annotations.Values]) };
        await link.SendAsync(HttpMethod.Post, $"{at}/annotations", body, cancellation);
    }

    /// <summary>
    /// The key of a report: it is a part of an address, where the letters that a status context may have are not all let through.
    /// </summary>
    public static string KeyOf(string context)
    {
        var key = string.Concat(context.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-'));
        return key == context && key.Trim('.').Length > 0 && key.Length <= 200
            ? key
            : $"{OneLine.Cut(key, 180).Trim('.')}-{BitbucketDataCenterPayloads.Digest(context)[..12]}";
    }

    private static string At(StatusReport report) =>
        $"{BitbucketDataCenterPages.Repository(report.Repository.Path, "/insights/latest")}/commits/{report.Commit}/reports/"
        + KeyOf(report.Context);

    private static JsonObject Wanted(StatusReport report)
    {
        var details = report.Details.Length > 0 ? report.Details : report.Summary;
        var wanted = new JsonObject
        {
            ["title"] = OneLine.Of(report.Context, LongestTitle),
            ["reporter"] = "GitOps Gate",
            ["result"] = report.Verdict == Verdict.Allowed ? "PASS" : "FAIL",
            ["details"] = OneLine.Cut(details.Trim(), LongestDetails),
            ["data"] = new JsonArray(new JsonObject
            {
                ["title"] = "Verdict",
                ["type"] = "TEXT",
                ["value"] = report.Verdict.ToString(),
            }),
        };
        // Another kind of address is refused.
        if (BitbucketDataCenterBuilds.PageOf(report) is { Length: > 0 } page) wanted["link"] = page;
        return wanted;
    }

    /// <summary>The annotations by their ids, in order of these; the ids tell whether the same ones are there already.</summary>
    private static ImmutableSortedDictionary<string, JsonObject> Annotations(StatusReport report)
    {
        var annotations = ImmutableSortedDictionary.CreateBuilder<string, JsonObject>(StringComparer.Ordinal);
        foreach (var note in report.Notes)
        {
            if (annotations.Count == MostAnnotations) break;
            var message = OneLine.Cut($"{note.Message} ({note.Rule})", LongestMessage);
            var line = Math.Max(0, note.Place.Line);
            var severity = SeverityOf(note.Level);
            var place = string.Create(CultureInfo.InvariantCulture, $"{note.Place.File}\0{line}\0{severity}");
            var id = BitbucketDataCenterPayloads.Digest($"{place}\0{message}")[..32];
            var annotation = new JsonObject { ["externalId"] = id, ["severity"] = severity, ["message"] = message };
            // Without a path it stands above all files.
            if (note.Place.File is not ("" or ContentProblem.Whole))
            {
                (annotation["path"], annotation["line"]) = (note.Place.File, line);
            }

            annotations[id] = annotation;
        }

        return annotations.ToImmutable();
    }

    private static string SeverityOf(NoteLevel level) => level switch
    {
        NoteLevel.Failure => "HIGH",
        NoteLevel.Warning => "MEDIUM",
        NoteLevel.Notice => "LOW",
    };

    private async Task<bool> StandsAsync(string at, JsonObject wanted, CancellationToken cancellation) =>
        await link.FindAsync(at, cancellation) is { } known
        && wanted.Where(field => field.Key != "data").All(field => known.Text(field.Key) == field.Value!.GetValue<string>())
        && known.Items("data").FirstOrDefault().Text("value") == wanted["data"]![0]!["value"]!.GetValue<string>();

    /// <summary>Whether there are reports: an instance may be without Code Insights, and the status says what must be said.</summary>
    private async Task<bool> TryPutAsync(string at, JsonObject wanted, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Put, at, wanted, cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return false;
        }
    }
}
