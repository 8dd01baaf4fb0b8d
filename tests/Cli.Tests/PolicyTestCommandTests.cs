using System.Text.Json;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What <c>gate policy test</c> prints and how it ends.</summary>
public class PolicyTestCommandTests
{
    [Theory]
    [InlineData("pretty", "test.txt")]
    [InlineData("json", "test.json")]
    [InlineData("junit", "test.xml")]
    [InlineData("tap", "test.tap")]
    public async Task Every_outcome_is_told_in_each_format(string format, string golden)
    {
        using var folder = new PolicyFolder();
        var (code, output, _) = await GateProgram.RunAsync("policy", "test", folder.Path, "--format", format);
        Assert.Equal(1, code);
        Golden.Matches(golden, folder.Plain(output));
    }

    [Fact]
    public async Task Tests_are_chosen_by_a_pattern_and_all_are_shown_when_asked()
    {
        using var folder = new PolicyFolder();
        var (code, output, _) = await GateProgram.RunAsync("policy", "test", folder.Path, "--run", "a_test.test_allow$", "--verbose");
        Assert.Equal(0, code);
        Assert.StartsWith("PASS  data.a_test.test_allow", output, StringComparison.Ordinal);
        Assert.EndsWith("1 PASS, 0 SKIP, 0 FAIL, 0 ERROR\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coverage_is_told_for_people_and_for_programs()
    {
        using var folder = new PolicyFolder();
        string[] run = ["policy", "test", folder.Path, "--coverage", "--run", "test_allow"];
        Golden.Matches("coverage.txt", folder.Plain((await GateProgram.RunAsync(run)).Output));
        Golden.Matches("coverage.json", folder.Plain((await GateProgram.RunAsync([.. run, "--json"])).Output));
    }

    [Fact]
    public async Task Too_little_coverage_ends_with_one_and_enough_with_zero()
    {
        using var folder = new PolicyFolder();
        var (low, _, errors) = await GateProgram.RunAsync("policy", "test", folder.Path, "--run", "test_allow", "--threshold", "90");
        Assert.Equal(1, low);
        Assert.Contains("`--threshold` asks for 90.00 %", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await GateProgram.RunAsync("policy", "test", folder.Path, "--run", "test_allow", "--threshold", "5")).Code);
    }

    [Fact]
    public async Task A_test_that_does_not_end_is_an_error_after_its_time()
    {
        using var folder = new TestFolder();
        folder.Write("a_test.rego", """
            package a_test

            test_endless if count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j - 200000]) == 1

            test_short if true
            """);
        var (code, output, _) = await GateProgram.RunAsync("policy", "test", folder.Path, "--timeout", "0.2");
        Assert.Equal(1, code);
        Assert.Contains("limit_time", output, StringComparison.Ordinal);
        Assert.Contains("1 PASS, 0 SKIP, 0 FAIL, 1 ERROR", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_paths_are_tested_together_and_names_are_passed_over()
    {
        using var folder = new TestFolder();
        folder.Write("lib/l.rego", "package l\n\nlimit := data.limits.most\n");
        folder.Write("lib/limits/most.yaml", "most: 3\n");
        folder.Write("lib/broken.rego", "package");
        var test = folder.Write("t/l_test.rego", "package l_test\n\ntest_limit if data.l.limit == 3\n");
        var (code, output, errors) = await GateProgram.RunAsync("policy", "test", Path.Combine(folder.Path, "lib"), test, "--ignore", "broken.*");
        Assert.True(code == 0, errors);
        Assert.Contains("1 PASS", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Modules_of_the_old_language_are_tested_when_asked()
    {
        using var folder = new TestFolder();
        folder.Write("a_test.rego", "package a_test\n\ntest_old { 1 == 1 }\n");
        Assert.Equal(1, (await GateProgram.RunAsync("policy", "test", folder.Path)).Code);
        Assert.Equal(0, (await GateProgram.RunAsync("policy", "test", folder.Path, "--v0-compatible")).Code);
    }

    [Fact]
    public async Task Verdicts_and_coverage_of_the_shipped_policies_are_those_of_OPA()
    {
        var opa = Opa.RequirePath();
        var policies = Path.Combine(Shared.RepositoryRoot, "policies");
        var (_, ours, _) = await GateProgram.RunAsync("policy", "test", policies, "--json");
        var theirs = await Opa.RunAsync(opa, "test", policies, "--format", "json", "--timeout", "120s");
        Assert.Equal(Verdicts(theirs), Verdicts(ours));

        (_, ours, _) = await GateProgram.RunAsync("policy", "test", policies, "--json", "--coverage");
        theirs = await Opa.RunAsync(opa, "test", policies, "--format", "json", "--coverage", "--timeout", "120s");
        using var mine = JsonDocument.Parse(ours);
        using var yours = JsonDocument.Parse(theirs);
        Assert.Equal(yours.RootElement.GetProperty("coverage").GetDouble(), mine.RootElement.GetProperty("coverage").GetDouble(), 2.0);
    }

    private static string[] Verdicts(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(test =>
            $"{test.GetProperty("package").GetString()}.{test.GetProperty("name").GetString()} fail={test.TryGetProperty("fail", out _)} error={test.TryGetProperty("error", out _)}")
            .Order(StringComparer.Ordinal)];
    }
}
