using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Conformance;

/// <summary>
/// OPA's own suite, run in place where the reference data is. Prints how many of each category pass, and fails when a case fails
/// that
/// gaps.yaml does not know, or when a gap is no longer one.
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private static Gaps Known { get; } = Gaps.Read(Path.Combine(AppContext.BaseDirectory, "gaps.yaml"));

    [Theory]
    [InlineData("v1-open.jsonl", "v1/", false)]
    [InlineData("v0-open.jsonl", "v0/", false)]
    [InlineData("doc-examples.jsonl", "docs/", false)]
    [InlineData("v1-open.jsonl", "v1/", true)]
    [InlineData("v0-open.jsonl", "v0/", true)]
    public void Cases_answer_as_opa_does(string file, string prefix, bool improvedNot)
    {
        var path = Located(file);
        var failures = new Dictionary<string, string>(StringComparer.Ordinal);
        var counts = new SortedDictionary<string, (int Passed, int Run)>(StringComparer.Ordinal);
        foreach (var one in SuiteWish.Read(path))
        {
            var answer = RegoSuite.Answer(one.Line, new RegoSuiteOptions { ImprovedNot = improvedNot }, TestContext.Current.CancellationToken);
            var wrong = SuiteJudge.Judge(one, answer);
            var (passed, run) = counts.GetValueOrDefault(one.Category);
            counts[one.Category] = (passed + (wrong is null ? 1 : 0), run + 1);
            if (wrong is not null) failures[one.Id] = wrong;
        }

        Report(counts);
        Assert.Empty(Known.Unexpected(prefix, failures));
    }

    [Fact]
    public void Sources_are_accepted_and_refused_as_opa_does()
    {
        var path = Located("parse-open.jsonl");
        var failures = new Dictionary<string, string>(StringComparer.Ordinal);
        var counts = new SortedDictionary<string, (int Passed, int Run)>(StringComparer.Ordinal);
        foreach (var one in OracleWish.Read(path))
        {
            var line = RegoSuite.AnswerSource(one.Line, new RegoSuiteOptions(), TestContext.Current.CancellationToken);
            var answer = OracleWish.Parse(line);
            var isStage = answer.Stage == one.Stage;
            Count("stage", isStage);
            Count("codes", isStage && Same(e => e.Code));
            Count("rows", isStage && Same(e => (e.Code, e.Row)));
            Count("messages", isStage && Same(e => e));
            if (!isStage) failures[$"parse/{one.Id}"] = $"`{one.Stage}` is wanted, got `{answer.Stage}`";

            bool Same<T>(Func<OracleError, T> part) => answer.Errors.Select(part).ToHashSet().SetEquals(one.Errors.Select(part));
        }

        Report(counts);
        Assert.Empty(Known.Unexpected("parse/", failures));

        void Count(string level, bool agrees)
        {
            var (passed, run) = counts.GetValueOrDefault(level);
            counts[level] = (passed + (agrees ? 1 : 0), run + 1);
        }
    }

    private static string Located(string file)
    {
        var path = Shared.Locate(Path.Combine("rego", file));
        Assert.SkipWhen(path is null, $"the reference data `rego/{file}` is not here");
        return path!;
    }

    private void Report(SortedDictionary<string, (int Passed, int Run)> counts)
    {
        foreach (var (category, (passed, run)) in counts)
        {
            output.WriteLine($"{category,-40} {passed,5} / {run}, gap {run - passed}");
        }
        var (all, total) = (counts.Values.Sum(c => c.Passed), counts.Values.Sum(c => c.Run));
        output.WriteLine($"{"together",-40} {all,5} / {total} = {100.0 * all / total:F2} %");
    }
}
