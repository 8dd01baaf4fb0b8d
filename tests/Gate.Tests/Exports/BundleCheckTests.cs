using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Both verifiers, ours and the one in Python, take the genuine bundle and name what a forger did to it.</summary>
public class BundleCheckTests
{
    private const string Entries = "log/entries.jsonl";
    private const string Population = "reports/population.csv";
    private static readonly ExportLog Log = new(ExportStory.Entries);
    private static readonly ExportQuery Query = ExportStory.Query with { Previous = 3, Sample = 2, Nonce = "tea at four" };

    /// <summary>What is done to a bundle, the check that must find it, what our and the Python verifier must name.</summary>
    private static readonly Dictionary<string, (Action<Tampered> Change, string Check, string Ours, string Python)> Forgeries = new()
    {
        ["leaf changed"] = (files => files.Replace(Entries, "bad_signature", "bad_signaturf"), "root from leaves", Entries, Entries),
        ["first leaf dropped"] = (files => files.DropLine(Entries, 1), "root from leaves", "range.proof", Entries),
        ["last leaf dropped"] = (files => files.DropLine(Entries, 18), "root from leaves", "range.proof", Entries),
        ["leaf doubled"] = (files => files[Entries] += files.Lines(Entries)[^1] + "\n", "root from leaves", "range.proof", "left over"),
        ["proof hash changed"] = (files => files["log/range.proof"] = Swapped(files["log/range.proof"]), "root from leaves", "range.proof", Entries),
        ["checkpoint size edited"] = (files => files.Replace("log/checkpoint", "\n20\n", "\n21\n"), "signature", "log/checkpoint", "log/checkpoint"),
        ["another place claimed"] = (files => files.Replace("MANIFEST.json", "\"first\": 1,", "\"first\": 2,"), "sequence", $"{Entries}:1: is not entry 2", $"{Entries}:1: is not entry 2"),
        ["consistency wrong"] = (
            files => files["log/consistency.txt"] = Swapped(files["log/consistency.txt"]), "previous period", "log/consistency.txt", "log/consistency.txt"),
        ["row changed"] = (files => files.Replace(Population, ",emergency,", ",normal,"), "reports", Population, $"{Population}:5: does not say what entry 11 says"),
        ["row dropped"] = (files => files.DropLine(Population, 3), "reports", Population, $"{Population}:3: does not say what entry 5 says"),
        ["last row dropped"] = (files => files.DropLine(Population, 6), "reports", Population, $"{Population}:6: the row of entry 12 is missing"),
        ["row added"] = (files => files[Population] += files.Lines(Population)[1] + "\n", "reports", Population, $"{Population}:7: a row that no entry gives"),
        ["sod changed"] = (files => files.Replace("reports/sod.csv", ",fail", ",pass"), "reports", "reports/sod.csv", "reports/sod.csv:4"),
        ["exceptions dropped"] = (files => files.DropLine("reports/exceptions.csv", 2), "reports", "reports/exceptions.csv", "reports/exceptions.csv:2"),
        ["config dropped"] = (files => files.DropLine("reports/config-changes.csv", 2), "reports", "reports/config-changes.csv", "reports/config-changes.csv:2"),
        ["access changed"] = (files => files.Replace("reports/access-changes.csv", "operator", "viewer"), "reports", "reports/access-changes.csv", "reports/access-changes.csv:2"),
        ["sample steered"] = (files => files.DropLine("reports/sample.csv", 3), "reports", "reports/sample.csv", "reports/sample.csv:3"),
        ["controls counted wrong"] = (files => files.Replace("reports/controls.json", "\"fail\": 2", "\"fail\": 0"), "reports", "reports/controls.json", "reports/controls.json"),
        ["report left out"] = (files => files.Remove("reports/sod.csv"), "reports", "reports/sod.csv: missing", "reports/sod.csv: missing"),
    };

    public static TheoryData<string> Names => [.. Forgeries.Keys];

    [Fact]
    public async Task The_genuine_bundle_holds_for_both()
    {
        var bundle = await Log.BundleAsync(Query);
        var kept = Log.Note(3).ToString();
        var parts = await CheckAsync(bundle, kept: kept);
        Assert.Equal(
            ["signature", "root from leaves", "sequence", "time order", "gapless counters", "closed days", "sealed sections", "previous period", "reports",
             "attestations", "manifest", "signed manifest"],
            parts.Select(part => part.Name));
        Assert.All(parts, part => Assert.Empty(part.Failures));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), kept);
        Assert.True(code == 0, output + errors);
        Assert.EndsWith("everything holds\n", output, StringComparison.Ordinal);
        Assert.Equal("", errors);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_forger_did_is_named_though_the_manifest_agrees(string name)
    {
        var (change, check, ours, python) = Forgeries[name];
        var files = new Tampered(await Log.BundleAsync(Query));
        change(files);
        files.Agree();
        await FindsAsync(files.ToBytes(), check, ours, python);
    }

    [Fact]
    public async Task A_file_that_was_changed_added_or_taken_without_the_manifest_is_named()
    {
        var files = new Tampered(await Log.BundleAsync(Query));
        files["README.md"] += "and more";
        files["extra.txt"] = "x";
        files.Remove("verify/VERIFY.md");
        foreach (var named in (string[])["README.md: is not the file", "extra.txt: is not named", "`verify/VERIFY.md` is missing"])
        {
            await FindsAsync(files.ToBytes(), "manifest", named, named);
        }
    }

    [Fact]
    public async Task Another_key_and_a_key_of_another_name_are_no_trust()
    {
        var bundle = await Log.BundleAsync(Query);
        foreach (var key in (string[])[ExportLog.OtherKey().ToString(), ExportLog.Key.ToString().Replace(ExportLog.Key.Name, "other", StringComparison.Ordinal)])
        {
            var (code, output, _) = await Python.VerifyAsync(bundle, key);
            Assert.Equal(1, code);
            Assert.Contains("FAIL signature: ", output, StringComparison.Ordinal);
        }

        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.OtherKey()), null, TestContext.Current.CancellationToken);
        Assert.Contains("log/checkpoint", Assert.Single(parts[0].Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_of_the_auditors_own_the_verifier_warns_loudly()
    {
        var (code, _, errors) = await Python.VerifyAsync(await Log.BundleAsync(Query), key: null);
        Assert.Equal(0, code);
        Assert.StartsWith("WARNING: no --key was given", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_counter_that_skips_is_named_even_in_a_log_that_its_keeper_signed()
    {
        var gap = new ExportLog(ExportStory.Entries, skip: "deploy:prod");
        await FindsAsync(await gap.BundleAsync(ExportStory.Query), "gapless counters", $"{Entries}:4: `deploy:prod` counts 3, and should count 2", "counts 3, and should count 2");
    }

    [Fact]
    public async Task Times_that_go_back_are_named_even_in_a_log_that_its_keeper_signed()
    {
        var entries = ExportStory.Entries.ToArray();
        entries[10] = (entries[10].Draft, ExportStory.June.AddHours(1));
        await FindsAsync(await new ExportLog(entries).BundleAsync(ExportStory.Query), "time order", $"{Entries}:10: is older", $"{Entries}:10: is older");
    }

    [Fact]
    public async Task A_narrower_run_than_the_period_is_named_though_its_proof_is_right()
    {
        var narrow = ExportStory.Query with { From = ExportStory.June.AddHours(3), To = ExportStory.June.AddDays(3) };
        var files = new Tampered(await Log.BundleAsync(narrow));
        var manifest = JsonNode.Parse(files["MANIFEST.json"])!;
        (manifest["query"]!["from"], manifest["query"]!["to"]) = (ExportStory.Query.Begins, ExportStory.Query.Ends);
        files["MANIFEST.json"] = manifest.ToJsonString();
        files.Agree();
        await FindsAsync(files.ToBytes(), "time order", "should be the last entry before the period", "should be the last entry before the period");
        await FindsAsync(files.ToBytes(), "time order", "should be the first entry after the period", "should be the first entry after the period");
    }

    [Fact]
    public async Task Another_earlier_checkpoint_than_the_kept_one_is_named()
    {
        var bundle = await Log.BundleAsync(Query);
        await FindsAsync(bundle, "previous period", "kept", "kept", kept: Log.Note(4).ToString());
        await FindsAsync(await Log.BundleAsync(ExportStory.Query), "previous period", "missing", "missing", kept: Log.Note(3).ToString());
    }

    [Fact]
    public async Task What_is_no_bundle_is_refused_in_words()
    {
        var files = new Tampered(await Log.BundleAsync(Query));
        files.Remove("MANIFEST.json");
        var trouble = await Assert.ThrowsAsync<InvalidDataException>(() => CheckAsync(files.ToBytes()));
        Assert.Contains("MANIFEST.json", trouble.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(() => CheckAsync("no zip"u8.ToArray()));
        files["MANIFEST.json"] = "[]";
        await Assert.ThrowsAsync<InvalidDataException>(() => CheckAsync(files.ToBytes()));
        var (code, output, errors) = await Python.VerifyAsync("no zip"u8.ToArray(), ExportLog.Key.ToString());
        Assert.Equal((1, ""), (code, errors));
        Assert.StartsWith("FAIL ", output, StringComparison.Ordinal);
        (code, _, errors) = await Python.VerifyAsync(files.ToBytes(), ExportLog.Key.ToString());
        Assert.Equal((1, ""), (code, errors));
    }

    [Fact]
    public async Task Every_range_of_small_logs_is_proven_and_no_other()
    {
        for (var size = 1; size <= 9; size++)
        {
            var log = new ExportLog(ExportStory.Entries.Take(size).Select((entry, index) => (entry.Draft, ExportStory.June.AddDays(index))));
            for (var day = -1; day <= size; day++)
            {
                var bundle = await log.BundleAsync(new ExportQuery(ExportStory.June.AddDays(day), ExportStory.June.AddDays(day + 2)));
                Assert.All(await CheckAsync(bundle), part => Assert.Empty(part.Failures));
                var files = new Tampered(bundle);
                files["log/range.proof"] += Convert.ToBase64String(MerkleTree.EmptyRoot.Span) + "\n";
                Assert.NotEmpty((await CheckAsync(files.ToBytes()))[1].Failures);
            }
        }
    }

    private static string Swapped(string hashes)
    {
        var lines = hashes.TrimEnd('\n').Split('\n');
        lines[0] = Convert.ToBase64String(MerkleTree.LeafHash(Encoding.ASCII.GetBytes(lines[0])));
        return string.Join('\n', lines) + "\n";
    }

    private static async Task<IReadOnlyList<CheckedPart>> CheckAsync(byte[] bundle, string? kept = null) =>
        await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), kept, TestContext.Current.CancellationToken);

    private static async Task FindsAsync(byte[] bundle, string check, string ours, string python, string? kept = null)
    {
        var part = (await CheckAsync(bundle, kept)).Single(part => part.Name == check);
        Assert.Contains(part.Failures, failure => failure.Contains(ours, StringComparison.Ordinal));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), kept);
        Assert.Equal((1, ""), (code, errors));
        var named = check == "reports" ? "FAIL report " : $"FAIL {check}: ";
        Assert.Contains(output.Split('\n'), line => line.StartsWith(named, StringComparison.Ordinal) && line.Contains(python, StringComparison.Ordinal));
    }
}
