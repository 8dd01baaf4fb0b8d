using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Rulings;

/// <summary>
/// The rules in force for a repository: the server's first, then the repository's own, read from its target branch. A repository adds
/// rules; a rule of its own with the name of a server's rule is a fault, and the server's rule stands.
/// </summary>
public sealed record RuleSet
{
    public ImmutableArray<ApprovalRule> Approvals { get; init; } = [];

    public ImmutableArray<PolicyRule> Policies { get; init; } = [];

    /// <summary>Who may override here: the server's word alone.</summary>
    public ImmutableArray<OverrideRule> Overrides { get; init; } = [];

    /// <summary>What is wrong with the repository's rule file: each an errored finding with its line.</summary>
    public ImmutableArray<Finding> Problems { get; init; } = [];

    /// <summary>SHA-256 over the rules in force, lower-case hex.</summary>
    public required string Digest { get; init; }

    /// <summary>The teams that rules name, in ordinal order.</summary>
    public ImmutableArray<string> Teams => [.. Approvals.SelectMany(rule => rule.Teams).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Puts the rules together.</summary>
    /// <param name="ruleFile">The repository's rule file, or null when it has none.</param>
    public static RuleSet Of(GateConfiguration configuration, RepositoryKey repository, ReadOnlyMemory<byte>? ruleFile)
    {
        var server = configuration.ServerRules;
        var approvals = server.Approvals.Where(rule => Concerns(rule.When, repository)).ToImmutableArray();
        var policies = server.Policies.Where(rule => Concerns(rule.When, repository)).ToImmutableArray();
        var overrides = server.Overrides.Where(rule => Concerns(rule.When, repository)).ToImmutableArray();
        var reading = ruleFile is { } bytes
            ? RuleFileReader.Read(bytes, [.. configuration.Bundles.Select(bundle => bundle.Name)])
            : new FileReading<RuleFile>(RuleFile.Empty, [], []);
        var own = reading.Value ?? RuleFile.Empty;
        var clashes = own.Approvals.Where(rule => approvals.Any(theirs => theirs.Name == rule.Name)).Select(rule => (rule.Name, rule.Line))
            .Concat(own.Policies.Where(rule => policies.Any(theirs => theirs.Name == rule.Name)).Select(rule => (rule.Name, rule.Line)));
        return new RuleSet
        {
            Approvals = [.. approvals, .. own.Approvals.Where(rule => approvals.All(theirs => theirs.Name != rule.Name))],
            Policies = [.. policies, .. own.Policies.Where(rule => policies.All(theirs => theirs.Name != rule.Name))],
            Overrides = overrides,
            Problems =
            [
                .. reading.Problems.Select(problem => Problem(problem.Line, problem.Message)),
                .. clashes.Select(clash => Problem(
                    clash.Line, $"rule `{clash.Name}` has the name of a server rule, which it cannot replace; give it another name")),
            ],
            Digest = DigestOf(new RuleFile { Approvals = approvals, Policies = policies, Overrides = overrides }, ruleFile),
        };
    }

    private static bool Concerns(RuleScope scope, RepositoryKey repository) =>
        InRepository.Ask(scope.Repositories, repository).Holding != Holding.No;

    private static Finding Problem(int line, string message) => new()
    {
        Weight = Verdict.Errored,
        Rule = "gate/rule-file",
        Message = $"the rule file on the target branch cannot be used: {message}",
        Place = new Place(RuleFileReader.FileName, line),
    };

    // Each text is preceded by its length, so that no two sets of rules give the same bytes.
    private static string DigestOf(RuleFile server, ReadOnlyMemory<byte>? ruleFile)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var rule in server.Approvals)
        {
            Add(hash, "approval", rule.Name, $"{rule.Mode} {rule.Count} {rule.AuthorMayApprove} {rule.ContributorMayApprove} {rule.DismissOnPush}");
            Add(hash, [.. rule.Users, "|", .. rule.Teams]);
            // What was not there before is told only where it is used: the digest of other rules stays what it was.
            if (rule.TakesComments) Add(hash, "methods", $"{rule.TakesReviews}");
            AddScope(hash, rule.When);
        }

        foreach (var rule in server.Policies)
        {
            Add(hash, ["policy", rule.Name, $"{rule.Mode} {rule.Style}", rule.Bundle, rule.Package, .. rule.Files]);
            AddScope(hash, rule.When);
        }

        foreach (var rule in server.Overrides)
        {
            Add(hash, "override", rule.Name, $"{rule.ShortestReason} {rule.EvenErrored}");
            Add(hash, [.. rule.Users, "|", .. rule.Teams]);
            AddScope(hash, rule.When);
        }

        Add(hash, "file");
        if (ruleFile is { } bytes) hash.AppendData(bytes.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AddScope(IncrementalHash hash, RuleScope scope) =>
        Add(hash, ["when", .. scope.Paths, "|", .. scope.Branches, "|", .. scope.Repositories, "|", .. scope.Labels]);

    private static void Add(IncrementalHash hash, params string[] texts)
    {
        foreach (var text in texts) hash.AppendData(Encoding.UTF8.GetBytes($"{text.Length}:{text}\n"));
    }
}
