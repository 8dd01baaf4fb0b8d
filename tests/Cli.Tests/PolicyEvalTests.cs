using System.Text.Json;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What <c>gate policy eval</c> prints and how it ends.</summary>
public class PolicyEvalTests
{
    [Fact]
    public async Task An_answer_is_explained_by_what_was_tried_and_the_values_that_were_seen()
    {
        using var folder = new PolicyFolder();
        var input = folder.Write("input.json", """{"user": "admin", "n": 1}""");
        var (code, output, _) = await GateProgram.RunAsync("policy", "eval", "data.a.allow", "--data", folder.Path, "--input", input, "--explain");
        Assert.Equal(0, code);
        Golden.Matches("explain.txt", folder.Plain(output));

        var (undefined, why, _) = await GateProgram.RunAsync("policy", "eval", "data.a_test.test_deny", "--data", folder.Path, "--explain");
        Assert.Equal(1, undefined);
        Golden.Matches("explain-undefined.txt", folder.Plain(why));
    }

    [Fact]
    public async Task Answers_come_in_the_form_that_is_asked_for()
    {
        using var folder = new PolicyFolder();
        foreach (var (format, expected) in new[]
        {
            ("raw", "admin\n"),
            ("values", "[\n  \"admin\"\n]\n"),
            ("bindings", "{}\n"),
            ("pretty", "\"admin\"\n"),
        })
        {
            var (_, output, _) = await GateProgram.RunAsync("policy", "eval", "data.settings.owner", "--data", folder.Path, "--format", format);
            Assert.Equal(expected, output);
        }

        var (_, json, _) = await GateProgram.RunAsync("policy", "eval", "some n in [1, 2]; n > 1", "--json");
        using var document = JsonDocument.Parse(json);
        var result = Assert.Single(document.RootElement.GetProperty("result").EnumerateArray());
        Assert.Equal(2, result.GetProperty("bindings").GetProperty("n").GetInt32());
        Assert.Equal(["some n in [1, 2]", "n > 1"], result.GetProperty("expressions").EnumerateArray().Select(one => one.GetProperty("text").GetString()!));
    }

    [Fact]
    public async Task The_input_may_come_from_standard_input_and_the_query_may_see_a_package()
    {
        using var folder = new PolicyFolder();
        string[] asked = ["policy", "eval", "--data", folder.Path, "--format", "raw"];
        var (_, output, _) = await GateProgram.RunWithAsync("""{"user": "admin", "n": 3}""", [.. asked, "allow", "--package", "a", "--input", "-"]);
        Assert.Equal("true\n", output);
        Assert.Equal("4\n", (await GateProgram.RunAsync([.. asked, "f(2)", "--import", "data.a.double as f"])).Output);
    }

    [Fact]
    public async Task Undefined_false_and_failing_are_told_apart()
    {
        using var folder = new PolicyFolder();
        Assert.Equal((1, ""), Two(await GateProgram.RunAsync("policy", "eval", "data.a.never", "--data", folder.Path)));
        Assert.Equal((0, ""), Two(await GateProgram.RunAsync("policy", "eval", "data.a.never", "--data", folder.Path, "--fail-defined")));
        Assert.Equal((0, "false\n"), Two(await GateProgram.RunAsync("policy", "eval", "1 == 2")));
        Assert.Equal((1, ""), Two(await GateProgram.RunAsync("policy", "eval", "to_number(\"x\")")));
        var (code, _, errors) = await GateProgram.RunAsync("policy", "eval", "to_number(\"x\")", "--strict-builtin-errors");
        Assert.Equal(1, code);
        Assert.Contains("to_number", errors, StringComparison.Ordinal);
        Assert.Contains("p/b.rego:5: eval_conflict_error", folder.Plain((await GateProgram.RunAsync("policy", "eval", "data.b.conflict", "--data", folder.Path)).Errors), StringComparison.Ordinal);

        static (int, string) Two((int Code, string Output, string Errors) run) => (run.Code, run.Output);
    }

    [Fact]
    public async Task A_query_that_is_none_says_so()
    {
        var (code, _, errors) = await GateProgram.RunAsync("policy", "eval", "x :=");
        Assert.Equal(2, code);
        Assert.StartsWith("gate: the query is not Rego: ", errors, StringComparison.Ordinal);
    }
}
