using System.Text.Json;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What the command line does without a gateway.</summary>
public class OfflineCommandTests
{
    private const string Push = """
        {"ref":"refs/heads/main","before":"1111111111111111111111111111111111111111","after":"2222222222222222222222222222222222222222",
         "created":false,"deleted":false,"forced":false,"pusher":{"name":"alice"},"repository":{"id":1,"full_name":"acme/shop"}}
        """;

    [Fact]
    public async Task Help_names_every_command_and_the_exit_codes()
    {
        var (code, output, _) = await GateProgram.RunAsync("--help");
        Assert.Equal(0, code);
        foreach (var command in (string[])["connect", "change", "ruling", "delivery", "obligation", "policy", "audit", "config", "status", "token"])
        {
            Assert.Contains($"\n  {command}", output, StringComparison.Ordinal);
        }

        Assert.Contains("Exit codes:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delivery_is_read_to_what_it_concerns()
    {
        using var folder = new TestFolder();
        var (code, output, _) = await GateProgram.RunAsync(
            "delivery", "read", "--forge", "github", "--event", "push", "--header", "X-GitHub-Event: push", folder.Write("body.json", Push), "--json");
        Assert.Equal(0, code);
        using var reading = JsonDocument.Parse(output);
        Assert.Equal("concerns", reading.RootElement.GetProperty("reading").GetString());
        var concern = Assert.Single(reading.RootElement.GetProperty("concerns").EnumerateArray());
        Assert.Equal("main", concern.GetProperty("branch").GetString());
        Assert.Equal("acme/shop", concern.GetProperty("repository").GetString());
    }

    [Fact]
    public async Task A_delivery_that_nobody_needs_says_why_it_is_ignored()
    {
        using var folder = new TestFolder();
        var (code, output, _) = await GateProgram.RunAsync(
            "delivery", "read", "--forge", "github", "--event", "star", folder.Write("body.json", """{"action":"created"}"""));
        Assert.Equal(0, code);
        Assert.StartsWith("ignored: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"ref":"a","ref":"b"}""")]
    public async Task A_body_that_is_no_JSON_or_says_a_thing_twice_is_unreadable(string body)
    {
        using var folder = new TestFolder();
        var (code, output, _) = await GateProgram.RunAsync(
            "delivery", "read", "--forge", "github", "--event", "push", folder.Write("body.json", body));
        Assert.Equal(0, code);
        Assert.StartsWith("unreadable: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_tests_pass_and_fail_by_exit_code()
    {
        using var folder = new TestFolder();
        folder.Write("a.rego", "package a\n\nok if input.x == 1\n");
        folder.Write("a_test.rego", "package a_test\n\nimport data.a\n\ntest_ok if a.ok with input as {\"x\": 1}\n");
        var (passed, output, _) = await GateProgram.RunAsync("policy", "test", folder.Path);
        Assert.Equal(0, passed);
        Assert.Contains("1 PASS", output, StringComparison.Ordinal);

        folder.Write("a_test.rego", "package a_test\n\nimport data.a\n\ntest_ok if a.ok with input as {\"x\": 2}\n");
        var (failed, told, _) = await GateProgram.RunAsync("policy", "test", folder.Path);
        Assert.Equal(1, failed);
        Assert.Contains("FAIL  data.a_test.test_ok", told, StringComparison.Ordinal);
        Assert.Contains("a_test.rego:5", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_evaluated_for_an_input()
    {
        using var folder = new TestFolder();
        folder.Write("a.rego", "package a\n\ndeny contains msg if {\n\tinput.n > 2\n\tmsg := sprintf(\"%d is too many\", [input.n])\n}\n\nonly if input.n == 1\n");
        var input = folder.Write("in/input.json", """{"n":3}""");
        var (code, output, _) = await GateProgram.RunAsync("policy", "eval", "data.a.deny", "--bundle", folder.Path, "--input", input);
        Assert.Equal(0, code);
        Assert.Contains("3 is too many", output, StringComparison.Ordinal);

        var (undefined, _, errors) = await GateProgram.RunAsync("policy", "eval", "data.a.only", "--bundle", folder.Path, "--input", input);
        Assert.Equal(1, undefined);
        Assert.Contains("undefined", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_does_not_compile_names_file_and_line()
    {
        using var folder = new TestFolder();
        folder.Write("a.rego", "package a\n\nok if {\n\tx > 1\n}\n");
        var (code, _, errors) = await GateProgram.RunAsync("policy", "check", folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("a.rego:4", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_problem_of_a_configuration_is_printed_at_once_with_its_line()
    {
        using var folder = new TestFolder();
        var gate = folder.Write("gate.yaml", "publicUrl: nowhere\ndata: ./data\nconnections:\n  - name: forge\n    forge: github\n    token: env:NO_SUCH_VARIABLE_HERE\ncolour: red\n");
        var (code, output, _) = await GateProgram.RunAsync("config", "check", gate);
        Assert.Equal(1, code);
        Assert.Contains("gate.yaml:1: ", output, StringComparison.Ordinal);
        Assert.Contains("NO_SUCH_VARIABLE_HERE", output, StringComparison.Ordinal);
        Assert.Contains("webhookSecrets", output, StringComparison.Ordinal);
        Assert.Contains("gate.yaml:7: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_file_is_checked_on_its_own()
    {
        using var folder = new TestFolder();
        var good = folder.Write(".gitopsgate.yaml", "version: 1\napprovals:\n  - name: two-eyes\n    requires: { count: 1 }\n");
        var (code, output, _) = await GateProgram.RunAsync("config", "check", good);
        Assert.Equal((0, "no problem found\n"), (code, output));

        folder.Write(".gitopsgate.yaml", "version: 1\napprovals:\n  - nam: two-eyes\n");
        var (wrong, told, _) = await GateProgram.RunAsync("config", "check", good);
        Assert.Equal(1, wrong);
        Assert.Contains(".gitopsgate.yaml:3: ", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delivery", "read", "--forge", "github", "--event", "push", "no-such-file.json")]
    [InlineData("policy", "test", "no-such-folder")]
    [InlineData("change", "show", "not-a-change")]
    [InlineData("--gateway", "not an address", "status")]
    public async Task What_cannot_be_used_ends_with_two_and_says_what_would_be_right(params string[] arguments)
    {
        var (code, _, errors) = await GateProgram.RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Matches("^gate: `[^`]+` is not ", errors);
    }

    [Fact]
    public async Task A_gateway_that_does_not_answer_ends_with_three()
    {
        var (code, _, errors) = await GateProgram.RunAsync("--gateway", "http://127.0.0.1:9", "status");
        Assert.Equal(3, code);
        Assert.Contains("does not answer", errors, StringComparison.Ordinal);
    }
}
