using System.Text;
using System.Text.Json;
using GitOpsGate.Policies;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli;

/// <summary>Prints test results, or coverage, in the JSON of <c>opa test --format json</c>.</summary>
internal static class TestJson
{
    public static void Print(RegoTestReport report) => Terminal.Json(
        report.Coverage is { } coverage ? JsonSerializer.SerializeToElement(Coverage(coverage)) : JsonSerializer.SerializeToElement(report.Results.Select(Result)));

    private static Dictionary<string, object> Result(RegoTestResult result)
    {
        var json = new Dictionary<string, object>
        {
            ["location"] = Location(result.Place),
            ["package"] = result.Package,
            ["name"] = result.Name,
        };
        if (result.Outcome == RegoTestOutcome.Failed) json["fail"] = true;
        if (result.Outcome == RegoTestOutcome.Skipped) json["skip"] = true;
        if (result.Error is { } error) json["error"] = RegoErrors.Describe(error);
        json["duration"] = (long)result.Duration.TotalNanoseconds;
        if (result.Output.Count > 0) json["output"] = Encoding.UTF8.GetBytes(string.Concat(result.Output.Select(line => line + "\n")));
        if (result.Cases.Count > 0) json["sub_results"] = Cases(result.Cases, 0);
        return json;
    }

    private static object Location(PolicyPlace place) => new { file = place.File, row = place.Row, col = place.Column };

    private static Dictionary<string, object> Cases(IEnumerable<RegoTestCase> cases, int depth)
    {
        var json = new Dictionary<string, object>();
        foreach (var group in cases.Where(one => one.Keys.Count > depth).GroupBy(one => one.Keys[depth]))
        {
            var one = new Dictionary<string, object> { ["name"] = group.Key };
            if (group.Any(part => part.Outcome != RegoTestOutcome.Passed)) one["fail"] = true;
            if (group.Any(part => part.Keys.Count > depth + 1)) one["sub_results"] = Cases(group, depth + 1);
            json[group.Key] = one;
        }

        return json;
    }

    private static Dictionary<string, object> Coverage(RegoCoverage coverage)
    {
        var json = new Dictionary<string, object> { ["files"] = coverage.Files.ToDictionary(file => file.File, Coverage) };
        Totals(json, coverage.CoveredLines, coverage.NotCoveredLines, coverage.Percent);
        return json;
    }

    private static Dictionary<string, object> Coverage(RegoFileCoverage file)
    {
        var json = new Dictionary<string, object>();
        if (file.Covered.Count > 0) json["covered"] = file.Covered.Select(Range);
        if (file.NotCovered.Count > 0) json["not_covered"] = file.NotCovered.Select(Range);
        Totals(json, file.CoveredLines, file.NotCoveredLines, file.Percent);
        return json;
    }

    // Nothing is written for none, as OPA does.
    private static void Totals(Dictionary<string, object> json, int covered, int not, double percent)
    {
        if (covered > 0) json["covered_lines"] = covered;
        if (not > 0) json["not_covered_lines"] = not;
        if (covered > 0) json["coverage"] = percent;
    }

    private static object Range(RegoLines run) => new { start = new { row = run.First }, end = new { row = run.Last } };
}
