using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Cli;

/// <summary>Tells in words why an answer is what it is: which rules were tried, which literal did not hold, and what it saw.</summary>
internal static class ExplanationText
{
    private const int MostRules = 40;
    private const int LongestValue = 80;
    private const int Deepest = 12;

    public static void Print(RegoExplanation explanation)
    {
        Terminal.Heading(explanation.Answers.Answers.Count > 0 ? "how it was found" : "why it is undefined");
        foreach (var rule in explanation.Literals.SelectMany(Asked)) Print(rule, 0);
        if (!explanation.Literals.SelectMany(Asked).Any())
            foreach (var literal in explanation.Literals) Print(literal, 0);
    }

    public static object Describe(RegoExplanation explanation) => explanation.Literals.SelectMany(Asked).Select(Describe);

    private static IEnumerable<RegoRuleTrial> Asked(RegoLiteralTrial literal) => literal.Rules.Concat(literal.Within.SelectMany(Asked));

    private static object Describe(RegoRuleTrial rule) => new
    {
        rule = rule.Rule,
        file = rule.Place.File,
        row = rule.Place.Row,
        tried = rule.Tried,
        held = rule.Held,
        literals = rule.Literals.Select(Describe),
    };

    private static object Describe(RegoLiteralTrial literal) => new
    {
        literal = literal.Text,
        file = literal.Place.File,
        row = literal.Place.Row,
        tried = literal.Tried,
        held = literal.Held,
        seen = literal.Seen.Select(seen => new { part = seen.Text, value = seen.Value.IsDefined ? seen.Value.ToString() : "undefined" }),
        rules = literal.Rules.Select(Describe),
        within = literal.Within.Select(Describe),
    };

    private static void Print(RegoRuleTrial rule, int depth)
    {
        Line(depth, $"{rule.Rule} ({rule.Place.File}:{rule.Place.Row}) {Outcome(rule.Held, rule.Tried)}");
        foreach (var literal in rule.Literals) Print(literal, depth + 1);
    }

    private static void Print(RegoLiteralTrial literal, int depth)
    {
        var seen = literal.Held == literal.Tried || literal.Text.StartsWith("not ", StringComparison.Ordinal) ? "" : Seen(literal);
        Line(depth, $"{literal.Place.File}:{literal.Place.Row}: `{literal.Text}` {Outcome(literal.Held, literal.Tried)}{seen}");
        if (depth >= Deepest)
        {
            if (literal.Rules.Count > 0) Line(depth + 1, "…");
            return;
        }

        foreach (var rule in literal.Rules.Take(MostRules)) Print(rule, depth + 1);
        if (literal.Rules.Count > MostRules) Line(depth + 1, $"… and {literal.Rules.Count - MostRules} more rules");
        foreach (var inner in literal.Within) Print(inner, depth + 1);
    }

    private static string Seen(RegoLiteralTrial literal) => literal.Seen.Count == 0
        ? ""
        : $"{(literal.Tried > 1 ? "; the last time " : ": ")}{string.Join(", ", literal.Seen.Select(seen => $"`{seen.Text}` is {Shortened(seen.Value)}"))}";

    private static string Outcome(int held, int tried) => (held, tried) switch
    {
        (1, 1) => "holds",
        (0, 1) => "does not hold",
        (0, _) => $"never holds in {tried} trials",
        _ when held == tried => $"holds in all {tried} trials",
        _ => $"holds in {held} of {tried} trials",
    };

    private static string Shortened(RegoValue value)
    {
        var text = value.IsDefined ? value.ToString() : "undefined";
        return text.Length <= LongestValue ? text : string.Concat(text.AsSpan(0, LongestValue), "…");
    }

    private static void Line(int depth, string text) => Terminal.Line(new string(' ', 2 * depth) + text);
}
