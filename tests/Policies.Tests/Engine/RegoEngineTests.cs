using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Engine;

/// <summary>The embedded engine through its contract, and the runner of policies' own tests.</summary>
public sealed class RegoEngineTests
{
    private const string Gate = """
        package gate

        import rego.v1

        default allow := false

        allow if count(deny) == 0

        deny contains "too large" if input.size > data.limit

        test_small_is_allowed if allow with input as {"size": 1}

        helper(x) := x
        """;

    private static readonly PolicyInput Large = PolicyInput.FromJson("""{"size": 11}"""u8.ToArray());

    private static RegoEngine Engine { get; } = RegoEngine.Compile(
        [new RegoModuleSource("gate.rego", Gate)], RegoJson.Parse("""{"limit": 10}"""),
        RegoOptions.Default with { BundleRevision = "sha256:0" }).Engine!;

    [Fact]
    public void It_names_itself_its_bundle_and_what_it_holds()
    {
        Assert.Equal("embedded", Engine.Name);
        Assert.Equal("sha256:0", Engine.BundleRevision);
        Assert.Equal(["data.gate"], Engine.Packages);
        Assert.Equal(["allow", "deny"], Engine.RulesIn("data.gate").Where(r => !r.StartsWith("test_", StringComparison.Ordinal)));
        Assert.Empty(Engine.RulesIn("data.none"));
    }

    [Fact]
    public async Task A_document_is_a_value()
    {
        var decision = await Engine.DecideAsync("data.gate.deny", Large, TestContext.Current.CancellationToken);
        Assert.Equal("""["too large"]""", Encoding.UTF8.GetString(Assert.IsType<Decision.Value>(decision).Json.Span));
    }

    [Fact]
    public async Task What_is_not_there_is_undefined() =>
        Assert.IsType<Decision.Undefined>(
            await Engine.DecideAsync("data.gate.none", Large, TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("data.gate.", "rego_parse_error")]
    [InlineData("x", "rego_unsafe_var_error")]
    public async Task A_bad_query_has_failed(string query, string code) =>
        Assert.Equal(code, Assert.IsType<Decision.Failed>(
            await Engine.DecideAsync(query, Large, TestContext.Current.CancellationToken)).Code);

    [Fact]
    public async Task An_input_that_is_no_json_has_failed()
    {
        var decision = await Engine.DecideAsync(
            "data.gate.allow", PolicyInput.FromJson("{"u8.ToArray()), TestContext.Current.CancellationToken);
        Assert.Equal("input_invalid", Assert.IsType<Decision.Failed>(decision).Code);
    }

    [Fact]
    public void Tests_pass_fail_error_and_are_skipped()
    {
        const string tests = """
            package some_test

            test_passes if {
            	print("seen", 1)
            }

            test_fails if 1 == 2

            test_errors if conflict

            conflict := 1

            conflict := 2 if true

            todo_test_later if false

            test_cases[name] if {
            	some name, number in {"one": 1, "two": 2}
            	number == 1
            }
            """;
        var report = RegoTestRunner.Run(
            [new RegoModuleSource("some_test.rego", tests)], default, new RegoTestOptions(),
                TestContext.Current.CancellationToken);
        Assert.Empty(report.Errors);
        Assert.False(report.IsGreen);
        Assert.Equal(
            ["test_passes Passed", "test_fails Failed", "test_errors Errored", "todo_test_later Skipped", "test_cases Failed"],
            report.Results.Select(r => $"{r.Name} {r.Outcome}"));
        Assert.Equal(["some_test.rego:4: seen 1"], report.Results[0].Output);
        Assert.Equal("eval_conflict_error", report.Results[2].Error?.Code);
        Assert.Equal(["one Passed", "two Failed"], report.Results[4].Cases.Select(c => $"{c.Name} {c.Outcome}"));
    }

    [Fact]
    public void A_filter_chooses_tests()
    {
        var report = RegoTestRunner.Run(
            [new RegoModuleSource("gate.rego", Gate)], RegoJson.Parse("""{"limit": 10}"""),
            new RegoTestOptions { Filter = "small" }, TestContext.Current.CancellationToken);
        Assert.True(report.IsGreen);
        Assert.Equal("test_small_is_allowed", Assert.Single(report.Results).Name);
    }
}
