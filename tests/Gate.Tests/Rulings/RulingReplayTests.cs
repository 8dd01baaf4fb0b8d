using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>A stored ruling is made again from its evidence, and what comes out otherwise is told.</summary>
public sealed class RulingReplayTests
{
    private const string Rules = "{version: 1, policies: [{name: clock, bundle: shipped, package: clock, style: change}]}";
    private const string Policy = "package clock\n\ndeny contains sprintf(\"judged at %d\", [time.now_ns()])\n";

    public static TheoryData<string> Names => ScenarioTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_scenario_comes_out_byte_for_byte(string name)
    {
        var (ruling, evidence) = await RuleAsync(new TableEngine(), ScenarioTests.EvidenceOf(name));
        var replayed = await AgainAsync(new TableEngine(), ruling, evidence, LeafOf(ruling));
        Assert.Empty(replayed.Differences);
        Assert.Equal(StoredForm.Write(ruling), StoredForm.Write(replayed.Again));
    }

    [Fact]
    public async Task What_a_policy_was_told_of_the_world_is_told_again()
    {
        var (ruling, evidence) = await RuleAsync(Engines(Policy, "sha256:one"), SomeEvidence.Ordinary(Rules));
        Assert.NotNull(ruling.World);
        var stored = StoredForm.Read<Ruling>(StoredForm.Write(ruling));
        Assert.Empty((await AgainAsync(Engines(Policy, "sha256:one"), stored, evidence, LeafOf(ruling))).Differences);
    }

    [Fact]
    public async Task Another_bundle_is_told_before_what_comes_of_it()
    {
        var (ruling, evidence) = await RuleAsync(Engines(Policy, "sha256:one"), SomeEvidence.Ordinary(Rules));
        var differences = (await AgainAsync(Engines(Policy, "sha256:two"), ruling, evidence, LeafOf(ruling))).Differences;
        Assert.Equal("bundle `shipped` cannot be asked: it is at revision `sha256:two`; the ruling asked `sha256:one`", differences[0]);
        Assert.Contains(differences, line => line.StartsWith("`verdict` was \"Denied\" and is \"Errored\"", StringComparison.Ordinal));
        Assert.Contains("the entry in the audit log would not be as it is", differences);
    }

    [Fact]
    public async Task Evidence_that_was_touched_is_told()
    {
        var (ruling, evidence) = await RuleAsync(new TableEngine(), SomeEvidence.Ordinary(Rules));
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(evidence.Span).Replace("more replicas", "less replicas", StringComparison.Ordinal));
        var differences = (await AgainAsync(new TableEngine(), ruling, other, LeafOf(ruling))).Differences;
        Assert.StartsWith("the stored evidence has the digest `", differences[0], StringComparison.Ordinal);
        Assert.Contains(differences, line => line.StartsWith("`evidenceDigest` was ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ruling_that_was_touched_is_told_by_its_member()
    {
        var (ruling, evidence) = await RuleAsync(new TableEngine(), SomeEvidence.Ordinary(Rules));
        var touched = ruling with { Summary = "all is well" };
        Assert.Equal(
            [$"`summary` was \"all is well\" and is \"{ruling.Summary}\""],
            (await AgainAsync(new TableEngine(), touched, evidence, LeafOf(ruling))).Differences);
    }

    [Fact]
    public async Task An_entry_that_says_something_else_is_told()
    {
        var (ruling, evidence) = await RuleAsync(new TableEngine(), SomeEvidence.Ordinary(Rules));
        var leaf = LeafOf(ruling with { Verdict = Verdict.Allowed });
        Assert.Equal(["the entry in the audit log would not be as it is"], (await AgainAsync(new TableEngine(), ruling, evidence, leaf)).Differences);
    }

    [Fact]
    public async Task Evidence_of_an_older_version_says_what_it_lacks()
    {
        var (ruling, _) = await RuleAsync(new TableEngine(), SomeEvidence.Ordinary(Rules));
        var replayed = await AgainAsync(new TableEngine(), ruling, "{\"version\":1,\"gate\":{}}"u8.ToArray(), LeafOf(ruling));
        Assert.Null(replayed.Again);
        Assert.Contains(replayed.Differences, line => line.Contains("`accounts`", StringComparison.Ordinal));
    }

    private static Task<Replayed> AgainAsync(IPolicyEngines engines, Ruling ruling, ReadOnlyMemory<byte> evidence, ReadOnlyMemory<byte> leaf) =>
        new RulingReplay(SomeEvidence.Configuration, engines).AgainAsync(ruling, evidence, leaf, TestContext.Current.CancellationToken);

    private static async Task<(Ruling Ruling, ReadOnlyMemory<byte> Evidence)> RuleAsync(IPolicyEngines engines, GitOpsGate.Facts.Evidence evidence)
    {
        var judge = new Judge(SomeEvidence.Configuration, engines);
        var judgement = await judge.JudgeAsync(
            evidence, new RulingId(Guid.Empty), SomeEvidence.Noon.AddHours(1), TestContext.Current.CancellationToken);
        return (judgement.Ruling, judgement.Evidence);
    }

    private static ReadOnlyMemory<byte> LeafOf(Ruling ruling) => new PlacedEntry(
        41, "01JBQ6C2ZP0000000000000000", SomeEvidence.Noon.AddHours(1), "t_1", RulingEntries.Decided(ruling),
        ImmutableSortedDictionary<string, long>.Empty).ToBytes();

    private static OneEngine Engines(string policy, string revision)
    {
        var (engine, errors) = RegoEngine.Compile(
            [new RegoModuleSource("clock.rego", policy)], default, RegoOptions.Default with { BundleRevision = revision });
        Assert.Empty(errors);
        return new OneEngine(engine!);
    }
}
