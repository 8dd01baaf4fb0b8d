using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GitOpsGate.Approvals;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Policies;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>Asks the policies that apply to a revision.</summary>
internal sealed partial class PolicyJudge(IPolicyEngines engines, Evidence evidence, PolicyInput change)
{
    private readonly List<BundleUse> _uses = [];
    private readonly List<WorldUse> _world = [];

    /// <summary>The bundles that were asked, in ordinal order.</summary>
    public ImmutableArray<BundleUse> Uses =>
        [.. _uses.Distinct().OrderBy(use => use.Name, StringComparer.Ordinal)];

    /// <summary>What the policies asked of the world, in the order in which they asked.</summary>
    public ImmutableArray<WorldUse> World => [.. _world.Distinct()];

    /// <summary>What one rule finds; nothing when it does not apply, and at least one finding when it does.</summary>
    public async Task<ImmutableArray<Finding>> AskAsync(PolicyRule rule, CancellationToken cancellation)
    {
        var scope = Scope.Ask(rule.When, evidence);
        if (scope.Holding == Holding.No) return [];
        if (scope.Holding == Holding.Unknown)
        {
            return [PolicyAnswers.Errored(rule, null, $"whether policy `{rule.Name}` applies cannot be told: it {scope.Why}")];
        }

        var (engine, why) = engines.Find(rule.Bundle);
        if (engine is null) return [PolicyAnswers.Errored(rule, null, $"bundle `{rule.Bundle}` cannot be asked: {why}")];
        _uses.Add(new BundleUse(rule.Bundle, engine.Name, engine.BundleRevision));
        var names = engine.RulesIn(rule.Package).Where(name => Asked().IsMatch(name)).ToArray();
        if (names.Length == 0)
        {
            var right = "a package with `deny`, `violation` or `warn` would be right";
            return [PolicyAnswers.Errored(rule, null, $"bundle `{rule.Bundle}` has no such rule in `{rule.Package}`; {right}")];
        }

        var findings = rule.Style == PolicyStyle.Document
            ? await AskDocumentsAsync(engine, rule, names, cancellation)
            : await AskAsync(engine, rule, names, null, change, cancellation);
        return findings.Any(finding => finding.Mode == rule.Mode) ? findings : [.. findings, Content(rule)];
    }

    [GeneratedRegex("^(deny|violation|warn)(_[a-zA-Z0-9_]+)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Asked();

    private static bool LooksAt(PolicyRule rule, string path) => rule.Files.IsEmpty || Glob.AnyMatches(rule.Files, path);

    private async Task<ImmutableArray<Finding>> AskAsync(
        IPolicyEngine engine, PolicyRule rule, string[] names, Document? document, PolicyInput input, CancellationToken cancellation)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var name in names)
        {
            var decision = await engine.DecideAsync($"{rule.Package}.{name}", input, cancellation);
            if (decision.Nondeterminism is { } answers)
            {
                _world.Add(new WorldUse(rule.Bundle, $"{rule.Package}.{name}", WorldUse.DigestOf(input.Json), answers));
            }

            findings.AddRange(PolicyAnswers.Read(rule, name, decision, document));
        }

        return findings.ToImmutable();
    }

    private async Task<ImmutableArray<Finding>> AskDocumentsAsync(
        IPolicyEngine engine, PolicyRule rule, string[] names, CancellationToken cancellation)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var problem in evidence.Content.Problems.Where(problem => LooksAt(rule, problem.Path)))
        {
            findings.Add(new Finding
            {
                Weight = Verdict.Denied,
                Rule = $"policy/{rule.Name}",
                Message = $"broken manifest, so no policy can look at it: {Words.Plain(problem.Message, 300)}",
                Mode = rule.Mode,
                Place = new Place(problem.Path, problem.Line),
            });
        }

        foreach (var document in evidence.Content.Documents.Where(document => LooksAt(rule, document.Path)))
        {
            findings.AddRange(await AskAsync(engine, rule, names, document, PolicyInput.FromJson(document.Json), cancellation));
        }

        return findings.ToImmutable();
    }

    private Finding Content(PolicyRule rule)
    {
        var documents = evidence.Content.Documents.Count(document => LooksAt(rule, document.Path));
        return new Finding
        {
            Weight = Verdict.Allowed,
            Rule = $"policy/{rule.Name}",
            Message = rule.Style == PolicyStyle.Change ? $"policy `{rule.Name}` has nothing against the change"
                : documents == 0 ? $"policy `{rule.Name}` has nothing to look at"
                : $"policy `{rule.Name}` has nothing against {Words.Count(documents, "document")}",
            Mode = rule.Mode,
        };
    }
}
