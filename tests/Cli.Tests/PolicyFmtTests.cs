using System.Text.Json;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What <c>gate policy fmt</c>, <c>parse</c>, <c>capabilities</c> and <c>check --strict</c> print and how they end.</summary>
public class PolicyFmtTests
{
    private const string Crooked = "package a\nallow if {\n  input.x==1\n}\n";
    private const string Straight = "package a\n\nallow if {\n\tinput.x == 1\n}\n";

    [Fact]
    public async Task Standard_input_is_formatted_to_standard_output_and_stays_so()
    {
        Assert.Equal((0, Straight, ""), await GateProgram.RunWithAsync(Crooked, "policy", "fmt"));
        Assert.Equal((0, Straight, ""), await GateProgram.RunWithAsync(Straight, "policy", "fmt", "-"));
    }

    [Fact]
    public async Task Files_of_a_folder_are_named_by_check_and_changed_by_write()
    {
        using var folder = new TestFolder();
        var crooked = folder.Write("deep/a.rego", Crooked);
        folder.Write("b.rego", Straight);
        folder.Write("c.txt", Crooked);
        Assert.Equal((1, crooked + "\n", ""), await GateProgram.RunAsync("policy", "fmt", "--check", folder.Path));
        Assert.Equal(Crooked, await File.ReadAllTextAsync(crooked, TestContext.Current.CancellationToken));
        Assert.Equal((0, crooked + "\n", ""), await GateProgram.RunAsync("policy", "fmt", "-w", folder.Path));
        Assert.Equal(Straight, await File.ReadAllTextAsync(crooked, TestContext.Current.CancellationToken));
        Assert.Equal((0, "", ""), await GateProgram.RunAsync("policy", "fmt", "--check", folder.Path));
    }

    [Fact]
    public async Task A_diff_shows_each_change_with_the_lines_around_it()
    {
        using var folder = new TestFolder();
        var path = folder.Write("a.rego", "package a\n\nb := 1\n\nc := 1\n\nd := 1\n\ne:=1\n\nf := 1\n");
        var (code, output, _) = await GateProgram.RunAsync("policy", "fmt", "-d", path);
        Assert.Equal(0, code);
        Assert.Equal($"--- {path}\n+++ {path}\n@@ -6,6 +6,6 @@\n \n d := 1\n \n-e:=1\n+e := 1\n \n f := 1\n", output);
    }

    [Fact]
    public async Task What_cannot_be_formatted_is_told_and_the_others_are_still_formatted()
    {
        using var folder = new TestFolder();
        var broken = folder.Write("a.rego", "package a\n\nallow if {\n");
        var crooked = folder.Write("b.rego", Crooked);
        var (code, _, errors) = await GateProgram.RunAsync("policy", "fmt", "-w", folder.Path);
        Assert.Equal(1, code);
        Assert.StartsWith($"gate: {broken}:", errors, StringComparison.Ordinal);
        Assert.Equal(Straight, await File.ReadAllTextAsync(crooked, TestContext.Current.CancellationToken));
        Assert.Equal(2, (await GateProgram.RunWithAsync(Crooked, "policy", "fmt", "-w")).Code);
    }

    [Fact]
    public async Task Modules_of_v0_are_read_when_asked_for()
    {
        const string Old = "package a\n\nallow {\n\tinput.x == 1\n}\n";
        Assert.Equal(1, (await GateProgram.RunWithAsync(Old, "policy", "fmt")).Code);
        var (code, output, _) = await GateProgram.RunWithAsync(Old, "policy", "fmt", "--v0-compatible");
        Assert.Equal((0, Old), (code, output));
    }

    [Fact]
    public async Task A_tree_has_locations_and_comments_as_asked()
    {
        const string Module = "package a\n\n# why\nallow := true\n";
        var plain = await TreeAsync(Module);
        Assert.Equal("allow", plain.GetProperty("rules")[0].GetProperty("head").GetProperty("name").GetString());
        Assert.Single(plain.GetProperty("comments").EnumerateArray());
        Assert.False(plain.GetProperty("rules")[0].TryGetProperty("location", out _));
        var located = await TreeAsync(Module, "--json-include", "locations,-comments");
        Assert.Equal(4, located.GetProperty("rules")[0].GetProperty("location").GetProperty("row").GetInt32());
        Assert.False(located.TryGetProperty("comments", out _));
        Assert.Equal(1, (await GateProgram.RunWithAsync("package", "policy", "parse", "-")).Code);
        Assert.Equal(2, (await GateProgram.RunWithAsync(Module, "policy", "parse", "-", "--json-include", "jokes")).Code);
    }

    [Fact]
    public async Task Capabilities_list_functions_with_their_types()
    {
        var (code, output, _) = await GateProgram.RunAsync("policy", "capabilities");
        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(output);
        var count = document.RootElement.GetProperty("builtins").EnumerateArray().Single(b => b.GetProperty("name").GetString() == "count");
        Assert.Equal("number", count.GetProperty("decl").GetProperty("result").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Strict_checks_refuse_what_is_never_used()
    {
        using var folder = new TestFolder();
        folder.Write("a.rego", "package a\n\nimport data.b\n\nallow if {\n\tx := 1\n}\n");
        Assert.Equal(0, (await GateProgram.RunAsync("policy", "check", folder.Path)).Code);
        var (code, output, _) = await GateProgram.RunAsync("policy", "check", "--strict", "--json", folder.Path);
        Assert.Equal(1, code);
        using var document = JsonDocument.Parse(output);
        var rows = document.RootElement.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("location").GetProperty("row").GetInt32());
        Assert.Equal([3, 6], rows.Order());
    }

    private static async Task<JsonElement> TreeAsync(string module, params string[] more)
    {
        var (code, output, errors) = await GateProgram.RunWithAsync(module, ["policy", "parse", "-", .. more]);
        Assert.True(code == 0, errors);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
