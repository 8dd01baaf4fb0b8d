using System.Collections.Immutable;
using GitOpsGate.Rulings;

namespace GitOpsGate.Configuration;

/// <summary>What reading a configuration file gave.</summary>
/// <param name="Value">What it says, or null when there is any problem.</param>
/// <param name="Problems">Everything that is wrong, in the order of lines; empty when nothing is.</param>
/// <param name="Warnings">What is allowed and still unwise.</param>
public sealed record FileReading<T>(T? Value, ImmutableArray<FileProblem> Problems, ImmutableArray<FileProblem> Warnings)
    where T : class;

/// <summary>Reads rules: a repository's <c>.gitopsgate.yaml</c>, and the same shape below <c>rules</c> in <c>gate.yaml</c>. Pure.</summary>
public static class RuleFileReader
{
    /// <summary>The file's name in a repository's root.</summary>
    public const string FileName = ".gitopsgate.yaml";

    private const int MaxRules = 100;

    /// <summary>Reads a repository's rule file.</summary>
    /// <param name="bundles">The bundles that <c>gate.yaml</c> names: a rule can ask no other. Null when they are not known: any name will do.</param>
    public static FileReading<RuleFile> Read(ReadOnlyMemory<byte> bytes, IReadOnlyCollection<string>? bundles)
    {
        var problems = new List<FileProblem>();
        if (new YamlFile(FileName, problems).Read(bytes.Span) is not { } map) return new(null, [.. problems], []);
        var fields = new Fields(FileName, map, problems);
        fields.Choice("version", 0, ("1", 1));
        if (fields.Part("version") is null) fields.Refuse(0, "`version` is missing; `version: 1` would be right");
        var rules = Rules(fields, bundles, isServer: false);
        return new(problems.Count == 0 ? rules : null, Sorted(problems), []);
    }

    internal static ImmutableArray<FileProblem> Sorted(IEnumerable<FileProblem> problems) =>
        [.. problems.Distinct().OrderBy(problem => problem.Line).ThenBy(problem => problem.Message, StringComparer.Ordinal)];

    /// <summary>Takes <c>approvals</c>, <c>policies</c> and a server's <c>overrides</c> of a map, and refuses whatever else stands there.</summary>
    internal static RuleFile Rules(Fields fields, IReadOnlyCollection<string>? bundles, bool isServer)
    {
        var rules = new RuleFile
        {
            Approvals = [.. fields.Each("approvals").Select(rule => Approval(rule, isServer))],
            Policies = [.. fields.Each("policies").Select(rule => Policy(rule, bundles, isServer))],
            Overrides = OverrideRules(fields, isServer),
        };
        Unique(fields, "override", rules.Overrides.Select(rule => (rule.Name, rule.Line)));
        Unique(fields, "approval", rules.Approvals.Select(rule => (rule.Name, rule.Line)));
        Unique(fields, "policy", rules.Policies.Select(rule => (rule.Name, rule.Line)));
        var count = rules.Approvals.Length + rules.Policies.Length + rules.Overrides.Length;
        if (count > MaxRules) fields.Refuse(fields.Line, $"there are more than {MaxRules} rules");
        fields.Done();
        return rules;
    }

    /// <summary>Whether a text is a name: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, at most 60.</summary>
    internal static bool IsName(string text) =>
        text.Length is > 0 and <= 60 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    internal static string Name(Fields fields, string example)
    {
        var name = fields.Needed("name", example);
        if (name.Length > 0 && !IsName(name))
        {
            fields.Refuse(fields.LineOf("name"), "a name has at most 60 letters, digits, `-`, `_` and `.`");
        }

        return name;
    }

    private static ApprovalRule Approval(Fields fields, bool isServer)
    {
        var requires = fields.Inner("requires");
        var (takesReviews, takesComments) = Methods(fields);
        var rule = new ApprovalRule
        {
            Name = Name(fields, "production-needs-release"),
            Mode = Mode(fields),
            When = Scope(fields, isServer),
            Count = requires?.Number("count", 1, 1, 20) ?? 1,
            Users = requires?.Words("users") ?? [],
            Teams = requires?.Words("teams") ?? [],
            AuthorMayApprove = fields.Flag("authorMayApprove", false),
            ContributorMayApprove = fields.Flag("contributorMayApprove", false),
            DismissOnPush = fields.Flag("dismissOnPush", true),
            TakesReviews = takesReviews,
            TakesComments = takesComments,
            IsOfServer = isServer,
            Line = fields.Line,
        };
        if (rule.Teams.IsEmpty && rule.Users.Length > 0 && rule.Users.Distinct(StringComparer.OrdinalIgnoreCase).Count() < rule.Count)
        {
            fields.Refuse(fields.LineOf("requires"), $"`count` asks for {rule.Count} approvals, and `users` names only {rule.Users.Length}");
        }

        requires?.Done();
        fields.Done();
        return rule;
    }

    private static (bool Reviews, bool Comments) Methods(Fields fields)
    {
        const string Review = Approvals.Candidate.ByReview;
        const string Comment = Approvals.Candidate.ByComment;
        var texts = fields.Texts("methods");
        foreach (var (method, line) in texts.Where(text => text.Value is not (Review or Comment)))
        {
            fields.Refuse(line, $"method `{method}` is not known; `{Review}` or `{Comment}` would be right");
        }

        if (fields.Part("methods") is null) return (true, false);
        if (texts.IsEmpty) fields.Refuse(fields.LineOf("methods"), $"`methods` is empty; `[{Review}]` or `[{Review}, {Comment}]` would be right");
        return (texts.Any(text => text.Value == Review), texts.Any(text => text.Value == Comment));
    }

    private static ImmutableArray<OverrideRule> OverrideRules(Fields fields, bool isServer)
    {
        if (isServer) return [.. fields.Each("overrides").Select(Override)];
        if (fields.Part("overrides") is not null)
        {
            fields.Refuse(fields.LineOf("overrides"), "`overrides` stand below `rules` of `gate.yaml`: a repository cannot let itself through");
        }

        return [];
    }

    private static OverrideRule Override(Fields fields)
    {
        var from = fields.Inner("from");
        var rule = new OverrideRule
        {
            Name = Name(fields, "incident"),
            When = Scope(fields, isServer: true),
            Users = from?.Words("users") ?? [],
            Teams = from?.Words("teams") ?? [],
            ShortestReason = fields.Number("minReason", 10, 1, 200),
            EvenErrored = fields.Flag("evenErrored", false),
            Line = fields.Line,
        };
        if (rule.Users.IsEmpty && rule.Teams.IsEmpty)
        {
            fields.Refuse(fields.Line, "`from` names nobody; `from: {teams: [acme/oncall]}` would be right");
        }

        from?.Done();
        fields.Done();
        return rule;
    }

    private static PolicyRule Policy(Fields fields, IReadOnlyCollection<string>? bundles, bool isServer)
    {
        var rule = new PolicyRule
        {
            Name = Name(fields, "kubernetes"),
            Mode = Mode(fields),
            When = Scope(fields, isServer),
            Bundle = fields.Needed("bundle", "shipped"),
            Package = Package(fields),
            Style = fields.Choice("style", PolicyStyle.Document, ("document", PolicyStyle.Document), ("change", PolicyStyle.Change)),
            Files = fields.Globs("files"),
            Line = fields.Line,
        };
        if (rule.Bundle.Length > 0 && bundles is not null && !bundles.Contains(rule.Bundle))
        {
            var known = bundles.Count == 0 ? "it names none" : $"it names {string.Join(", ", bundles.Order(StringComparer.Ordinal).Select(b => $"`{b}`"))}";
            fields.Refuse(fields.LineOf("bundle"), $"bundle `{rule.Bundle}` is not in `gate.yaml`; {known}");
        }

        if (rule.Style == PolicyStyle.Change && !rule.Files.IsEmpty)
        {
            fields.Refuse(fields.LineOf("files"), "`files` is for `style: document`; narrow a whole change with `when: {paths: …}`");
        }

        fields.Done();
        return rule;
    }

    private static string Package(Fields fields)
    {
        var package = fields.Needed("package", "kubernetes");
        if (package.Length == 0) return package;
        if (!package.StartsWith("data.", StringComparison.Ordinal)) package = $"data.{package}";
        var isPath = package.Length <= 200 && package.Split('.').All(
            part => part.Length > 0 && !char.IsAsciiDigit(part[0]) && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'));
        if (!isPath) fields.Refuse(fields.LineOf("package"), "`package` is a path of words, such as `kubernetes` or `git.files`");
        return package;
    }

    private static RuleMode Mode(Fields fields) => fields.Choice(
        "mode", RuleMode.Enforce, ("enforce", RuleMode.Enforce), ("warn", RuleMode.Warn), ("shadow", RuleMode.Shadow));

    private static RuleScope Scope(Fields fields, bool isServer)
    {
        if (fields.Inner("when") is not { } when) return new RuleScope();
        var scope = new RuleScope
        {
            Paths = when.Globs("paths"),
            Branches = when.Globs("branches"),
            Repositories = isServer ? when.Globs("repositories") : [],
            Labels = when.Words("labels"),
        };
        when.Done();
        return scope;
    }

    private static void Unique(Fields fields, string kind, IEnumerable<(string Name, int Line)> named)
    {
        foreach (var group in named.Where(rule => rule.Name.Length > 0).GroupBy(rule => rule.Name, StringComparer.Ordinal))
        {
            foreach (var second in group.Skip(1))
            {
                fields.Refuse(second.Line, $"{kind} rule `{group.Key}` stands twice, first in line {group.First().Line}");
            }
        }
    }
}
