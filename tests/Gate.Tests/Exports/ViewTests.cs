using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Audit;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>The forms in which other programs read the log: each row leads back to its leaf, and nothing is left out.</summary>
public partial class ViewTests
{
    private static readonly LogPlace Place = new("gate.example.org", ExportLog.Origin);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_type_of_entry_has_its_place_in_ocsf_and_none_is_left_out()
    {
        foreach (var type in AuditTypes.All)
        {
            var leaves = await LeavesAsync([(ExportStory.Draft(type), ExportStory.June)]);
            Assert.True(Xunit.Record.Exception(() => EntryView.Find("ocsf")!.Write(leaves, Place)) is null, $"`{type}` needs a line in OcsfKind.All");
        }

        var unknown = await LeavesAsync([(ExportStory.Draft("nobody.knows"), ExportStory.June)]);
        Assert.Contains("`nobody.knows`", Assert.Throws<FormatException>(() => EntryView.Find("ocsf")!.Write(unknown, Place)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "views.csv")]
    [InlineData("cloudevents", "views.cloudevents.json")]
    [InlineData("ocsf", "views.ocsf.jsonl")]
    public async Task The_story_reads_the_same_in_every_version(string view, string golden) =>
        Golden.Matches(golden, Text(EntryView.Find(view)!, await LeavesAsync(Story())));

    [Fact]
    public async Task The_record_is_the_leaves_themselves()
    {
        var leaves = await LeavesAsync(Story());
        Assert.Equal(leaves.Select(leaf => Encoding.UTF8.GetString(leaf.Bytes.Span)), Text(EntryView.Jsonl, leaves).TrimEnd('\n').Split('\n'));
        Assert.Equal("", Text(EntryView.Jsonl, []));
        Assert.Equal("[]", Text(EntryView.Find("cloudevents")!, []));
        Assert.Single(Text(EntryView.Find("csv")!, []).Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Each_event_of_each_type_is_a_cloud_event_with_the_leaf_itself()
    {
        var leaves = await LeavesAsync(EveryType());
        using var batch = JsonDocument.Parse(EntryView.Find("cloudevents")!.Write(leaves, Place));
        Assert.Equal(leaves.Length, batch.RootElement.GetArrayLength());
        foreach (var (one, leaf) in batch.RootElement.EnumerateArray().Zip(leaves))
        {
            Assert.All(one.EnumerateObject().Where(member => member.Name != "data_base64"), member => Assert.Matches(AttributeName(), member.Name));
            Assert.Equal("1.0", one.GetProperty("specversion").GetString());
            Assert.Equal("//gate.example.org/audit/t_1", one.GetProperty("source").GetString());
            Assert.Equal(leaf.Bytes.ToArray(), one.GetProperty("data_base64").GetBytesFromBase64());
            Assert.Equal(Convert.ToHexStringLower(MerkleTree.LeafHash(leaf.Bytes.Span)), one.GetProperty("gogleafhash").GetString());
            Assert.Equal(leaf.Index.ToString("D20", CultureInfo.InvariantCulture), one.GetProperty("sequence").GetString());
            Assert.Equal(LeafFields.Read(leaf.Bytes).Id, one.GetProperty("id").GetString());
        }
    }

    [Fact]
    public async Task Each_event_of_each_type_has_what_its_class_of_ocsf_requires()
    {
        var leaves = await LeavesAsync(EveryType());
        var lines = Text(EntryView.Find("ocsf")!, leaves).TrimEnd('\n').Split('\n');
        Assert.Equal(leaves.Length, lines.Length);
        foreach (var (line, leaf) in lines.Zip(leaves))
        {
            using var document = JsonDocument.Parse(line);
            var (one, fields) = (document.RootElement, LeafFields.Read(leaf.Bytes));
            string[] required = one.GetProperty("class_uid").GetInt32() switch
            {
                2003 => ["compliance", "finding_info", "action_id"],
                3002 => ["user", "service"],
                3004 => ["entity"],
                3005 => ["user", "privileges"],
                6002 => ["app"],
                6003 => ["actor", "api", "src_endpoint"],
                var other => throw new InvalidOperationException($"{fields.Type} is of class {other}"),
            };
            Assert.All(required.Concat(["activity_id", "category_uid", "metadata", "severity_id", "time", "type_uid"]), name =>
                Assert.True(one.TryGetProperty(name, out _), $"{fields.Type}: {name}"));
            Assert.Equal((one.GetProperty("class_uid").GetInt64() * 100) + one.GetProperty("activity_id").GetInt64(), one.GetProperty("type_uid").GetInt64());
            Assert.Equal(one.GetProperty("class_uid").GetInt32() / 1000, one.GetProperty("category_uid").GetInt32());
            var metadata = one.GetProperty("metadata");
            Assert.Equal(("1.8.0", fields.Id, leaf.Index, ExportLog.Origin), (
                metadata.GetProperty("version").GetString(), metadata.GetProperty("uid").GetString(), metadata.GetProperty("sequence").GetInt64(),
                metadata.GetProperty("log_name").GetString()));
            Assert.Equal(Encoding.UTF8.GetString(leaf.Bytes.Span), one.GetProperty("raw_data").GetString());
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(leaf.Bytes.Span)), one.GetProperty("raw_data_hash").GetProperty("value").GetString());
            Assert.Equal(
                Convert.ToHexStringLower(MerkleTree.LeafHash(leaf.Bytes.Span)),
                one.GetProperty("unmapped").GetProperty("gog").GetProperty("leaf_sha256").GetString());
        }
    }

    [Theory]
    [InlineData(AuditOutcome.Allow, 1, "Pass", 1)]
    [InlineData(AuditOutcome.Pending, 2, "Warning", 2)]
    [InlineData(AuditOutcome.Deny, 3, "Fail", 2)]
    [InlineData(AuditOutcome.Error, 3, "Fail", 2)]
    public async Task A_decision_passes_only_when_it_allows(AuditOutcome outcome, int status, string word, int action)
    {
        var leaves = await LeavesAsync([(ExportStory.Draft(AuditTypes.DecisionEvaluated, "ruling", "r_1") with { Outcome = outcome }, ExportStory.June)]);
        using var one = JsonDocument.Parse(EntryView.Find("ocsf")!.Write(leaves, Place));
        var compliance = one.RootElement.GetProperty("compliance");
        Assert.Equal((status, word), (compliance.GetProperty("status_id").GetInt32(), compliance.GetProperty("status").GetString()));
        Assert.Equal(action, one.RootElement.GetProperty("action_id").GetInt32());
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    public async Task No_cell_is_a_formula(string text)
    {
        var leaves = await LeavesAsync([(ExportStory.Draft(AuditTypes.ChangeObserved, "change", text) with { Correlation = text }, ExportStory.June)]);
        var row = Text(EntryView.Find("csv")!, leaves).Split("\r\n")[1];
        Assert.Equal(2, row.Split(',').Count(cell => cell == "'" + text));
        Assert.DoesNotContain("," + text, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_sealed_is_withheld_and_not_empty()
    {
        var sealedDraft = ExportStory.Draft(AuditTypes.OverrideUsed) with { Personal = [new PersonalText(PersonalText.Reason, "a_1", "why")] };
        var leaves = await LeavesAsync([(sealedDraft, ExportStory.June), (ExportStory.Draft(AuditTypes.OverrideUsed), ExportStory.June)]);
        var rows = Text(EntryView.Find("csv")!, leaves).Split("\r\n");
        Assert.EndsWith(",reason=withheld", rows[1], StringComparison.Ordinal);
        Assert.EndsWith(",", rows[2], StringComparison.Ordinal);
        Assert.Contains("\"sealed_reason\":\"withheld\"", Text(EntryView.Find("ocsf")!, leaves), StringComparison.Ordinal);
    }

    private static (AuditDraft Draft, DateTimeOffset At)[] Story() => ExportStory.Entries;

    private static IEnumerable<(AuditDraft Draft, DateTimeOffset At)> EveryType() =>
        AuditTypes.All.Select(type => (ExportStory.Draft(type, "change", "github:acme/shop#7", ("rule", "prod"), ("connection", "github")) with
        {
            Actor = new AuditActor("user", "a_al"),
            Correlation = "github:acme/shop#7",
            Occurred = ExportStory.June.AddHours(-1),
            Causes = ["01JBQ6C2ZP0000000000000000"],
        }, ExportStory.June));

    private static Task<ImmutableArray<AuditLeaf>> LeavesAsync(IEnumerable<(AuditDraft Draft, DateTimeOffset At)> entries)
    {
        var log = new ExportLog(entries);
        return log.ReadAsync(0, (int)log.Size, Cancellation);
    }

    private static string Text(EntryView view, ImmutableArray<AuditLeaf> leaves) => Encoding.UTF8.GetString(view.Write(leaves, Place));

    [GeneratedRegex("^[a-z0-9]{1,20}$")]
    private static partial Regex AttributeName();
}
