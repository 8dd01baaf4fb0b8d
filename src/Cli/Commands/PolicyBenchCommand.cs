using System.CommandLine;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy bench</c>: measures the engine on prepared scenarios.</summary>
internal static class PolicyBenchCommand
{
    public static Command Make()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "a folder with policy.rego, input.json, data.json, query.txt and expected.json, or a folder of such folders",
        };
        var rounds = new Option<int>("--rounds") { Description = "rounds of each measurement; the best one counts", DefaultValueFactory = _ => 7 };
        var threads = new Option<int>("--threads") { Description = "threads that evaluate at once", DefaultValueFactory = _ => 1 };
        var time = new Option<double>("--round-time") { Description = "seconds that a round lasts", DefaultValueFactory = _ => 0.2 };
        return new Command("bench", "measure evaluation on prepared scenarios, one JSON line for each; exit code 1 when an answer is wrong")
        {
            folder, rounds, threads, time,
        }.Does((parsed, cancellation) =>
        {
            var options = new RegoBenchmarkOptions
            {
                Rounds = AtLeastOne(parsed.GetRequiredValue(rounds), "--rounds"),
                Threads = AtLeastOne(parsed.GetRequiredValue(threads), "--threads"),
                RoundTime = Seconds.Of(parsed.GetRequiredValue(time), "--round-time"),
            };
            var areRight = true;
            foreach (var scenario in Scenarios(parsed.GetRequiredValue(folder)))
            {
                var result = Measure(scenario, options, cancellation);
                areRight &= result.Wrong is null;
                Console.WriteLine(Describe(result, options.Threads));
            }

            return Task.FromResult(areRight ? ExitCode.Ok : ExitCode.No);
        });
    }

    private static string Describe(RegoBenchmarkResult result, int threads) => result.Wrong is { } wrong
        ? JsonSerializer.Serialize(new { scenario = result.Scenario, right = false, wrong })
        : JsonSerializer.Serialize(new
        {
            scenario = result.Scenario,
            right = true,
            ns = Math.Round(result.Nanoseconds),
            cpu_ns = Math.Round(result.ProcessorNanoseconds),
            bytes = Math.Round(result.Bytes),
            per_second = Math.Round(result.PerSecond),
            threads,
            compile_ns = Math.Round(result.CompileNanoseconds),
            input_ns = Math.Round(result.InputNanoseconds),
        });

    private static RegoBenchmarkResult Measure(string folder, RegoBenchmarkOptions options, CancellationToken cancellation)
    {
        try
        {
            return RegoBenchmark.Measure(folder, options, cancellation);
        }
        catch (FileNotFoundException missing)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{missing.FileName}` is not there; a scenario has policy.rego, input.json, data.json, query.txt and expected.json");
        }
    }

    private static string[] Scenarios(string folder)
    {
        if (!Directory.Exists(folder)) throw new CommandFailure(ExitCode.Usage, $"`{folder}` is not there");
        if (RegoBenchmark.IsScenario(folder)) return [folder];
        string[] found = [.. Directory.GetDirectories(folder).Where(RegoBenchmark.IsScenario).Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new CommandFailure(ExitCode.Usage, $"`{folder}` is not a scenario and holds none; a scenario has a query.txt");
    }

    private static int AtLeastOne(int number, string option) =>
        number > 0 ? number : throw new CommandFailure(ExitCode.Usage, $"`{option} {number}` is not possible; 1 or more would be right");
}
