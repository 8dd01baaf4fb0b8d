using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy test</c>: runs the <c>test_</c> rules of a bundle, as <c>opa test</c> does.</summary>
internal static class PolicyTestCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("bundle") { Description = "a folder or a .tar.gz" };
        var run = new Option<string?>("--run", "-r") { Description = "only tests whose `data.package.name` this regular expression matches" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "print every test, and what it printed" };
        return new Command("test", "run a bundle's tests; the exit code is 1 when one fails") { path, run, verbose }
            .Does(async (parsed, cancellation) =>
            {
                var bundle = await PolicyFiles.ReadAsync(parsed.GetRequiredValue(path), cancellation);
                var options = new RegoTestOptions { Filter = parsed.GetValue(run) };
                var report = RegoTestRunner.Run(PolicyFiles.Modules(bundle), PolicyFiles.Data(bundle), options, cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(Describe(report));
                else Print(report, parsed.GetValue(verbose));
                return report.IsGreen ? ExitCode.Ok : ExitCode.No;
            });
    }

    private static JsonElement Describe(RegoTestReport report) => JsonSerializer.SerializeToElement(new
    {
        errors = report.Errors.Select(error => error.ToString()),
        tests = report.Results.Select(result => new
        {
            package = result.Package,
            name = result.Name,
            outcome = Word(result.Outcome),
            file = result.Place?.File,
            row = result.Place?.Row,
            milliseconds = result.Duration.TotalMilliseconds,
            output = result.Output,
            error = result.Error?.ToString(),
        }),
    });

    private static void Print(RegoTestReport report, bool isVerbose)
    {
        foreach (var error in report.Errors) Terminal.Line(error.ToString());
        foreach (var result in report.Results.Where(result => isVerbose || result.Outcome is RegoTestOutcome.Failed or RegoTestOutcome.Errored))
        {
            Terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{Word(result.Outcome),-5} {result.Package}.{result.Name} ({result.Duration.TotalMilliseconds:0.0} ms) {result.Place?.File}:{result.Place?.Row}"));
            if (result.Error is { } error) Terminal.Line($"      {error}");
            foreach (var failed in result.Cases.Where(part => part.Outcome == RegoTestOutcome.Failed)) Terminal.Line($"      FAIL  {failed.Name}");
            foreach (var line in result.Output) Terminal.Line($"      {line}");
        }

        if (report.Errors.Count > 0) return;
        var counts = report.Results.GroupBy(result => result.Outcome).ToDictionary(group => group.Key, group => group.Count());
        Terminal.Line(string.Join(", ", Enum.GetValues<RegoTestOutcome>().OrderDescending().Select(outcome => $"{counts.GetValueOrDefault(outcome)} {Word(outcome)}")));
    }

    private static string Word(RegoTestOutcome outcome) => outcome switch
    {
        RegoTestOutcome.Errored => "ERROR",
        RegoTestOutcome.Failed => "FAIL",
        RegoTestOutcome.Skipped => "SKIP",
        RegoTestOutcome.Passed => "PASS",
    };
}
