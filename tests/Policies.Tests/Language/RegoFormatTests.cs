using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Format;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Tests.Shipped;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Language;

/// <summary>Modules are formatted as <c>opa fmt</c> formats them.</summary>
public sealed class RegoFormatTests
{
    public static TheoryData<string, string> Rules => new()
    {
        { "p   :=1", "p := 1" },
        { "p = 1", "p := 1" },
        { "p if true", "p := true" },
        { "p if {input.x}", "p if input.x" },
        { "p if {\ninput.x;input.y }", "p if {\n\tinput.x\n\tinput.y\n}" },
        { "p := 1+2*3", "p := 1 + (2 * 3)" },
        { "p if (1+2)*3==input.x", "p if (1 + 2) * 3 == input.x" },
        { "p if ( input.a|input.b )&input.c", "p if (input.a | input.b) & input.c" },
        { "p if { plus(1,2,x)\nx }", "p if {\n\tx = 1 + 2\n\tx\n}" },
        { "p contains x if some x in [1,2]", "p contains x if some x in [1, 2]" },
        { "f( x,y ) := x", "f(x, y) := x" },
        { "default p:=false", "default p := false" },
        { "p := {\"b\":1,\n\"a\":2}", "p := {\n\t\"b\": 1,\n\t\"a\": 2,\n}" },
        { "p := [x|x:=input.y[_]]", "p := [x | x := input.y[_]]" },
        { "p := [x |\nx := 1\ny := 2]", "p := [x |\n\tx := 1\n\ty := 2\n]" },
        { "p := 1 if {\n1\n} else := 2 if {\n2 }", "p := 1 if {\n\t1\n} else := 2 if {\n\t2\n}" },
        { "p if not input[\"a\"][\"b c\"]", "p if not input.a[\"b c\"]" },
        { "p if every k,v in input.x { k; v }", "p if every k, v in input.x { k; v}" },
        { "p if input.x with input as 1\nwith data.a as 2", "p if input.x with input as 1\n\twith data.a as 2" },
        { "p := `a\nb`", "p := `a\nb`" },
        { "p := \"\\u0041\"", "p := \"\\u0041\"" },
        { "a := 1\nb := 2\n\n\n\nc := 3", "a := 1\nb := 2\n\nc := 3" },
        { "# above\n\n# near\np := 1 # beside\n# below", "# above\n\n# near\np := 1 # beside\n\n# below" },
        { "p if {\n# first\ninput.x # beside\n\n\n# second\ninput.y\n# last\n}",
            "p if {\n\t# first\n\tinput.x # beside\n\n\t# second\n\tinput.y\n\t# last\n}" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rules_are_written_in_one_way(string rules, string wanted) =>
        Assert.Equal($"package a\n\n{wanted}\n", Formatted($"package a\n{rules}\n"));

    [Fact]
    public void Imports_are_sorted_inside_their_groups() => Assert.Equal(
        "package a\n\nimport data.a\nimport data.b as c # why\n\nimport input.z\n\np := 1\n",
        Formatted("package a\nimport data.b as c # why\nimport data.a\n\nimport input.z\np := 1\n"));

    [Fact]
    public void What_cannot_be_parsed_is_not_formatted()
    {
        var (text, errors) = RegoFormat.Format("a.rego", "package a\np if {", RegoVersion.V1);
        Assert.Null(text);
        Assert.Equal(RegoErrorCodes.Parse, Assert.Single(errors).Code);
    }

    [Fact]
    public async Task Shipped_policies_say_the_same_when_formatted()
    {
        var bundle = await ShippedPolicies.ReadAsync();
        Assert.All(ShippedPolicies.Modules(bundle), m => HoldsFor(m.Text, m.Version!.Value));
    }

    [Theory]
    [InlineData("v1-open.jsonl", RegoVersion.V1)]
    [InlineData("v0-open.jsonl", RegoVersion.V0)]
    public void The_suites_modules_say_the_same_when_formatted(string file, RegoVersion version)
    {
        var path = Shared.Locate(Path.Combine("rego", file));
        Assert.SkipWhen(path is null, $"the reference data `rego/{file}` is not here");
        foreach (var line in File.ReadLines(path!))
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
            if (!document.RootElement.TryGetProperty("modules", out var modules) || modules.ValueKind != JsonValueKind.Array) continue;
            foreach (var module in modules.EnumerateArray()) HoldsFor(module.GetString()!, version);
        }
    }

    private static void HoldsFor(string source, RegoVersion version)
    {
        var options = new ParserOptions(version, AllowExperimental: true);
        var (before, errors) = Parser.ParseModule("a.rego", source, options);
        if (before is null)
        {
            Assert.NotEmpty(errors);
            return;
        }

        var once = Formatted(source, version);
        Assert.Equal(once, Formatted(once, version));
        var after = Parser.ParseModule("a.rego", once, options).Module;
        Assert.NotNull(after);
        Assert.Equal(before.Comments.Count, after.Comments.Count);
        Assert.Equal(before.Rules.Count, after.Rules.Count);
        Assert.Equal(before.Package, after.Package);
    }

    private static string Formatted(string source, RegoVersion version = RegoVersion.V1)
    {
        var (text, errors) = RegoFormat.Format("a.rego", source, version);
        Assert.Empty(errors);
        return text!;
    }
}
