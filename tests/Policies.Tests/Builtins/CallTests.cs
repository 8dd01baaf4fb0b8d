using System.Text.Json;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Builtins;

/// <summary>
/// Calls of built-in functions with the answers that OPA 1.4.2 gave to them, one JSON object per line: <c>call</c>,
/// <c>operands</c>, and
/// <c>gives</c>, which is missing where the call is undefined.
/// </summary>
public sealed class CallTests
{
    private static string Folder => Path.Combine(Shared.RepositoryRoot, "tests", "Policies.Tests", "Builtins");

    public static TheoryData<string> Families =>
        [.. Directory.EnumerateFiles(Folder, "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Families))]
    public void Calls_give_what_OPA_gives(string family)
    {
        var wrong = new List<string>();
        var lines = File.ReadAllLines(Path.Combine(Folder, family + ".jsonl"));
        foreach (var line in lines)
        {
            if (Check(line) is { } answer) wrong.Add($"{line}\n    gave {answer}");
        }

        Assert.NotEmpty(lines);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {lines.Length} calls differ:\n{string.Join('\n', wrong.Take(60))}");
    }

    /// <summary>What the call gave instead of the right answer; null when it is right.</summary>
    private static string? Check(string line)
    {
        using var parsed = JsonDocument.Parse(line);
        var name = parsed.RootElement.GetProperty("call").GetString()!;
        if (BuiltinTable.Standard.Find(name) is not { } builtin) return "no such function";
        var operands = parsed.RootElement.GetProperty("operands").EnumerateArray()
            .Select(item => RegoJson.Parse(item.GetRawText())).ToArray();
        var wanted = parsed.RootElement.TryGetProperty("gives", out var gives) ? RegoJson.Parse(gives.GetRawText()) : default;
        var budget = new EvaluationBudget(RegoLimits.Default, TestContext.Current.CancellationToken);
        var context = new BuiltinContext(budget, DateTimeOffset.UnixEpoch, seed: 1);
        var given = builtin.Call(context, operands);

        // Through JSON, because the answers are: a set there is an array.
        if (given.IsDefined) given = RegoJson.Parse(RegoJson.ToText(given));
        if (given.Equals(wanted)) return null;
        return given.IsDefined ? RegoJson.ToText(given) : $"undefined ({context.FirstError?.Message})";
    }
}
