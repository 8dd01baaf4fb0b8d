using System.Text.Json;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>Bundles that the command line packs.</summary>
public class PolicyBuildTests
{
    [Fact]
    public async Task A_packed_folder_answers_as_the_folder_does_here_and_in_OPA()
    {
        using var folder = new TestFolder();
        folder.Write("p/a.rego", "package a\n\nowner := data.settings.owner\n");
        folder.Write("p/a_test.rego", "package a_test\n\ntest_owner if data.a.owner == \"admin\"\n");
        folder.Write("p/settings/data.yaml", "owner: admin\n");
        var archive = Path.Combine(folder.Path, "b.tar.gz");
        var (code, _, errors) = await GateProgram.RunAsync(
            "policy", "build", Path.Combine(folder.Path, "p"), "-o", archive, "--revision", "r7", "--ignore", "*_test.rego");
        Assert.True(code == 0, errors);
        Assert.Equal("\"admin\"\n", (await GateProgram.RunAsync("policy", "eval", "data.a.owner", "--bundle", archive)).Output);
        Assert.Equal(1, (await GateProgram.RunAsync("policy", "eval", "data.a_test", "--bundle", archive)).Code);
        Assert.Equal("\"admin\"", (await Opa.RunAsync(Opa.RequirePath(), "eval", "--bundle", archive, "--format", "pretty", "data.a.owner")).Trim());
    }

    [Fact]
    public async Task A_signed_bundle_is_accepted_by_OPA_and_one_of_OPAs_is_read()
    {
        var opa = Opa.RequirePath();
        using var folder = new TestFolder();
        folder.Write("p/a.rego", "package a\n\nx := data.k\n");
        folder.Write("p/data.json", """{"k": 5}""");
        var secret = folder.Write("secret", "a shared secret of some length");
        var (ours, again) = (Path.Combine(folder.Path, "ours.tar.gz"), Path.Combine(folder.Path, "again.tar.gz"));
        var (code, _, errors) = await GateProgram.RunAsync(
            "policy", "build", Path.Combine(folder.Path, "p"), "-o", ours, "--signing-key", secret, "--signing-key-id", "main");
        Assert.True(code == 0, errors);
        await Opa.RunAsync(
            opa, "build", "--bundle", ours, "-o", again, "--verification-key", secret, "--verification-key-id", "main", "--signing-alg", "HS256");
        Assert.True(File.Exists(again), "OPA did not accept the signature");
        Assert.Equal("5\n", (await GateProgram.RunAsync("policy", "eval", "data.a.x", "--bundle", again)).Output);
    }

    [Fact]
    public async Task What_does_not_compile_is_not_packed()
    {
        using var folder = new TestFolder();
        folder.Write("p/a.rego", "package a\n\nx := y\n");
        var archive = Path.Combine(folder.Path, "b.tar.gz");
        var (code, _, errors) = await GateProgram.RunAsync("policy", "build", Path.Combine(folder.Path, "p"), "-o", archive);
        Assert.Equal(1, code);
        Assert.Contains("a.rego:3", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(archive));
    }

    [Fact]
    public async Task Problems_are_told_as_JSON_when_asked()
    {
        using var folder = new TestFolder();
        folder.Write("a.rego", "package a\n\nx := y\n");
        var (code, output, _) = await GateProgram.RunAsync("policy", "check", folder.Path, "--json");
        Assert.Equal(1, code);
        using var document = JsonDocument.Parse(output);
        var error = Assert.Single(document.RootElement.GetProperty("errors").EnumerateArray());
        Assert.Equal(("rego_unsafe_var_error", 3), (error.GetProperty("code").GetString(), error.GetProperty("location").GetProperty("row").GetInt32()));
    }
}
