using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports;

/// <summary>The texts that are written anew for each bundle.</summary>
internal static class BundleTexts
{
    public const string ManifestName = "MANIFEST.json";

    // Since the second there is a signed list of files.
    private const long FormatVersion = 2;

    private const string Closed = "No names: people are opaque references, and cells that would name them or quote them say `withheld`.";
    private const string Open =
        "Names and reasons that nobody had erased stand in `sealed/`: salt and content, each under what its entry commits to.";

    /// <summary>The keys that checkpoints verify with, as <c>/audit/v1/keys.json</c> gives them.</summary>
    public static string Keys(LogKeys keys) => Json(keys.WriteTo);

    /// <summary>The list of all other files with their digests; the query; where the period lies.</summary>
    public static string Manifest(BundleFacts facts, ImmutableArray<BundleFile> files) => Json(json =>
    {
        json.WriteNumber("version", FormatVersion);
        json.WriteStartObject("query");
        Query(json, facts.Query);
        json.WriteEndObject();
        json.WriteStartObject("log");
        json.WriteString("origin", facts.Head.Origin);
        json.WriteNumber("size", facts.Head.Size);
        json.WriteString("root", Convert.ToBase64String(facts.Head.Root.Span));
        json.WriteNumber("first", facts.Period.First);
        json.WriteNumber("end", facts.Period.End);
        json.WriteEndObject();
        json.WriteStartObject("counts");
        json.WriteNumber("entries of the period", facts.Period.PeriodEnd - facts.Period.PeriodFirst);
        foreach (var (report, rows) in facts.Rows.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteNumber(report, rows);
        json.WriteEndObject();
        json.WriteStartArray("files");
        foreach (var file in files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("sha256", file.Sha256);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("role", file.Role);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>One page for people: what is here, what it proves, what it does not.</summary>
    public static string ReadMe(BundleFacts facts)
    {
        var (query, head, period) = (facts.Query, facts.Head, facts.Period);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Evidence of `{head.Origin}`

            Period: {query.Begins} up to, but not including, {query.Ends} (UTC, times of recording)
            Environment: {query.Environment ?? "all"}
            Log: {head.Size} entries are signed; this bundle holds {period.First} to {period.End - 1}, of which {period.PeriodEnd - period.PeriodFirst} are of the period

            Rows of the reports:
            {Rows(facts)}
            Check it before you read on: `verify/VERIFY.md` says how, with Python alone, and without asking us anything.

            ## What is proven

            - `log/entries.jsonl` holds the exact bytes of a run of entries of the log that `log/checkpoint` signs; none was changed, added or left
              out (`log/range.proof`). The entries just before and after the period come along, where there are any, so that nothing can be
              missing at its ends.
            - Every deployment has the next number of its environment, and every push that went past the gate the next of `unmanaged`.
            - Every row of `reports/` follows from entries of the period by published rules; each names its entry (`log_seq`) and that entry's
              leaf hash (`leaf_sha256`, RFC 6962). All of the population is tested by rule; a sample is not needed for that.
            - Every attestation in `attestations/` is named by its digest in an entry of the period, and `MANIFEST.dsse.json` signs the digest of every file.
            - What was counted up to a day's end was not counted anew afterwards: each `population.closed` is held against the entries around it.
            {(query.Previous is { } size ? $"- The log continues the one of {size} entries (`log/consistency.txt`): compare `log/checkpoint.prev` with your own copy." : "- Nothing about earlier checkpoints: none was named. Keep `log/checkpoint` for the next time.")}{Anchored(facts)}

            ## What is not

            - That an entry was true when it was written: a log proves who said what when, and that it was not changed afterwards.
            - That a log with other entries was not shown to somebody else, unless witnesses signed the checkpoint or you kept an earlier one.
            - Anything about changes that never reached the gate and never moved a branch that it guards.
            - What stands before the period: a merge before it leaves `merger_ref`, `merged_at` and `merge_sha` empty.

            ## What is not in it

            {(query.Discloses ? Open : Closed)} Empty cells are facts that the
            log does not hold: among them risk, service, committers, code owners, bots, times of opening and pushing, checks, tickets, reviews of
            overrides, rollbacks, incidents, and address, reason, impact and back-out plan of a change. There are
            {(facts.Anchored?.Stamp is null ? "no time-stamp tokens and no" : "no")} copies of policies.

            """).ReplaceLineEndings("\n");
    }

    /// <summary>What others hold of the log, each in a line of its own.</summary>
    private static string Anchored(BundleFacts facts)
    {
        var (text, end) = (new StringBuilder(), facts.Period.PeriodEnd);
        if (facts.Anchored?.Stamp is { } stamp)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n- The first {stamp.Size} entries were there at {PlacedEntry.Time(stamp.At)}: an authority stamped `log/checkpoint.stamped` then (`log/checkpoint.tsr`,\n");
            text.Append(CultureInfo.InvariantCulture, $"  RFC 3161, stamp {stamp.Reference}), and this log continues it (`log/stamped.proof`).{Short(stamp, end)}");
        }

        if (facts.Anchored?.Commit is not { } commit) return text.ToString();
        text.Append(CultureInfo.InvariantCulture, $"\n- To be looked up: the checkpoint of {commit.Size} entries was committed as {commit.Reference} to the repository\n");
        text.Append(CultureInfo.InvariantCulture, $"  {(facts.Anchored.Where is { } where ? $"`{where}`" : "of the auditor")} at {PlacedEntry.Time(commit.At)}. Compare it with your own clone.{Short(commit, end)}");
        return text.ToString();
    }

    private static string Short(Anchor anchor, long end) => anchor.Size >= end
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $" It does not cover the last {end - anchor.Size} entries of the period.");

    private static string Rows(BundleFacts facts) => string.Concat(facts.Rows
        .OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"\n- `{pair.Key}`: {pair.Value}"))) + "\n";

    internal static void Query(Utf8JsonWriter json, ExportQuery query)
    {
        json.WriteString("from", query.Begins);
        json.WriteString("to", query.Ends);
        if (query.Environment is { } environment) json.WriteString("environment", environment);
        if (query.Previous is { } previous) json.WriteNumber("previous", previous);
        if (query.Sample is { } sample) json.WriteNumber("sample", sample);
        if (query.Nonce is { } nonce) json.WriteString("nonce", nonce);
        if (query.Discloses) json.WriteBoolean("disclose", true);
    }

    private static string Json(Action<Utf8JsonWriter> members)
    {
        using var text = new MemoryStream();
        using (var json = BundleJson.Writer(text))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length) + "\n";
    }
}
