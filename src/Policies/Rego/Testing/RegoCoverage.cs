using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>A run of lines, both ends included, from 1.</summary>
public readonly record struct RegoLines(int First, int Last);

/// <summary>Which lines of one module the tests reached.</summary>
/// <param name="File">The module's file.</param>
/// <param name="Covered">Lines of literals that were evaluated and of heads that gave a value, in order.</param>
/// <param name="NotCovered">Lines of literals and heads that were not, in order.</param>
public sealed record RegoFileCoverage(string File, IReadOnlyList<RegoLines> Covered, IReadOnlyList<RegoLines> NotCovered)
{
    /// <summary>How many lines were reached.</summary>
    public int CoveredLines => Covered.Sum(run => run.Last - run.First + 1);

    /// <summary>How many were not.</summary>
    public int NotCoveredLines => NotCovered.Sum(run => run.Last - run.First + 1);

    /// <summary>The share of lines that were reached, in percent; 0 for a module without lines that count.</summary>
    public double Percent => RegoCoverage.PercentOf(CoveredLines, NotCoveredLines);
}

/// <summary>
/// What tests reached, by lines, as <c>opa test --coverage</c> counts them (OPA's <c>cover</c> package): a line counts when a
/// literal or the head of a rule begins on it.
/// </summary>
/// <param name="Files">Every module, in ordinal order of the files.</param>
public sealed record RegoCoverage(IReadOnlyList<RegoFileCoverage> Files)
{
    /// <summary>How many lines were reached.</summary>
    public int CoveredLines => Files.Sum(file => file.CoveredLines);

    /// <summary>How many were not.</summary>
    public int NotCoveredLines => Files.Sum(file => file.NotCoveredLines);

    /// <summary>The share of lines that were reached, in percent.</summary>
    public double Percent => PercentOf(CoveredLines, NotCoveredLines);

    internal static double PercentOf(int covered, int not) => covered + not == 0 ? 0 : 100.0 * covered / (covered + not);

    internal static RegoCoverage Of(IEnumerable<Module> modules, ILookup<string, int> reached)
    {
        var files = new List<RegoFileCoverage>();
        foreach (var module in modules.OrderBy(m => m.File, StringComparer.Ordinal))
        {
            var covered = reached[module.File].ToHashSet();
            var missed = CoverageRows.Of(module).Where(row => !covered.Contains(row));
            files.Add(new RegoFileCoverage(module.File, Runs(covered), Runs(missed)));
        }

        return new RegoCoverage(files);
    }

    private static List<RegoLines> Runs(IEnumerable<int> rows)
    {
        var runs = new List<RegoLines>();
        foreach (var row in rows.Distinct().Order())
        {
            if (runs.Count > 0 && runs[^1].Last == row - 1) runs[^1] = runs[^1] with { Last = row };
            else runs.Add(new RegoLines(row, row));
        }

        return runs;
    }
}
