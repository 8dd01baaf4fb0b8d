using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using Xunit;

namespace GitOpsGate.Policies.Tests.Limits;

/// <summary>Single calls that would take all memory or time: each ends in an error that says which limit it met, and none is read
/// as undefined, which a policy could take for consent.</summary>
public sealed class BuiltinBombTests
{
    private static readonly RegoOptions Tight = RegoOptions.Default with
    {
        Limits = new RegoLimits
        {
            Steps = 2_000_000,
            Time = TimeSpan.FromMinutes(10),
            CompileTime = TimeSpan.FromMinutes(10),
            AllocatedBytes = 64 << 20,
            ResultSize = 1 << 20,
        },
    };

    /// <summary>What the bomb is, the rule <c>p</c> with its helpers, and the limit, or how its code begins.</summary>
    public static TheoryData<string, string, string> Bombs => new()
    {
        { "range", "p := numbers.range(1, 1e12)", RegoErrorCodes.LimitSize },
        { "range with steps", "p := numbers.range_step(0, 1e15, 2)", RegoErrorCodes.LimitSize },
        { "cidr_expand of version 4", "p := net.cidr_expand(\"0.0.0.0/0\")", RegoErrorCodes.LimitSize },
        { "cidr_expand of version 6", "p := net.cidr_expand(\"::/0\")", RegoErrorCodes.LimitSize },
        { "width of a field", "p := sprintf(\"%999999d%999999d%999999d\", [1, 2, 3])", RegoErrorCodes.LimitSize },
        { "width from an argument", "p := sprintf(\"%*d%*d\", [999999, 1, 999999, 2])", RegoErrorCodes.LimitSize },
        { "replace", "p := replace(long, \"a\", long)", RegoErrorCodes.LimitSize },
        { "replace between all characters", "p := replace(long, \"\", long)", RegoErrorCodes.LimitSize },
        { "many replacements", "p := strings.replace_n({\"a\": long}, long)", RegoErrorCodes.LimitSteps },
        { "concat", "p := concat(long, numbered)", RegoErrorCodes.LimitSize },
        { "regex.replace", "p := regex.replace(long, \"a\", long)", RegoErrorCodes.LimitSteps },
        { "shift", "p := bits.lsh(1, 1e9)", RegoErrorCodes.LimitSize },
        { "product of large numbers", "p := product([bits.lsh(1, 65536) | numbers.range(1, 50)[_]] )", RegoErrorCodes.LimitSize },
        { "power by multiplying", Squares(40), RegoErrorCodes.LimitSize },
        { "long pattern", "p := regex.match(longer, \"a\")", RegoErrorCodes.LimitSize },
        { "validity of a long pattern", "p := regex.is_valid(longer)", RegoErrorCodes.LimitSize },
        { "long glob", "p := glob.match(longer, [], \"a\")", RegoErrorCodes.LimitSize },
        { "long globs for each other", "p := regex.globs_match(longer, longer)", RegoErrorCodes.LimitSize },
        { "number of very many digits", "p := to_number(sprintf(\"1%099999d\", [0]))", RegoErrorCodes.LimitSize },
        { "aliases", "p := yaml.unmarshal(laughs)", RegoErrorCodes.LimitSize },
        { "validity of aliases", "p := yaml.is_valid(laughs)", RegoErrorCodes.LimitSize },
        { "base64", "p := base64.decode(huge)", RegoErrorCodes.LimitSize },
        { "hex", "p := hex.decode(huge)", RegoErrorCodes.LimitSize },
        { "base64 of something large", "p := base64.encode(large)", RegoErrorCodes.LimitSize },
        { "json.marshal of shared parts", "p := json.marshal(d30)\n" + Doublings(30), RegoErrorCodes.LimitSize },
        { "json.marshal with options of shared parts", "p := json.marshal_with_options(d30, {\"pretty\": true})\n" + Doublings(30),
            RegoErrorCodes.LimitSize },
        { "yaml.marshal of shared parts", "p := yaml.marshal(d30)\n" + Doublings(30), RegoErrorCodes.LimitSize },
        { "sprintf of shared parts", "p := sprintf(\"%v\", [d30])\n" + Doublings(30), RegoErrorCodes.LimitSize },
        { "patch of shared parts", "p := json.marshal(json.patch({\"a\": 1}, copies))", RegoErrorCodes.LimitSize },
        { "schema that is itself", "p := json.match_schema({}, {\"$ref\": \"#\"})", RegoErrorCodes.LimitDepth },
        { "schemas that are each other", "p := json.match_schema({}, {\"allOf\": [{\"$ref\": \"#\"}]})", RegoErrorCodes.LimitDepth },
        { "certificates", "p := crypto.x509.parse_certificates(huge)", RegoErrorCodes.LimitSize },
        { "walk", "p := count([1 | walk(d30, x)])\n" + Doublings(30), "limit_" },
        { "paths of a complete graph", "p := graph.reachable_paths(complete, {1})", "limit_" },
        { "loops in a template", "p := strings.render_template(loops, {\"l\": numbers.range(1, 200)})", RegoErrorCodes.LimitSteps },
        { "output of a template", "p := strings.render_template(shouts, {\"l\": numbers.range(1, 200), \"x\": long})",
            RegoErrorCodes.LimitSteps },
        { "lists that are joined", Concatenations(30), RegoErrorCodes.LimitSize },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void It_ends_in_a_limit(string bomb, string rules, string code)
    {
        var module = $$$"""
            package bomb

            {{{rules}}}

            long := concat("", ["a" | numbers.range(1, 5000)[_]])

            longer := sprintf("%020000d", [0])

            huge := sprintf("%0999999d%099999d", [0, 0])

            large := sprintf("%0900000d", [0])

            numbered := [sprintf("%d", [n]) | some n in numbers.range(1, 1000)]

            copies := [{"op": "copy", "from": "", "path": sprintf("/k%d", [n])} | some n in numbers.range(1, 40)]

            complete := {n: numbers.range(1, 40) | some n in numbers.range(1, 40)}

            loops := "{{range .l}}{{range $.l}}{{range $.l}}{{end}}{{end}}{{end}}"

            shouts := "{{range .l}}{{range $.l}}{{$.x}}{{end}}{{end}}"

            laughs := concat("\n", array.concat(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"], [line |
                some n in numbers.range(1, 9)
                line := sprintf("a%d: &a%d [%s]", [n, n, concat(", ", [sprintf("*a%d", [n - 1]) | numbers.range(1, 10)[_]])])
            ]))
            """;
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("bomb.rego", module)], default, Tight);
        Assert.Empty(errors);
        var (_, error) = engine!.Prepare("x = data.bomb.p").Query!.Evaluate(default, TestContext.Current.CancellationToken);
        Assert.True(error?.Code.StartsWith(code, StringComparison.Ordinal) == true, $"{bomb}: `{code}` is wanted, got `{error}`");
    }

    private static string Squares(int times) =>
        string.Concat(Enumerable.Range(1, times).Select(i => $"q{i} := q{i - 1} * q{i - 1}\n")) + $"q0 := 7\np := q{times}";

    private static string Doublings(int times) =>
        string.Concat(Enumerable.Range(1, times).Select(i => $"d{i} := [d{i - 1}, d{i - 1}]\n")) + "d0 := [1]";

    private static string Concatenations(int times) =>
        string.Concat(Enumerable.Range(1, times).Select(i => $"j{i} := array.concat(j{i - 1}, j{i - 1})\n")) + $"j0 := [1]\np := j{times}";
}
