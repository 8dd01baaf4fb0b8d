using System.Globalization;

namespace GitOpsGate.PoliciesBench;

/// <summary>
/// Measures the embedded engine, with all limits on. Prints one line of JSON per scenario: nanoseconds of processor time and bytes
/// per evaluation, nanoseconds to compile the policy, to read the input, and to read it and evaluate; and how much more two threads
/// do than one with the same compiled policy.
/// </summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("usage: Policies.Bench <folder of scenarios> [--quick] [--long] [name…]");
            return 2;
        }

        var isQuick = arguments.Contains("--quick");
        if (arguments.Contains("--long")) Meter.Rounds = 20;
        var names = arguments.Skip(1).Where(a => !a.StartsWith("--", StringComparison.Ordinal)).ToHashSet();
        var right = true;
        foreach (var folder in Directory.GetDirectories(arguments[0]).Order(StringComparer.Ordinal))
        {
            if (names.Count > 0 && !names.Contains(Path.GetFileName(folder))) continue;
            right &= Measure(new Scenario(folder), isQuick);
        }

        return right ? 0 : 1;
    }

    private static bool Measure(Scenario scenario, bool isQuick)
    {
        var query = scenario.Compile();
        if (scenario.Check(query) is { } wrong)
        {
            Console.WriteLine($"{{\"scenario\":\"{scenario.Name}\",\"wrong\":\"{wrong.Replace('"', '\'')}\"}}");
            return false;
        }

        var input = scenario.ReadInput();
        void Evaluate() => query.Evaluate(input, CancellationToken.None);
        var (evaluate, bytes) = Meter.Time(Evaluate);
        var line = string.Create(
            CultureInfo.InvariantCulture, $"\"scenario\":\"{scenario.Name}\",\"ns\":{evaluate:F0},\"bytes\":{bytes:F0}");
        if (!isQuick)
        {
            var (read, _) = Meter.Time(() => scenario.ReadInput());
            var (compile, _) = Meter.Time(() => scenario.Compile(), Code.Much);
            var (both, _) = Meter.Time(() => query.Evaluate(scenario.ReadInput(), CancellationToken.None));
            var scaling = Meter.Scaling(Evaluate);
            line += string.Create(
                CultureInfo.InvariantCulture,
                $",\"input_bytes\":{scenario.InputJson.Length},\"input_ns\":{read:F0},\"json_ns\":{both:F0},\"compile_ns\":{compile:F0},\"two_threads\":{scaling:F2}");
        }

        Console.WriteLine($"{{{line}}}");
        return true;
    }
}
