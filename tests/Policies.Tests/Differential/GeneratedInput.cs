using System.Globalization;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>Inputs for generated modules: the fields that they look at, now and then missing or of another kind.</summary>
internal static class GeneratedInput
{
    private static readonly string[] Words = ["a", "ab", "", "b/c", "10", "ä b", "k0"];

    /// <summary>The JSON text of the input of a seed.</summary>
    public static string Of(int seed)
    {
        var random = new Random(seed);
        (string Name, Func<string> Make)[] fields =
        [
            ("n", () => Number(random)),
            ("t", () => Text(random)),
            ("b", () => random.Next(2) == 0 ? "true" : "false"),
            ("ns", () => $"[{Several(random, Number)}]"),
            ("ts", () => $"[{Several(random, Text)}]"),
            ("o", () => $"{{\"k0\": {Number(random)}, \"a\": {Number(random)}}}"),
        ];
        var parts = new List<string>();
        foreach (var (name, make) in fields)
        {
            if (random.Next(10) == 0) continue;
            var made = random.Next(12) == 0 ? fields[random.Next(fields.Length)].Make() : make();
            parts.Add($"\"{name}\": {(random.Next(30) == 0 ? "null" : made)}");
        }

        return $"{{{string.Join(", ", parts)}}}";
    }

    private static string Number(Random random) => random.Next(5) == 0
        ? (random.Next(-100, 100) / 4.0).ToString(CultureInfo.InvariantCulture)
        : random.Next(-3, 8).ToString(CultureInfo.InvariantCulture);

    private static string Text(Random random) => $"\"{Words[random.Next(Words.Length)]}\"";

    private static string Several(Random random, Func<Random, string> make) =>
        string.Join(", ", Enumerable.Range(0, random.Next(4)).Select(_ => make(random)));
}
