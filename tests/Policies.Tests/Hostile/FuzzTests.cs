using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Tests.Differential;
using GitOpsGate.Policies.Tests.Shipped;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Hostile;

/// <summary>Broken modules and broken inputs end in errors of the engine, and in nothing else.</summary>
public sealed class FuzzTests
{
    private static readonly RegoLimits Small = new()
    {
        Steps = 200_000,
        Time = TimeSpan.FromHours(1),
        CompileTime = TimeSpan.FromHours(1),
        AllocatedBytes = 16 << 20,
        ResultSize = 1 << 18,
    };

    private static int Rounds => Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") switch
    {
        "all" => 5_000,
        "fast" => 200,
        _ => 1_000,
    };

    [Fact]
    public void A_broken_module_or_input_is_an_error_and_no_exception()
    {
        var modules = new Mutations([.. Modules()], seed: 20260301);
        var inputs = Directory.EnumerateFiles(ShippedPolicies.Inputs, "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        var broken = new Mutations(inputs, seed: 7);
        var wrong = new List<string>();
        for (var round = 0; round < Rounds && wrong.Count < 20; round++)
        {
            var module = modules.Next();
            var input = round % 2 == 0 ? inputs[round % inputs.Length] : broken.Next();
            if (Record.Exception(() => Run(module, input, round)) is { } harm) wrong.Add($"round {round}: {harm}\n{module}\n{input}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    private static void Run(string module, string input, int round)
    {
        var options = RegoOptions.Default with { Limits = Small, StrictBuiltinErrors = round % 4 == 0, KeepPrints = round % 3 == 0 };
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("fuzz.rego", module)], default, options);
        if (engine is null)
        {
            Assert.NotEmpty(errors);
            return;
        }

        var document = PolicyInput.FromJson(Encoding.UTF8.GetBytes(input));
        foreach (var query in engine.Packages.SelectMany(package => engine.RulesIn(package).Take(12).Select(rule => $"{package}.{rule}")))
        {
            var asked = engine.DecideAsync(query, document, TestContext.Current.CancellationToken);
            Assert.True(asked.IsCompletedSuccessfully);
        }
    }

    private static IEnumerable<string> Modules()
    {
        foreach (var path in Directory.EnumerateFiles(ShippedPolicies.Folder, "*.rego", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            yield return File.ReadAllText(path);
        }

        for (var seed = 0; seed < 60; seed++) yield return GeneratedModule.Of(seed);
        if (Shared.Locate("rego/v1-open.jsonl") is not { } suite) yield break;
        foreach (var line in File.ReadLines(suite))
        {
            using var one = JsonDocument.Parse(line);
            if (!one.RootElement.TryGetProperty("modules", out var modules)) continue;
            foreach (var module in modules.EnumerateArray()) yield return module.GetString()!;
        }
    }
}
