using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Policies.Tests.Differential;
using GitOpsGate.Policies.Tests.Shipped;
using Xunit;

namespace GitOpsGate.Policies.Tests.Limits;

/// <summary>One compiled policy serves many threads.</summary>
public sealed class ManyThreadsTests
{
    [Fact]
    public async Task Many_threads_get_the_answers_of_their_own_inputs()
    {
        const string module = """
            package many
            evens contains x if {
            	some x in input.xs
            	x % 2 == 0
            }
            double(x) := y if y := x * 2
            by_key[k] := v if some k, v in input.xs
            p := {"evens": evens, "sum": sum([double(x) | some x in evens]), "first": by_key[0]}
            """;
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("many.rego", module)], default, RegoOptions.Default);
        Assert.Empty(errors);
        var query = engine!.Prepare("x = data.many.p").Query!;
        await Parallel.ForAsync(0, 400, TestContext.Current.CancellationToken, (i, cancellation) =>
        {
            var input = RegoJson.Parse($"{{\"xs\": [{i}, {i + 1}]}}");
            var even = i % 2 == 0 ? i : i + 1;
            var (answers, error) = query.Evaluate(input, cancellation);
            Assert.Null(error);
            Assert.Equal($"{{\"evens\":[{even}],\"first\":{i},\"sum\":{even * 2}}}", RegoJson.ToText(answers[0]["x"]));
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task Many_threads_get_what_one_thread_gets_of_shipped_and_generated_policies()
    {
        var engines = new List<RegoEngine> { ShippedPolicies.Compile(await ShippedPolicies.ReadAsync()) };
        for (var seed = 0; seed < 40; seed++)
        {
            if (RegoEngine.Compile([new RegoModuleSource("g.rego", GeneratedModule.Of(seed))], default, RegoOptions.Default).Engine is { } made)
                engines.Add(made);
        }

        Assert.True(engines.Count > 20);
        var inputs = Directory.EnumerateFiles(ShippedPolicies.Inputs, "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText)
            .Concat(Enumerable.Range(0, 20).Select(GeneratedInput.Of)).Select(text => PolicyInput.FromJson(Encoding.UTF8.GetBytes(text))).ToArray();
        var asked = engines.SelectMany(engine => engine.Packages.SelectMany(engine.RulesIn, (package, rule) => (package, rule))
            .SelectMany(_ => inputs, (query, input) => (Engine: engine, Query: $"{query.package}.{query.rule}", Input: input))).ToArray();
        new Random(5).Shuffle(asked);
        asked = asked[..Math.Min(asked.Length, 2_000)];

        var together = new string[asked.Length];
        await Parallel.ForAsync(0, asked.Length * 4, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (turn, cancellation) =>
        {
            var (engine, query, input) = asked[turn % asked.Length];
            var shown = ShippedPolicies.Show(await engine.DecideAsync(query, input, cancellation));
            var before = Interlocked.CompareExchange(ref together[turn % asked.Length], shown, null!);
            Assert.Equal(before ?? shown, shown);
        });
        for (var at = 0; at < asked.Length; at++)
        {
            var (engine, query, input) = asked[at];
            var alone = await engine.DecideAsync(query, PolicyInput.FromJson(input.Json), TestContext.Current.CancellationToken);
            Assert.Equal(ShippedPolicies.Show(alone), together[at]);
        }
    }
}
