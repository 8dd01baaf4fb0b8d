using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Syntax;
using Xunit;

namespace GitOpsGate.Policies.Tests.Language;

/// <summary>What <c>opa check --strict</c> refuses, in its words; without the option it passes.</summary>
public sealed class StrictChecksTests
{
    public static TheoryData<string, string, RegoVersion> Careless => new()
    {
        { "import data.x\np := 1", "rego_compile_error: import data.x unused", RegoVersion.V1 },
        { "import data.x as y\np := 1", "rego_compile_error: import data.x as y unused", RegoVersion.V1 },
        { "p if { x := 1; true }", "rego_compile_error: assigned var x unused", RegoVersion.V1 },
        { "p := [1 | y := 2]", "rego_compile_error: assigned var y unused", RegoVersion.V1 },
        { "f(x) := 1", "rego_compile_error: unused argument x. (hint: use _ (wildcard variable) instead)", RegoVersion.V1 },
        { "import data.x\nimport data.y.x\np { x }", "rego_compile_error: import must not shadow import data.x", RegoVersion.V0 },
        { "input = 1", "rego_compile_error: rules must not shadow input (use a different rule name)", RegoVersion.V0 },
        { "p { input := 1; input == 1 }", "rego_compile_error: variables must not shadow input (use a different variable name)",
            RegoVersion.V0 },
        { "p { any([true]) }", "rego_type_error: deprecated built-in function calls in expression: any", RegoVersion.V0 },
    };

    [Theory]
    [MemberData(nameof(Careless))]
    public void It_is_refused_in_strict_mode(string rules, string error, RegoVersion version)
    {
        var errors = Compiled(rules, version, isStrict: true);
        Assert.Equal(error, $"{errors[0].Code}: {errors[0].Message}");
        Assert.All(errors, e => Assert.NotNull(e.Place));
    }

    [Theory]
    [InlineData("import data.x\np := x")]
    [InlineData("import data.x\np if x.f(1)\nq := x.y")]
    [InlineData("p := x if x := 1")]
    [InlineData("p if { some x; x := 1; x == 1 }")]
    [InlineData("p if { x := 1; y := [z | z := x]; count(y) == 1 }")]
    [InlineData("f(x) := 1 if false else := x")]
    [InlineData("f(_) := 1")]
    public void What_is_used_passes(string rules) =>
        Assert.DoesNotContain(Compiled(rules, RegoVersion.V1, isStrict: true), e => e.Message.Contains("unused", StringComparison.Ordinal));

    [Fact]
    public void Without_the_option_carelessness_passes() =>
        Assert.Empty(Compiled("import data.x\nf(a) := 1\np if { y := 1; true }", RegoVersion.V1, isStrict: false));

    private static IReadOnlyList<Rego.Errors.RegoError> Compiled(string rules, RegoVersion version, bool isStrict) =>
        RegoEngine.Compile(
            [new RegoModuleSource("a.rego", $"package a\n{rules}\n", version)], default,
            RegoOptions.Default with { StrictChecks = isStrict }).Errors;
}
