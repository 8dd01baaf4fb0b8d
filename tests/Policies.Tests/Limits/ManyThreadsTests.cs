using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Values;
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
}
