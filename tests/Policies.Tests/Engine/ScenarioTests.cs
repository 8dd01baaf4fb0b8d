using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Engine;

/// <summary>The policies that the benchmarks time give the answers that OPA gave, however often they are evaluated.</summary>
public sealed class ScenarioTests
{
    /// <summary>Indexes are made when a collection is looked through again; then machines are used again, too.</summary>
    private const int Times = 4;

    /// <summary>A busy machine is no reason to fail: every limit is on but the clock's.</summary>
    private static readonly RegoOptions Patient = new()
    {
        Limits = RegoLimits.Default with { Time = TimeSpan.FromMinutes(10) },
    };

    public static TheoryData<string> Cases => Named(Path.Combine(Shared.RepositoryRoot, "bench", "rego", "cases"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_of_the_benchmark_answers_as_opa_did(string name) =>
        AnswersRepeatedly(Path.Combine(Shared.RepositoryRoot, "bench", "rego", "cases", name));

    [Fact]
    public void Scenarios_of_the_reference_data_answer_as_opa_did()
    {
        var folder = Shared.Locate("regobench");
        Assert.SkipWhen(folder is null, "the reference data `regobench` is not here");
        foreach (var scenario in Directory.GetDirectories(folder!)) AnswersRepeatedly(scenario);
    }

    [Fact]
    public void A_boolean_decision_allocates_nothing_once_it_was_made()
    {
        var query = Compiled(Path.Combine(Shared.RepositoryRoot, "bench", "rego", "cases", "roles"), out var input);
        for (var i = 0; i < Times; i++) query.Evaluate(input, CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answers = query.Evaluate(input, CancellationToken.None);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(answers.Answers[0]["result"].IsTrue);
    }

    private static void AnswersRepeatedly(string folder)
    {
        var query = Compiled(folder, out var input);
        var expected = RegoJson.ToText(RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))));
        for (var i = 0; i < Times; i++)
        {
            var (answers, error) = query.Evaluate(input, TestContext.Current.CancellationToken);
            Assert.Null(error);
            Assert.Equal(expected, RegoJson.ToText(Assert.Single(answers)["result"]));
        }
    }

    private static RegoQuery Compiled(string folder, out RegoValue input)
    {
        var policy = new RegoModuleSource("policy.rego", File.ReadAllText(Path.Combine(folder, "policy.rego")));
        var data = RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "data.json")));
        var (engine, errors) = RegoEngine.Compile([policy], data, Patient);
        Assert.Empty(errors);
        input = RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "input.json")));
        var (query, wrong) = engine!.Prepare($"result = {File.ReadAllText(Path.Combine(folder, "query.txt")).Trim()}");
        Assert.Empty(wrong);
        return query!;
    }

    private static TheoryData<string> Named(string folder) =>
        [.. Directory.GetDirectories(folder).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
}
