using System.Globalization;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>What stands in a bundle, and what making one asks of the log.</summary>
public class EvidenceExportTests
{
    private static readonly ExportLog Log = new(ExportStory.Entries);

    [Fact]
    public async Task The_same_query_and_checkpoint_give_the_same_bytes_with_names_in_order()
    {
        var query = ExportStory.Query with { Previous = 3, Sample = 2, Nonce = "tea at four" };
        var note = Log.Note();
        var bundle = await Log.BundleAsync(query, note);
        Assert.Equal(bundle, await Log.BundleAsync(query, note));
        var names = new Tampered(bundle).Names.ToArray();
        Assert.Equal(
            [
                "MANIFEST.dsse.json", "MANIFEST.json", "README.md", "log/checkpoint", "log/checkpoint.prev", "log/consistency.txt", "log/entries.jsonl", "log/range.proof",
                "reports/access-changes.csv", "reports/config-changes.csv", "reports/controls.json", "reports/exceptions.csv", "reports/population.csv",
                "reports/reconciliation.csv", "reports/sample.csv", "reports/sod.csv", "trust/attestation.pem", "trust/keys.json", "verify/VERIFY.md", "verify/verify.py",
            ],
            names);
    }

    [Fact]
    public async Task The_reports_say_what_the_entries_say()
    {
        var bundle = new Tampered(await Log.BundleAsync(ExportStory.Query));
        var reports = bundle.Names.Where(name => name.StartsWith("reports/", StringComparison.Ordinal)).Select(name => $"--- {name}\n{bundle[name]}\n");
        Golden.Matches("bundle.txt", $"{bundle["README.md"]}{string.Concat(reports)}");
    }

    [Fact]
    public async Task Every_row_names_an_entry_of_the_period_and_its_leaf_hash()
    {
        var bundle = new Tampered(await Log.BundleAsync(ExportStory.Query));
        var leaves = bundle.Lines("log/entries.jsonl").Select(line => Convert.ToHexStringLower(MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(line)))).ToArray();
        Assert.Equal(18, leaves.Length);
        foreach (var row in bundle.Lines("reports/sod.csv").Skip(1).Select(line => line.Split(',')))
        {
            Assert.Equal(leaves[int.Parse(row[0], CultureInfo.InvariantCulture) - 1], row[1]);
        }

        Assert.Equal(74, bundle.Lines("reports/population.csv")[0].Split(',').Length);
        Assert.Equal(["1", "18"], [bundle["log/entries.jsonl"].Split("\"seq\":")[1].Split(',')[0], bundle["log/entries.jsonl"].Split("\"seq\":")[^1].Split(',')[0]]);
    }

    [Fact]
    public async Task An_environment_narrows_deployments_and_keeps_what_went_past_the_gate()
    {
        var bundle = new Tampered(await Log.BundleAsync(ExportStory.Query with { Environment = "test" }));
        var populations = bundle.Lines("reports/population.csv").Skip(1).Select(line => string.Join(' ', line.Split(',').Take(2)));
        Assert.Equal(["deploy:test 1", "unmanaged 1"], populations);
        Assert.Equal(2, bundle.Lines("reports/sod.csv").Length);
    }

    [Fact]
    public async Task A_cell_that_a_spreadsheet_would_run_is_quoted()
    {
        var bundle = new Tampered(await Log.BundleAsync(ExportStory.Query));
        Assert.Contains(",\"'=HYPERLINK(\"\"https://evil.example.org\"\",\"\"x\"\")\"\r\n", bundle["reports/exceptions.csv"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=1", "'=1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("", "")]
    public async Task Cells_are_safe_and_written_as_the_standard_says(string reason, string cell)
    {
        var entry = ExportStory.Draft(AuditTypes.WebhookRejected, "config", "x", ("reason", reason));
        var bundle = new Tampered(await new ExportLog([(entry, ExportStory.June)]).BundleAsync(ExportStory.Query));
        Assert.EndsWith($",x,,,,,{cell}\r\n", bundle["reports/exceptions.csv"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_is_drawn_from_the_root_and_the_auditors_words()
    {
        var query = ExportStory.Query with { Sample = 2, Nonce = "tea at four" };
        var bundle = new Tampered(await Log.BundleAsync(query));
        var root = Checkpoint.Parse(Log.Note().Text).Root;
        var expected = Sample.Draw(root.Span, "tea at four"u8, 5, 2).Select(place => $"{place + 1}");
        Assert.Equal(expected, bundle.Lines("reports/sample.csv").Skip(1).Select(line => line.Split(',')[0]));
        var all = new Tampered(await Log.BundleAsync(query with { Sample = 1000 }));
        Assert.Equal(6, all.Lines("reports/sample.csv").Length);
    }

    [Fact]
    public async Task An_earlier_checkpoint_comes_along_as_it_was_given_out_where_it_is_kept()
    {
        var log = new ExportLog(ExportStory.Entries);
        var unsigned = new Tampered(await log.BundleAsync(ExportStory.Query with { Previous = 3 }));
        Assert.Equal(log.Note(3).Text, unsigned["log/checkpoint.prev"]);
        log.Kept = new StoredCheckpoint(3, ExportStory.June, log.Note(3).ToString());
        var kept = new Tampered(await log.BundleAsync(ExportStory.Query with { Previous = 3 }));
        Assert.Equal(log.Note(3).ToString(), kept["log/checkpoint.prev"]);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => log.BundleAsync(ExportStory.Query with { Previous = 1000 }));
    }

    [Fact]
    public async Task A_large_log_is_read_in_pages_and_only_where_the_period_is()
    {
        var draft = ExportStory.Draft(AuditTypes.ConfigChanged);
        var log = new ExportLog(Enumerable.Range(0, 20_000).Select(index => (draft, ExportStory.June.AddMinutes(index))));
        var export = new EvidenceExport(log, new AuditProofs(log), log, log, new BundleCompany(log.Attestations));
        var query = new ExportQuery(ExportStory.June.AddMinutes(5_000), ExportStory.June.AddMinutes(15_000));
        var made = await export.WriteAsync(log.Note(), LogKeys.Of(ExportLog.Key), query, Stream.Null, TestContext.Current.CancellationToken);
        Assert.Equal((10_002, 20_000), (made.Entries, made.Size));
        Assert.Equal(EvidenceExport.PageSize, log.LargestRead);
        Assert.InRange(log.Reads, 21, 21 + (2 * 16));
    }

    [Theory]
    [InlineData(-10, -9, 1)]
    [InlineData(8, 9, 2)]
    [InlineData(100, 101, 1)]
    public async Task A_period_without_entries_has_its_neighbours_and_reports_without_rows(int from, int to, int entries)
    {
        var query = new ExportQuery(ExportStory.June.AddDays(from), ExportStory.June.AddDays(to));
        var bundle = await Log.BundleAsync(query);
        var files = new Tampered(bundle);
        Assert.Equal(entries, files.Lines("log/entries.jsonl").Length);
        Assert.Single(files.Lines("reports/population.csv"));
        Assert.Equal(0, JsonDocument.Parse(files["MANIFEST.json"]).RootElement.GetProperty("counts").GetProperty("entries of the period").GetInt32());
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, TestContext.Current.CancellationToken);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        var (code, output, _) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString());
        Assert.True(code == 0, output);
    }

    [Fact]
    public void A_query_that_cannot_be_answered_says_what_would_be_right()
    {
        var query = ExportStory.Query;
        foreach (var wrong in (ExportQuery[])
            [
                query with { To = query.From }, query with { Environment = "" }, query with { Environment = "a\nb" }, query with { Previous = 0 },
                query with { Sample = 3 }, query with { Nonce = "x" }, query with { Sample = 0, Nonce = "x" }, query with { Sample = 1001, Nonce = "x" },
                query with { Sample = 1, Nonce = "" },
            ])
        {
            Assert.NotNull(wrong.Problem);
        }

        Assert.Null((query with { Environment = "prod", Previous = 1, Sample = 1000, Nonce = "x" }).Problem);
    }
}
