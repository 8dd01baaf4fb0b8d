using GitOpsGate.Audit;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>A ruling whose policies asked the world is made again from its record, byte for byte.</summary>
public sealed class ReplayEnginesTests
{
    private const string Rules = "{version: 1, policies: [{name: clock, bundle: shipped, package: clock, style: change}]}";

    private const string Policy = """
        package clock

        deny contains sprintf("judged at %d, lot %d", [time.now_ns(), rand.intn("lot", 1000000)])
        """;

    private const string Timeless = """
        package clock

        deny contains "always" if input.version == 1
        """;

    [Fact]
    public async Task A_ruling_is_made_again_in_another_year_with_other_chance()
    {
        var ruling = await RuleAsync(Engines(Policy, 1));
        var use = Assert.Single(ruling.World!.Value);
        Assert.Equal(("shipped", "data.clock.deny", ruling.EvidenceDigest), (use.Bundle, use.Query, use.Input));
        var replay = new ReplayEngines(Engines(Policy, 2), ruling);
        var again = await RuleAsync(replay);
        Assert.Equal(ruling.Findings.AsEnumerable(), again.Findings);
        Assert.Equal(ruling.World.Value.AsEnumerable(), again.World!.Value);
        Assert.Empty(replay.Unused);
        Assert.NotEqual(ruling.Findings.AsEnumerable(), (await RuleAsync(Engines(Policy, 2))).Findings);
    }

    [Fact]
    public async Task A_policy_that_asks_for_what_was_not_recorded_is_errored()
    {
        var ruling = await RuleAsync(Engines(Policy, 1)) with { World = null };
        var again = await RuleAsync(new ReplayEngines(Engines(Policy, 1), ruling));
        Assert.Equal(Verdict.Errored, again.Verdict);
        Assert.Contains(again.Findings, finding => finding.Message.Contains("replay_missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_that_nobody_asks_for_is_told()
    {
        var ruling = await RuleAsync(Engines(Policy, 1));
        var replay = new ReplayEngines(Engines(Timeless, 1), ruling);
        await RuleAsync(replay);
        Assert.Equal("data.clock.deny of bundle shipped: rand.intn[\"lot\",1000000]", replay.Unused[0]);
    }

    [Fact]
    public async Task Another_revision_of_the_bundle_is_not_asked()
    {
        var ruling = await RuleAsync(Engines(Policy, 1));
        var replay = new ReplayEngines(Engines(Policy, 1, revision: "sha256:other"), ruling);
        Assert.Equal("it is at revision `sha256:other`; the ruling asked `sha256:one`", replay.Find("shipped").Why);
    }

    [Fact]
    public async Task Only_a_ruling_that_asked_the_world_says_so_in_the_log()
    {
        var timeless = await RuleAsync(Engines(Timeless, 1));
        Assert.Null(timeless.World);
        Assert.DoesNotContain("world", RulingEntries.Decided(timeless).Attributes.Keys);
        var ruling = await RuleAsync(Engines(Policy, 1));
        Assert.Equal(
            new AuditValue.Text($"sha256:{WorldUse.DigestOf(ruling.World!.Value)}"), RulingEntries.Decided(ruling).Attributes["world"]);
    }

    private static async Task<Ruling> RuleAsync(IPolicyEngines engines)
    {
        var judge = new Judge(SomeEvidence.Configuration, engines);
        var (ruling, _) = await judge.JudgeAsync(
            SomeEvidence.Ordinary(Rules), default, SomeEvidence.Noon, TestContext.Current.CancellationToken);
        return ruling;
    }

    private static OneEngine Engines(string policy, int seed, string revision = "sha256:one")
    {
        var options = RegoOptions.Default with { Seed = seed, BundleRevision = revision };
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("clock.rego", policy)], default, options);
        Assert.Empty(errors);
        return new OneEngine(engine!);
    }
}
