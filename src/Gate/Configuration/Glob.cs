using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace GitOpsGate.Configuration;

/// <summary>
/// A pattern for paths and branches: <c>?</c> is one character and <c>*</c> any number of them, both without <c>/</c>; <c>**</c> crosses
/// <c>/</c>, and <c>**/</c> may also be nothing; <c>{a,b}</c> is one of several. Letters must match exactly, and the whole text must
/// match. Matching takes time proportional to pattern × text, whatever the pattern.
/// </summary>
public sealed class Glob
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = 512;

    private const int MaxAlternatives = 64;

    private readonly ImmutableArray<ImmutableArray<Step>> _alternatives;

    private Glob(string pattern, ImmutableArray<ImmutableArray<Step>> alternatives) => (Pattern, _alternatives) = (pattern, alternatives);

    private enum StepKind
    {
        Letter,
        One,
        Many,
        Deep,

        /// <summary>The start of <c>**/</c>: either nothing, or everything up to some later slash.</summary>
        Skip,
        UntilSlash,
    }

    public string Pattern { get; }

    /// <summary>Reads a pattern; otherwise says what is wrong and what would be right.</summary>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out Glob? glob, out string problem)
    {
        glob = null;
        if (pattern.Length is 0 or > MaxLength)
        {
            problem = $"a glob has 1 to {MaxLength} characters, this one has {pattern.Length}";
            return false;
        }

        var found = new List<string>();
        if (!Expand("", pattern, found, out problem)) return false;
        glob = new Glob(pattern, [.. found.Select(Compile)]);
        return true;
    }

    /// <summary>Whether a text matches one of the patterns. A pattern that cannot be read matches nothing; the readers refuse it earlier.</summary>
    public static bool AnyMatches(ImmutableArray<string> patterns, string text) =>
        patterns.Any(pattern => TryParse(pattern, out var glob, out _) && glob.Matches(text));

    public bool Matches(string text)
    {
        foreach (var steps in _alternatives)
        {
            if (Matches(steps, text)) return true;
        }

        return false;
    }

    public override string ToString() => Pattern;

    private static bool Expand(string before, string rest, List<string> found, out string problem)
    {
        problem = "";
        var open = rest.IndexOf('{');
        var close = rest.IndexOf('}');
        if (open < 0 && close < 0)
        {
            if (found.Count == MaxAlternatives) problem = $"its braces give more than {MaxAlternatives} patterns; write fewer alternatives";
            else found.Add(before + rest);
            return problem.Length == 0;
        }

        if (open < 0 || close < open || rest[(open + 1)..close].Contains('{'))
        {
            problem = "its braces do not pair, or stand inside each other; `{a,b}` would be right";
            return false;
        }

        foreach (var choice in rest[(open + 1)..close].Split(','))
        {
            if (!Expand(before + rest[..open] + choice, rest[(close + 1)..], found, out problem)) return false;
        }

        return true;
    }

    private static ImmutableArray<Step> Compile(string pattern)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        for (var at = 0; at < pattern.Length; at++)
        {
            var rest = pattern.AsSpan(at);
            if (rest.StartsWith("**/") && (at == 0 || pattern[at - 1] == '/'))
            {
                steps.Add(new Step(StepKind.Skip, '\0'));
                steps.Add(new Step(StepKind.UntilSlash, '\0'));
                at += 2;
            }
            else if (rest.StartsWith("**"))
            {
                steps.Add(new Step(StepKind.Deep, '\0'));
                at++;
            }
            else
            {
                var letter = pattern[at];
                steps.Add(new Step(letter == '*' ? StepKind.Many : letter == '?' ? StepKind.One : StepKind.Letter, letter));
            }
        }

        return steps.ToImmutable();
    }

    // All positions of the pattern that the text read so far can have reached, advanced one character at a time.
    private static bool Matches(ImmutableArray<Step> steps, string text)
    {
        var now = new bool[steps.Length + 1];
        var next = new bool[steps.Length + 1];
        Reach(steps, now, 0);
        foreach (var letter in text)
        {
            Array.Clear(next);
            for (var at = 0; at < steps.Length; at++)
            {
                if (now[at]) Advance(steps, next, at, letter);
            }

            (now, next) = (next, now);
        }

        return now[steps.Length];
    }

    private static void Advance(ImmutableArray<Step> steps, bool[] next, int at, char letter)
    {
        switch (steps[at].Kind)
        {
            case StepKind.Letter when letter == steps[at].Letter:
            case StepKind.One when letter != '/':
                Reach(steps, next, at + 1);
                break;
            case StepKind.Many when letter != '/':
            case StepKind.Deep:
                Reach(steps, next, at);
                break;
            case StepKind.UntilSlash:
                Reach(steps, next, at);
                if (letter == '/') Reach(steps, next, at + 1);
                break;
            default:
                break;
        }
    }

    private static void Reach(ImmutableArray<Step> steps, bool[] reached, int at)
    {
        if (reached[at]) return;
        reached[at] = true;
        if (at == steps.Length) return;
        if (steps[at].Kind is StepKind.Many or StepKind.Deep) Reach(steps, reached, at + 1);
        if (steps[at].Kind != StepKind.Skip) return;
        Reach(steps, reached, at + 1);
        Reach(steps, reached, at + 2);
    }

    private readonly record struct Step(StepKind Kind, char Letter);
}
