using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Dispatch;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>A bundle carries the attestations of its period and a signed list of its files; both verifiers hold them against the log and the files.</summary>
public class AttestedBundleTests
{
    private const string Shop = "github:acme/shop";
    private const string Summaries = "attestations/vsa.intoto.jsonl";
    private const string Provenances = "attestations/provenance.intoto.jsonl";
    private const string Signed = "MANIFEST.dsse.json";
    private static readonly DateTimeOffset June = ExportStory.June;
    private static readonly (string Sha256, byte[] Envelope)[] Attested = [.. Enumerable.Range(0, 4).Select(at => ExportLog.Attest($"{{\"number\":{at}}}"))];
    private static readonly string[] Digests = [.. Attested.Select(one => one.Sha256)];
    private static readonly ExportLog Log = MakeLog(isLost: false);

    /// <summary>What is done to a bundle whose lists of files are made to agree as far as a forger without the key can; the check and words of both.</summary>
    private static readonly Dictionary<string, (Action<Tampered> Change, string Check, string Words)> Forgeries = new()
    {
        ["changed"] = (files => files.Replace(Summaries, "keyid", "keyiD"), "attestations", $"{Summaries}:1: no entry of the period names it"),
        ["dropped"] = (files => files.DropLine(Summaries, 1), "attestations", "log/entries.jsonl:4: the attestation that it names is not there"),
        ["doubled"] = (files => files[Summaries] += files.Lines(Summaries)[0] + "\n", "attestations", $"{Summaries}:3: no entry"),
        ["another predicate's"] = (files => files[Provenances] += files.Lines(Summaries)[0] + "\n", "attestations", $"{Provenances}:2: no entry"),
        ["another's"] = (files => files["attestations/mine.intoto.jsonl"] = "{}\n", "attestations", "attestations/mine.intoto.jsonl:1: no entry"),
        ["listed as absent"] = (files => files["attestations/absent.csv"] = $"log_seq,sha256\r\n9,{new string('0', 64)}\r\n", "attestations", "absent.csv:2: no entry"),
        ["file changed"] = (files => files["README.md"] += "and more", "signed manifest", $"README.md: is not the file that {Signed} names"),
        ["file added"] = (files => files["extra.txt"] = "x", "signed manifest", $"extra.txt: is not named in {Signed}"),
        ["file taken"] = (files => files.Remove("verify/VERIFY.md"), "signed manifest", $"{Signed}: `verify/VERIFY.md` is missing"),
        ["signed list taken"] = (files => files.Remove(Signed), "signed manifest", $"{Signed}: missing"),
        ["signed by nobody"] = (files => files.Replace(Signed, "\"sig\":\"M", "\"sig\":\"N"), "signed manifest", $"{Signed}: "),
        ["signed by another"] = (Resigned, "signed manifest", $"{Signed}: no signature of this key fits the payload"),
    };

    public static TheoryData<string> Names => [.. Forgeries.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Attestations_of_the_period_stand_in_the_order_of_the_log_and_rows_name_their_summaries()
    {
        var bundle = await Log.BundleAsync(ExportStory.Query);
        var files = new Tampered(bundle);
        Assert.Equal([Digests[1], Digests[2]], files.Lines(Summaries).Select(DigestOf));
        Assert.Equal([Digests[0]], files.Lines(Provenances).Select(DigestOf));
        var column = PopulationReportColumns(files).IndexOf("attestation_sha256");
        var rows = files.Lines("reports/population.csv").Skip(1).Select(line => line.Split(',')).ToArray();
        Assert.Equal([("deploy:prod", Digests[1]), ("unmanaged", Digests[2])], rows.Select(row => (row[0], row[column])));
        await HoldsAsync(bundle, "3 stand in the log", attestationKey: ExportLog.AttestationKey);
        await HoldsAsync(bundle, "3 stand in the log", attestationKey: null);
        Assert.Equal(ExportLog.AttestationKey.TrimEnd('\n') + "\n", files["trust/attestation.pem"]);
    }

    [Fact]
    public async Task The_same_query_and_checkpoint_give_the_same_bytes_though_signatures_differ()
    {
        var note = Log.Note();
        Assert.Equal(await Log.BundleAsync(ExportStory.Query, note), await Log.BundleAsync(ExportStory.Query, note));
        Assert.NotEqual(ExportLog.Attest("{}").Envelope, ExportLog.Attest("{}").Envelope);
    }

    [Fact]
    public async Task What_the_gate_has_no_more_is_listed_as_absent_and_holds()
    {
        var bundle = await MakeLog(isLost: true).BundleAsync(ExportStory.Query);
        Assert.Equal(2, new Tampered(bundle).Lines("attestations/absent.csv").Length);
        await HoldsAsync(bundle, "2 stand in the log, 1 are listed as absent", ExportLog.AttestationKey);
    }

    [Fact]
    public async Task Another_key_than_the_auditors_is_no_trust()
    {
        using var stranger = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        await FindsAsync(await Log.BundleAsync(ExportStory.Query), "signed manifest", "no signature of this key", stranger.PublicKey);
        await FindsAsync(await Log.BundleAsync(ExportStory.Query), "signed manifest", "no PEM `PUBLIC KEY` block", "no key");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_forger_did_is_named(string name)
    {
        var (change, check, words) = Forgeries[name];
        var files = new Tampered(await Log.BundleAsync(ExportStory.Query));
        change(files);
        files.Agree();
        await FindsAsync(files.ToBytes(), check, words, ExportLog.AttestationKey);
    }

    private static List<string> PopulationReportColumns(Tampered files) => [.. files.Lines("reports/population.csv")[0].TrimEnd('\r').Split(',')];

    private static string DigestOf(string line) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(line)));

    // The list is true of the forged files, and signed with a key of the forger's, which stands in the bundle.
    private static void Resigned(Tampered files)
    {
        using var forger = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        var payload = System.Text.Json.JsonElement.Parse(files[Signed]).GetProperty("payload").GetBytesFromBase64();
        files[Signed] = Encoding.UTF8.GetString(forger.Seal("application/vnd.in-toto+json", payload)) + "\n";
        files["trust/attestation.pem"] = forger.PublicKey + "\n";
    }

    private static ExportLog MakeLog(bool isLost)
    {
        var made = new ExportLog(
        [
            (ExportStory.Order("o_0", "prod", 7, "a_al a_bo"), June.AddDays(-1)),
            (Issued(3, "vsa", "cafe"), June.AddHours(-1)),
            (ExportStory.Order("o_1", "prod", 7, "a_al a_bo"), June.AddHours(1)),
            (Issued(0, "provenance", "cafe"), June.AddHours(1)),
            (Issued(1, "vsa", "cafe"), June.AddHours(1)),
            (ExportStory.Draft(AuditTypes.ChangeUnmanaged, "repo", Shop, ("branch", "main"), ("after", "beef")) with { Populations = ["unmanaged"] }, June.AddHours(2)),
            (Issued(2, "vsa", "beef"), June.AddHours(2)),
            (ExportStory.Draft(AuditTypes.AttestationIssued, "ruling", "r_1", ("predicate", "vsa")), June.AddHours(3)),
        ]);
        for (var at = 0; at < Digests.Length; at++)
        {
            if (!isLost || at != 2) made.Issued[Digests[at]] = Attested[at].Envelope;
        }

        return made;
    }

    private static AuditDraft Issued(int at, string predicate, string commit)
    {
        var draft = ExportStory.Draft(AuditTypes.AttestationIssued, "attestation", "r_1", ("predicate", predicate), ("repository", Shop), ("commit", commit));
        return draft with { Subject = new AuditSubject("attestation", "r_1", $"sha256:{Digests[at]}") };
    }

    private static async Task HoldsAsync(byte[] bundle, string note, string? attestationKey)
    {
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), new BundleTrust(LogKeys.Of(ExportLog.Key), null, null) { AttestationKey = attestationKey }, Cancellation);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        Assert.Equal(note, parts.Single(part => part.Name == "attestations").Note);
        Assert.Equal(attestationKey is null, parts[^1].Note.Contains("the key of the bundle itself", StringComparison.Ordinal));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), attestationKey: attestationKey);
        Assert.True((code, errors) == (0, ""), output + errors);
        Assert.Contains($"ok   attestations: {note}\n", output, StringComparison.Ordinal);
        Assert.Equal(attestationKey is null, output.Contains("the key of the bundle itself", StringComparison.Ordinal));
    }

    private static async Task FindsAsync(byte[] bundle, string check, string words, string attestationKey)
    {
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), new BundleTrust(LogKeys.Of(ExportLog.Key), null, null) { AttestationKey = attestationKey }, Cancellation);
        Assert.Contains(parts.Single(part => part.Name == check).Failures, failure => failure.Contains(words, StringComparison.Ordinal));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), attestationKey: attestationKey);
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains(
            output.Split('\n'), line => line.StartsWith($"FAIL {check}: ", StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal));
    }
}
