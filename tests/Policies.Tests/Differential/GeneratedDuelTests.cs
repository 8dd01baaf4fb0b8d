using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Tests.OpaServer;
using GitOpsGate.Policies.Tests.Shipped;
using Xunit;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>Our engine and a real OPA are asked the same: the same result, or an error on both sides.</summary>
public sealed class GeneratedDuelTests
{
    // Always the same modules, so that a failure is one of the change; another number, by hand, hunts for more.
    private static int FirstSeed =>
        int.TryParse(Environment.GetEnvironmentVariable("GITOPSGATE_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 70_000;

    private static int Modules => Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 1_000 : 150;

    [Fact]
    public async Task Generated_policies_are_answered_as_a_real_OPA_answers_them()
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        using var opa = await RealOpa.StartAsync(http);
        var duel = new Duel(http, opa.Address);
        await duel.GiveAsync(Expressions.BaseData, TestContext.Current.CancellationToken);
        var wrong = new List<string>();
        for (var seed = FirstSeed; seed < FirstSeed + Modules && wrong.Count < 10; seed++)
        {
            string[] inputs = [GeneratedInput.Of(seed * 2), GeneratedInput.Of((seed * 2) + 1)];
            var differences = await duel.CompareAsync(GeneratedModule.Of(seed), "data.g", inputs, TestContext.Current.CancellationToken);
            wrong.AddRange(differences.Select(difference => $"seed {seed}: {difference}"));
        }

        Assert.True(wrong.Count == 0, $"{duel.Count}\n{string.Join('\n', wrong)}");
        Assert.True(duel.Count.Values > Modules, $"the generator makes policies that give no values: {duel.Count}");
    }

    [Fact]
    public async Task Shipped_policies_are_answered_as_a_real_OPA_answers_them()
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        using var opa = await RealOpa.StartAsync(http);
        var bundle = await ShippedPolicies.ReadAsync();
        var engine = ShippedPolicies.Compile(bundle);
        // OPA compiles what it has at each put: a module that calls what is not there yet is taken in a later round.
        var waiting = bundle.Modules.Where(module => !module.IsTest).ToList();
        var before = int.MaxValue;
        while (waiting.Count > 0 && waiting.Count < before)
        {
            before = waiting.Count;
            foreach (var module in waiting.ToList())
            {
                using var text = new StringContent(module.Source, Encoding.UTF8, "text/plain");
                using var put = await http.PutAsync(
                    new Uri(opa.Address, $"v1/policies/{module.Path}"), text, TestContext.Current.CancellationToken);
                if (put.IsSuccessStatusCode) waiting.Remove(module);
            }
        }

        Assert.True(waiting.Count == 0, $"this OPA does not take {string.Join(", ", waiting.Select(module => module.Path))}");

        using var data = new ByteArrayContent(bundle.Data.ToArray());
        (await http.PutAsync(new Uri(opa.Address, "v1/data"), data, TestContext.Current.CancellationToken)).Dispose();
        var duel = new Duel(http, opa.Address);
        var inputs = Directory.EnumerateFiles(ShippedPolicies.Inputs, "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText);
        var wrong = new List<string>();
        foreach (var input in inputs.SelectMany(Variants))
        {
            foreach (var query in ShippedPolicies.Queries(engine))
            {
                if (await duel.DifferenceAsync(engine, query, input, TestContext.Current.CancellationToken) is { } difference)
                    wrong.Add(difference);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(10)));
        Assert.True(duel.Count.Values > 50, duel.Count.ToString());
    }

    /// <summary>An input, and the same with one part after the other taken away or put in the place of another.</summary>
    private static IEnumerable<string> Variants(string input)
    {
        yield return input;
        var names = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(input)!;
        foreach (var name in names.Keys.Order(StringComparer.Ordinal))
        {
            yield return JsonSerializer.Serialize(names.Where(entry => entry.Key != name).ToDictionary());
            yield return JsonSerializer.Serialize(names.ToDictionary(
                entry => entry.Key, entry => entry.Key == name ? names.Values.Last() : entry.Value));
        }
    }
}
