using System.Text.Json;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What <c>gate policy suite</c> and <c>gate policy bench</c> answer.</summary>
public class PolicySuiteTests
{
    [Theory]
    [InlineData("""{"id":"1","query":"data.p.x = y","modules":["package p\n\nx := input.n + data.k"],"input":{"n":1},"data":{"k":2},"want_result":[]}""", """{"id":"1","results":[{"y":3}]}""")]
    [InlineData("""{"id":"2","query":"data.p.x = y","modules":["package p\n\nx := input[{1}]"],"input_term":"{{1}: 7}"}""", """{"id":"2","results":[{"y":7}]}""")]
    [InlineData("""{"id":"3","query":"data.p.x = y","modules":["package p\n\nx if { false }"]}""", """{"id":"3","results":[]}""")]
    [InlineData("""{"id":"4","query":"data.p.x = y","modules":["package p\n\nx := 1","package p\n\nx := 2"]}""", """{"id":"4","error":{"code":"eval_conflict_error","message":"complete rules must not produce multiple outputs","text":"test-1.rego:3: eval_conflict_error: complete rules must not produce multiple outputs"}}""")]
    [InlineData("""{"id":"5","query":"data.p.x = y","modules":["package p\n\nx { true }"]}""", """{"id":"5","compile_error":""")]
    [InlineData("""{"id":"6","rego_version":"v0","query":"data.p.x = y","modules":["package p\n\nx { true }"]}""", """{"id":"6","results":[{"y":true}]}""")]
    [InlineData("""{"id":"7","query":"data.p.x = y","modules":["package p\n\nx contains to_number(\"a\")"],"strict_error":true}""", """{"id":"7","error":{"code":"eval_builtin_error",""")]
    [InlineData("""{"id":"8","query":"data.p.x = y","modules":["package p\n\nx := [3, 1, 2] if test.sleep(\"1ms\") == null"],"sort_bindings":true}""", """{"id":"8","results":[{"y":[1,2,3]}]}""")]
    public async Task A_case_is_answered_in_one_line(string line, string expected)
    {
        var (code, output, errors) = await GateProgram.RunWithAsync(line + "\n", "policy", "suite", "-");
        Assert.True(code == 0, errors);
        Assert.StartsWith(expected, output, StringComparison.Ordinal);
        Assert.Single(output, letter => letter == '\n');
    }

    [Fact]
    public async Task A_case_that_does_not_end_is_an_error_and_the_others_are_answered_in_order()
    {
        const string Endless = """{"id":"b","query":"data.p.x = y","modules":["package p\n\nx if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j + 100001 }"]}""";
        var input = $"{{\"id\":\"a\",\"query\":\"x = 1\"}}\n{Endless}\n\n{{\"id\":\"c\",\"query\":\"x = 2\"}}\n";
        var (code, output, errors) = await GateProgram.RunWithAsync(input, "policy", "suite", "-", "--timeout", "0.3");
        Assert.True(code == 0, errors);
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal("""{"id":"a","results":[{"x":1}]}""", lines[0]);
        Assert.Matches("""^\{"id":"b","error":\{"code":"limit_""", lines[1]);
        Assert.Equal("""{"id":"c","results":[{"x":2}]}""", lines[2]);
    }

    [Theory]
    [InlineData("""{"id":"1","kind":"module","modules":["package p\n\nx := 1"]}""", """{"id":"1","stage":"ok","errors":[]}""")]
    [InlineData("""{"id":"2","kind":"body","modules":["x"]}""", """{"id":"2","stage":"compile","errors":[{"code":"rego_unsafe_var_error","row":1,"col":1,"message":"var x is unsafe"}]}""")]
    [InlineData("""{"id":"3","kind":"module","modules":["package p\n\nx {"]}""", """{"id":"3","stage":"parse","errors":[{"module":"test-0.rego","code":"rego_parse_error","row":3,""")]
    public async Task A_source_says_how_far_it_comes(string line, string expected) =>
        Assert.StartsWith(expected, (await GateProgram.RunWithAsync(line, "policy", "suite", "--parse", "-")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_no_case_ends_with_two_and_its_line()
    {
        var (code, _, errors) = await GateProgram.RunWithAsync("{\"id\":\"a\",\"query\":\"true\"}\nno json\n", "policy", "suite", "-");
        Assert.Equal(2, code);
        Assert.StartsWith("gate: `-`:2: the line is no JSON", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_is_measured_when_its_answer_is_right_and_told_when_it_is_wrong()
    {
        using var folder = new TestFolder();
        foreach (var (name, expected) in new[] { ("right", "2"), ("wrong", "3") })
        {
            folder.Write($"{name}/policy.rego", "package p\n\nx := input.n + 1\n");
            folder.Write($"{name}/input.json", """{"n": 1}""");
            folder.Write($"{name}/data.json", "{}");
            folder.Write($"{name}/query.txt", "data.p.x\n");
            folder.Write($"{name}/expected.json", expected);
        }

        var (code, output, errors) = await GateProgram.RunAsync("policy", "bench", folder.Path, "--rounds", "1", "--round-time", "0.02", "--threads", "2");
        Assert.True(code == 1, errors);
        var lines = output.TrimEnd('\n').Split('\n');
        using var right = JsonDocument.Parse(lines[0]);
        Assert.True(right.RootElement.GetProperty("right").GetBoolean());
        foreach (var measure in (string[])["ns", "bytes", "per_second", "compile_ns", "input_ns"])
            Assert.True(right.RootElement.GetProperty(measure).GetDouble() > 0, lines[0]);
        using var wrong = JsonDocument.Parse(lines[1]);
        Assert.Equal("`3` is expected, got `2`", wrong.RootElement.GetProperty("wrong").GetString());
    }
}
