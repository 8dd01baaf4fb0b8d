using System.Globalization;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli;

/// <summary>Prints test results for people.</summary>
internal static class TestText
{
    public static void Print(RegoTestReport report, bool isVerbose)
    {
        foreach (var result in report.Results.Where(result => isVerbose || result.Outcome is RegoTestOutcome.Failed or RegoTestOutcome.Errored))
        {
            Terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{Word(result.Outcome),-5} {result.Package}.{result.Name} ({result.Duration.TotalMilliseconds:0.0} ms) {result.Place.File}:{result.Place.Row}"));
            if (result.Error is { } error) Terminal.Line($"      {error}");
            foreach (var part in result.Cases.Where(part => isVerbose || part.Outcome == RegoTestOutcome.Failed))
                Terminal.Line($"      {Word(part.Outcome),-5} {part.Name}");
            foreach (var line in result.Output) Terminal.Line($"      {line}");
        }

        if (report.Coverage is { } coverage) Print(coverage);
        var counts = report.Results.CountBy(result => result.Outcome).ToDictionary();
        Terminal.Line(string.Join(", ", Enum.GetValues<RegoTestOutcome>().OrderDescending().Select(outcome => $"{counts.GetValueOrDefault(outcome)} {Word(outcome)}")));
    }

    public static string Word(RegoTestOutcome outcome) => outcome switch
    {
        RegoTestOutcome.Errored => "ERROR",
        RegoTestOutcome.Failed => "FAIL",
        RegoTestOutcome.Skipped => "SKIP",
        RegoTestOutcome.Passed => "PASS",
    };

    private static void Print(RegoCoverage coverage)
    {
        Terminal.Table(
            ["COVERED", "LINES", "FILE", "NOT COVERED"],
            [.. coverage.Files.Select(file => (string[])
                [Percent(file.Percent), $"{file.CoveredLines}/{file.CoveredLines + file.NotCoveredLines}", file.File, string.Join(", ", file.NotCovered.Select(Words))])]);
        Terminal.Line($"{Percent(coverage.Percent)} of {coverage.CoveredLines + coverage.NotCoveredLines} lines are covered");
    }

    private static string Words(RegoLines run) => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}";

    private static string Percent(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0.0} %");
}
