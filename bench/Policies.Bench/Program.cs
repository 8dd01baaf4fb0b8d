using System.Diagnostics;
using System.Globalization;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.PoliciesBench;

/// <summary>
/// Measures the embedded engine on folders that hold policy.rego, input.json, data.json, query.txt and expected.json. Prints one
/// line
/// of JSON per folder: processor nanoseconds and bytes per evaluation, and nanoseconds to read
/// the input. Processor time, so that neighbours on the machine do not count.
/// </summary>
internal static class Program
{
    private const int Rounds = 7;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(200);

    public static int Main(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("usage: Policies.Bench <folder of scenarios> [name…]");
            return 2;
        }

        var right = true;
        foreach (var folder in Directory.GetDirectories(arguments[0]).Order(StringComparer.Ordinal))
        {
            if (arguments.Length > 1 && !arguments.Skip(1).Contains(Path.GetFileName(folder))) continue;
            right &= Measure(folder);
        }

        return right ? 0 : 1;
    }

    private static bool Measure(string folder)
    {
        var text = File.ReadAllText(Path.Combine(folder, "policy.rego"));
        var json = File.ReadAllBytes(Path.Combine(folder, "input.json"));
        var data = RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "data.json")));
        var compiling = Stopwatch.StartNew();
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("policy.rego", text)], data, RegoOptions.Default);
        if (engine is null) return Wrong(folder, errors[0].ToString());
        var (query, wrong) = engine.Prepare($"result = {File.ReadAllText(Path.Combine(folder, "query.txt")).Trim()}");
        var compile = compiling.Elapsed;
        if (query is null) return Wrong(folder, wrong[0].ToString());
        if (!RegoJson.TryParse(json, out var input, out var problem)) return Wrong(folder, problem!);
        var answers = query.Evaluate(input, CancellationToken.None);
        var expected = RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var got = answers.Answers.Count == 0 ? default : answers.Answers[0]["result"];
        if (!RegoJson.Parse(RegoJson.ToText(got)).Equals(expected))
        {
            return Wrong(folder, $"{answers.Error} expected {expected}, got {got}");
        }
        var (evaluate, bytes) = Time(() => query.Evaluate(input, CancellationToken.None));
        var (read, _) = Time(() => _ = RegoJson.TryParse(json, out _, out _));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"scenario":"{{Path.GetFileName(folder)}}","ns":{{evaluate:F0}},"bytes":{{bytes:F0}},"input_ns":{{read:F0}}}"""));
        return true;
    }

    private static bool Wrong(string folder, string why)
    {
        Console.WriteLine($"{{\"scenario\":\"{Path.GetFileName(folder)}\",\"wrong\":\"{why.Replace("\"", "'",
            StringComparison.Ordinal)}\"}}");
        return false;
    }

    private static (double Nanoseconds, double Bytes) Time(Action once)
    {
        var best = double.MaxValue;
        var bytes = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            var used = Process.GetCurrentProcess().TotalProcessorTime;
            var count = 0;
            do
            {
                once();
                count++;
            }
            while (watch.Elapsed < RoundTime);

            used = Process.GetCurrentProcess().TotalProcessorTime - used;
            best = Math.Min(best, used.TotalNanoseconds / count);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
        }

        return (best, bytes);
    }
}
