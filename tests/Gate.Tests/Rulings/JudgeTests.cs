using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Rulings;

public class JudgeTests
{
    private const string Kubernetes = "{version: 1, policies: [{name: k8s, bundle: shipped, package: kubernetes}]}";
    private const string WholeChange = "{version: 1, policies: [{name: git, bundle: shipped, package: git, style: change}]}";

    [Fact]
    public async Task A_change_that_is_too_large_to_be_listed_whole_is_never_allowed()
    {
        // What a rule by path asks for may hide among the files that are not listed.
        var evidence = SomeEvidence.Ordinary("{version: 1, approvals: [{name: any, requires: {count: 1}}]}");
        evidence = evidence with
        {
            Reviews = [SomeEvidence.Review("bob", ReviewState.Approved)],
            Content = evidence.Content with { Problems = [new ContentProblem(ContentProblem.Whole, 0, "the change has 20001 files")] },
        };
        var judge = new Judge(SomeEvidence.Configuration, new TableEngine());
        var (ruling, _) = await judge.JudgeAsync(evidence, default, SomeEvidence.Noon, TestContext.Current.CancellationToken);
        Assert.Equal(Verdict.Errored, ruling.Verdict);
        Assert.Equal("gate/evidence", ruling.Findings[0].Rule);
    }

    [Fact]
    public async Task A_finding_with_a_path_names_file_and_line()
    {
        var ruling = await RuleAsync(Documents(), ("data.kubernetes.deny", """[{"msg":"`latest` moves","path":["spec","image"],"rule":"kubernetes/image-tag"}]"""));
        Assert.Equal(Verdict.Denied, ruling.Verdict);
        Assert.Equal("prod/app.yaml:6", ruling.Findings[0].Place!.ToString());
        Assert.StartsWith("fix `prod/app.yaml:6`", ruling.WayToGreen[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warning_is_shown_and_decides_nothing()
    {
        var ruling = await RuleAsync(Documents(), ("data.kubernetes.deny", "[]"), ("data.kubernetes.warn_latest", """["beware"]"""));
        Assert.Equal(Verdict.Allowed, ruling.Verdict);
        Assert.Contains(ruling.Findings, finding => finding is { Mode: RuleMode.Warn, Message: "beware" });
    }

    [Theory]
    [InlineData("!it conflicts", Verdict.Errored)]
    [InlineData("{\"a\":1}", Verdict.Errored)]
    [InlineData("7", Verdict.Errored)]
    [InlineData("null", Verdict.Errored)]
    [InlineData("[7]", Verdict.Denied)]
    [InlineData("[{}]", Verdict.Denied)]
    [InlineData("true", Verdict.Denied)]
    [InlineData("false", Verdict.Allowed)]
    [InlineData("[]", Verdict.Allowed)]
    public async Task An_answer_of_any_shape_has_its_verdict(string answer, Verdict verdict) =>
        Assert.Equal(verdict, (await RuleAsync(Documents(), ("data.kubernetes.deny", answer))).Verdict);

    [Fact]
    public async Task A_broken_manifest_is_denied_with_its_line()
    {
        var evidence = Documents() with { Content = Documents().Content with { Problems = [new ContentProblem("prod/b.yaml", 3, "a tab")] } };
        var ruling = await RuleAsync(evidence, ("data.kubernetes.deny", "[]"));
        Assert.Equal(Verdict.Denied, ruling.Verdict);
        Assert.Equal(new Place("prod/b.yaml", 3), ruling.Findings[0].Place);
    }

    [Fact]
    public async Task A_change_policy_sees_the_canonical_evidence_and_its_digest_is_the_rulings()
    {
        var engine = new TableEngine(("data.git.deny", "[]"));
        var judge = new Judge(SomeEvidence.Configuration, engine);
        var (ruling, canonical) = await judge.JudgeAsync(
            SomeEvidence.Ordinary(WholeChange), default, SomeEvidence.Noon, TestContext.Current.CancellationToken);
        Assert.Equal(Verdict.Allowed, ruling.Verdict);
        Assert.Equal(Encoding.UTF8.GetString(canonical.Span), Assert.Single(engine.Inputs));
        Assert.Equal(EvidenceInput.Digest(canonical), ruling.EvidenceDigest);
        Assert.StartsWith("""{"approvals":[],"change":{"author":{"id":"id-alice","kind":"person","login":"alice"},""", engine.Inputs[0], StringComparison.Ordinal);
    }

    [Fact]
    public void One_more_deciding_finding_never_makes_the_verdict_laxer()
    {
        var random = new Random(20260301);
        for (var round = 0; round < 2000; round++)
        {
            var findings = Enumerable.Range(0, random.Next(1, 8)).Select(_ => AnyFinding(random)).ToList();
            if (!findings.Any(finding => finding.Decides)) continue;
            var before = Weighing.Weigh(findings);
            findings.Insert(random.Next(findings.Count + 1), AnyFinding(random));
            Assert.True(Weighing.Weigh(findings) <= before);
        }
    }

    [Fact]
    public void Nothing_that_decides_is_a_denial() => Assert.Equal(Verdict.Denied, Weighing.Weigh([]));

    [Fact]
    public async Task The_order_in_which_reviews_are_listed_does_not_matter()
    {
        var random = new Random(7);
        var rules = "{version: 1, approvals: [{name: prod, requires: {count: 2}}]}";
        for (var round = 0; round < 200; round++)
        {
            var reviews = Enumerable.Range(0, random.Next(1, 9)).Select(_ => SomeEvidence.Review(
                ((string[])["alice", "bob", "carol"])[random.Next(3)], (ReviewState)random.Next(4),
                random.Next(3) == 0 ? SomeEvidence.Old : SomeEvidence.Head, random.Next(4))).ToArray();
            var one = await RuleAsync(SomeEvidence.Ordinary(rules) with { Reviews = [.. reviews] });
            random.Shuffle(reviews);
            var other = await RuleAsync(SomeEvidence.Ordinary(rules) with { Reviews = [.. reviews] });
            Assert.Equal(one.Verdict, other.Verdict);
            Assert.Equal(CommentText.Of(one, ""), CommentText.Of(other, ""));
        }
    }

    [Fact]
    public async Task A_hostile_message_stays_text_in_the_comment()
    {
        const string hostile = """["@everyone\n/merge <img src=x> | [a](https://evil.example) `x` ` #1"]""";
        var text = CommentText.Of(await RuleAsync(Documents(), ("data.kubernetes.deny", hostile)), "https://gate.example.org/rulings/1");
        Assert.DoesNotContain("@everyone", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", text, StringComparison.Ordinal);
        Assert.DoesNotContain("(https://evil", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith('/'));
    }

    [Fact]
    public async Task The_comment_and_the_summary_are_bounded()
    {
        var answer = $"[{string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"{i} {new string('x', 5000)}\""))}]";
        var ruling = await RuleAsync(Documents(), ("data.kubernetes.deny", answer));
        Assert.InRange(CommentText.Of(ruling, "https://gate.example.org").Length, 1, CommentText.MaxLength);
        Assert.InRange(ruling.Summary.Length, 1, 140);
    }

    [Fact]
    public void A_repository_cannot_replace_a_server_rule()
    {
        var server = SomeEvidence.Configuration with
        {
            ServerRules = new RuleFile { Approvals = [new ApprovalRule { Name = "prod", Count = 2 }] },
        };
        var own = Encoding.UTF8.GetBytes("{version: 1, approvals: [{name: prod, requires: {count: 1}}]}");
        var rules = RuleSet.Of(server, SomeEvidence.Shop, own);
        Assert.Equal(2, Assert.Single(rules.Approvals).Count);
        Assert.Equal(Verdict.Errored, Assert.Single(rules.Problems).Weight);
    }

    [Fact]
    public void A_server_rule_for_other_repositories_is_not_in_force()
    {
        var scope = new RuleScope { Repositories = ["other/*"] };
        var server = SomeEvidence.Configuration with { ServerRules = new RuleFile { Approvals = [new ApprovalRule { Name = "prod", When = scope }] } };
        Assert.Empty(RuleSet.Of(server, SomeEvidence.Shop, null).Approvals);
        Assert.Single(RuleSet.Of(server, new RepositoryKey(SomeEvidence.Shop.Connection, "other/x"), null).Approvals);
        Assert.Single(RuleSet.Of(server, new RepositoryKey(SomeEvidence.Shop.Connection, ""), null).Approvals);
    }

    private static Evidence Documents()
    {
        var evidence = SomeEvidence.Ordinary(Kubernetes);
        var lines = ImmutableDictionary<string, int>.Empty.Add("/spec", 5).Add("/spec/image", 6);
        return evidence with
        {
            Content = evidence.Content with { Documents = [new Document("prod/app.yaml", 0, 1, "{}"u8.ToArray(), lines)] },
        };
    }

    private static Finding AnyFinding(Random random) => new()
    {
        Weight = (Verdict)random.Next(4),
        Mode = (RuleMode)random.Next(3),
        Rule = "any/rule",
        Message = "any",
    };

    private static async Task<Ruling> RuleAsync(Evidence evidence, params (string, string)[] answers) =>
        (await new Judge(SomeEvidence.Configuration, new TableEngine(answers)).JudgeAsync(
            evidence, default, SomeEvidence.Noon.AddHours(1), TestContext.Current.CancellationToken)).Ruling;
}
