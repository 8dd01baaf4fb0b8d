using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli;

/// <summary>Prints test results in the Test Anything Protocol, version 14.</summary>
internal static class TestTap
{
    public static void Print(RegoTestReport report)
    {
        Console.WriteLine("TAP version 14");
        Console.WriteLine($"1..{report.Results.Count}");
        for (var i = 0; i < report.Results.Count; i++)
        {
            var result = report.Results[i];
            foreach (var line in result.Output) Console.WriteLine($"# {line.ReplaceLineEndings("\\n")}");
            var isRight = result.Outcome is RegoTestOutcome.Passed or RegoTestOutcome.Skipped;
            var skipped = result.Outcome == RegoTestOutcome.Skipped ? " # SKIP todo" : "";
            Console.WriteLine($"{(isRight ? "ok" : "not ok")} {i + 1} - {result.Package}.{result.Name.Replace("#", "\\#", StringComparison.Ordinal)}{skipped}");
            if (!isRight) Because(result);
        }
    }

    private static void Because(RegoTestResult result)
    {
        Console.WriteLine("  ---");
        Console.WriteLine($"  at: \"{result.Place.File}:{result.Place.Row}\"");
        if (result.Error is { } error) Console.WriteLine($"  message: {Quoted(error.ToString())}");
        foreach (var part in result.Cases.Where(part => part.Outcome == RegoTestOutcome.Failed)) Console.WriteLine($"  failed: {Quoted(part.Name)}");
        Console.WriteLine("  ...");
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
