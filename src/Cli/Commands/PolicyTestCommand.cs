using System.CommandLine;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy test</c>: runs the <c>test_</c> rules of policies, as <c>opa test</c> does.</summary>
internal static class PolicyTestCommand
{
    private static readonly Dictionary<string, Action<RegoTestReport, bool>> Formats = new(StringComparer.Ordinal)
    {
        ["pretty"] = TestText.Print,
        ["json"] = static (report, _) => TestJson.Print(report),
        ["junit"] = static (report, _) => TestJUnit.Print(report),
        ["tap"] = static (report, _) => TestTap.Print(report),
    };

    public static Command Make()
    {
        var where = new PolicyOptions();
        var options = new TestOptions();
        var command = new Command("test", "run the tests of policies; the exit code is 1 when one fails");
        where.AddTo(command);
        options.AddTo(command);
        return command.Does(async (parsed, cancellation) =>
        {
            var format = parsed.GetValue(Common.Json) ? "json" : parsed.GetRequiredValue(options.Format);
            if (!Formats.TryGetValue(format, out var print))
                throw new CommandFailure(ExitCode.Usage, $"`--format {format}` is not known; it is one of {string.Join(", ", Formats.Keys)}");
            var sources = where.Of(parsed);
            if (!parsed.GetValue(options.Watch)) return await RunAsync();
            return await PolicyWatch.RunAsync(sources.Paths.Concat(sources.Bundles), RunAsync, cancellation);

            async Task<int> RunAsync()
            {
                var set = await PolicyFiles.LoadAsync(sources, cancellation);
                var report = RegoTestRunner.Run(set.Modules, set.Data, options.Of(parsed), cancellation);
                if (report.Errors.Count > 0) throw PolicyFiles.NotCompiled(report.Errors);
                print(report, parsed.GetValue(options.Verbose));
                return Verdict(report, parsed.GetValue(options.Threshold));
            }
        });
    }

    private static int Verdict(RegoTestReport report, double? threshold)
    {
        if (report.Coverage is { } coverage && threshold is { } wanted && coverage.Percent < wanted)
        {
            Console.Error.WriteLine($"gate: the tests reach {coverage.Percent:0.00} % of the lines; `--threshold` asks for {wanted:0.00} %");
            return ExitCode.No;
        }

        return report.IsGreen ? ExitCode.Ok : ExitCode.No;
    }

    private sealed class TestOptions
    {
        public Option<string?> Run { get; } = new("--run", "-r") { Description = "only tests whose `data.package.name` this regular expression matches" };

        public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "print every test, and what it printed" };

        public Option<string> Format { get; } = new("--format", "-f")
        {
            Description = "pretty, json (as `opa test` prints), junit or tap",
            DefaultValueFactory = _ => "pretty",
        };

        public Option<bool> Coverage { get; } = new("--coverage", "-c") { Description = "tell which lines the tests reach; as JSON, that alone is printed" };

        public Option<double?> Threshold { get; } = new("--threshold") { Description = "percent of the lines that tests have to reach; implies --coverage" };

        public Option<double> Timeout { get; } = new("--timeout") { Description = "seconds that one test may take", DefaultValueFactory = _ => 5 };

        public Option<bool> Watch { get; } = new("--watch", "-w") { Description = "run again whenever a file changes, until interrupted" };

        public void AddTo(Command command)
        {
            foreach (var option in (Option[])[Run, Verbose, Format, Coverage, Threshold, Timeout, Watch]) command.Add(option);
        }

        public RegoTestOptions Of(ParseResult parsed) => new()
        {
            Filter = parsed.GetValue(Run),
            Timeout = Seconds.Of(parsed.GetRequiredValue(Timeout), "--timeout"),
            Covers = parsed.GetValue(Coverage) || parsed.GetValue(Threshold) is not null,
        };
    }
}
