using System.IO.Compression;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Both verifiers hold the checkpoint against the auditor's own policy: whose cosignatures there are, and whether they are enough.</summary>
public sealed class BundleQuorumTests : IDisposable
{
    private static readonly ExportLog Log = new(ExportStory.Entries);
    private static readonly DateTimeOffset At = new(2026, 7, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly Ed25519Signer[] _witnesses =
        [.. Enumerable.Range(1, 3).Select(at => new Ed25519Signer($"w{at}.example.org/w", Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)at, 32)]), isWitness: true))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Policy => $"""
        # ours
        log {ExportLog.Key}
        witness one {_witnesses[0].Key} https://w1.example.org/
        witness two {_witnesses[1].Key}
        witness three {_witnesses[2].Key}
        group firm any two three
        group both all one firm
        quorum both

        """.ReplaceLineEndings("\n");

    public void Dispose()
    {
        foreach (var witness in _witnesses) witness.Dispose();
    }

    [Fact]
    public async Task Enough_cosignatures_hold_with_the_key_and_without_it()
    {
        var bundle = await BundleAsync(0, 2);
        foreach (var key in (string?[])[ExportLog.Key.ToString(), null])
        {
            var (code, output, errors) = await Python.VerifyAsync(bundle, key, policy: Policy);
            Assert.True(code == 0, output + errors);
            Assert.Contains("ok   quorum: both: one, three", output, StringComparison.Ordinal);
            Assert.DoesNotContain("WARNING", errors, StringComparison.Ordinal);
        }

        Assert.Empty(await FailuresAsync(bundle, Policy));
        Assert.Empty(await FailuresAsync(await BundleAsync(), "quorum none\n"));
        Assert.Equal(0, (await Python.VerifyAsync(await BundleAsync(), ExportLog.Key.ToString(), policy: "quorum none\n")).Code);
    }

    [Fact]
    public async Task Too_few_are_named_with_who_is_missing()
    {
        foreach (var given in (int[][])[[], [0], [1, 2]])
        {
            var bundle = await BundleAsync(given);
            var (code, output, _) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), policy: Policy);
            Assert.Equal(1, code);
            Assert.Contains("FAIL quorum: log/checkpoint: quorum `both` is not reached", output, StringComparison.Ordinal);
            Assert.Contains("quorum `both` asks for 2 of `one`, `firm`", Assert.Single(await FailuresAsync(bundle, Policy)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_line_that_is_wrong_is_named_even_where_the_others_are_enough()
    {
        var note = Log.Note();
        var wrong = note.With(_witnesses[0].Sign(note.Text, At), _witnesses[1].Sign(note.Text, At), _witnesses[2].Sign("another text\n", At));
        var bundle = await Log.BundleAsync(ExportStory.Query, wrong);
        var (code, output, _) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), policy: Policy);
        Assert.Equal(1, code);
        Assert.Contains("FAIL quorum: log/checkpoint: the line of witness `three` is not signed with its key", output, StringComparison.Ordinal);
        Assert.Contains("the line of witness `three`", Assert.Single(await FailuresAsync(bundle, Policy)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_of_another_log_does_not_trust_this_one()
    {
        var other = Policy.Replace(ExportLog.Key.ToString(), ExportLog.OtherKey().ToString(), StringComparison.Ordinal);
        var bundle = await BundleAsync(0, 1);
        var (code, output, _) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString(), policy: other);
        Assert.Equal(1, code);
        Assert.Contains("FAIL quorum: log/checkpoint: no log of the policy has signed it", output, StringComparison.Ordinal);
        Assert.Contains("no log of the policy has signed it", Assert.Single(await FailuresAsync(bundle, other)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no line `quorum`")]
    [InlineData("quorum one", "`one` is no witness and no group")]
    [InlineData("quorum none\nquorum none", "line 2")]
    [InlineData("witness none W1", "`none` is taken")]
    [InlineData("witness a W1\nwitness a W2", "`a` is taken")]
    [InlineData("witness a W1\nwitness b W1", "stands twice")]
    [InlineData("witness a LOG", "line 1")]
    [InlineData("log W1", "line 1")]
    [InlineData("log LOG\nlog LOG", "stands twice")]
    [InlineData("witness a W1\ngroup g 2 a", "line 2")]
    [InlineData("witness a W1\ngroup g 0 a", "line 2")]
    [InlineData("witness a W1\ngroup g 01 a", "line 2")]
    [InlineData("witness a W1\ngroup g all a a", "twice")]
    [InlineData("witness a W1\ngroup g all a\ngroup h all a", "twice")]
    [InlineData("group g all g", "`g` is no witness and no group")]
    [InlineData("quorum none\rlog LOG", "control character")]
    [InlineData("witness a", "would be right")]
    [InlineData("trust everybody", "would be right")]
    [InlineData("witness a w+00000000+BAAA", "line 1")]
    public async Task A_policy_that_is_none_is_refused_by_both(string text, string says)
    {
        var policy = text.Replace("W1", _witnesses[0].Key.ToString(), StringComparison.Ordinal).Replace("W2", _witnesses[1].Key.ToString(), StringComparison.Ordinal)
            .Replace("LOG", ExportLog.Key.ToString(), StringComparison.Ordinal);
        Assert.Contains(says, Assert.Throws<FormatException>(() => TrustPolicy.Parse(policy)).Message, StringComparison.Ordinal);
        var (code, output, errors) = await Python.VerifyAsync(await BundleAsync(), ExportLog.Key.ToString(), policy: policy);
        Assert.Equal(1, code);
        Assert.Contains(says, output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_in_a_bundle_is_what_the_gate_is_set_to_and_both_verifiers_can_read_it()
    {
        var settings = new WitnessSettings
        {
            Sources = [.. _witnesses.Select((witness, at) => new WitnessSource(at == 0 ? "all-witnesses" : $"w{at}", witness.Key, new Uri($"https://w{at}.example.org/")))],
            Quorum = 2,
        };
        var note = Log.Note();
        note = note.With(_witnesses[0].Sign(note.Text, At), _witnesses[2].Sign(note.Text, At));
        var bundle = await Log.BundleAsync(ExportStory.Query, note, settings);
        using var zip = new ZipArchive(new MemoryStream(bundle));
        using var reader = new StreamReader(zip.GetEntry("trust/policy.txt")!.Open());
        var policy = await reader.ReadToEndAsync(Cancellation);
        Assert.Empty(await FailuresAsync(bundle, policy));
        Assert.Equal(0, (await Python.VerifyAsync(bundle, null, policy: policy)).Code);
        Assert.NotEmpty(await FailuresAsync(await BundleAsync(1), policy));
        Assert.Equal(1, (await Python.VerifyAsync(await BundleAsync(1), null, policy: policy)).Code);
    }

    private Task<byte[]> BundleAsync(params int[] cosigners)
    {
        var note = Log.Note();
        return Log.BundleAsync(ExportStory.Query, note.With([.. cosigners.Select(at => _witnesses[at].Sign(note.Text, At))]));
    }

    private static async Task<IReadOnlyList<string>> FailuresAsync(byte[] bundle, string policy)
    {
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, TrustPolicy.Parse(policy), Cancellation);
        Assert.All(parts.Where(part => part.Name != "quorum"), part => Assert.Empty(part.Failures));
        return [.. parts.Single(part => part.Name == "quorum").Failures];
    }
}
