using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Re2;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Whether two small patterns (characters, <c>.</c>, <c>[…]</c>, with <c>*</c> or <c>+</c> behind) have a text in common that is
/// not empty: a walk over the pairs of places that both can be in at once.
/// </summary>
internal static class GlobIntersection
{
    /// <summary>The program of a small pattern, in which everything else stands for itself.</summary>
    /// <exception cref="FormatException">A bracket closes nothing.</exception>
    /// <exception cref="PatternException">A bracket is not closed, or there is nothing to repeat.</exception>
    public static RegexProgram Compile(string pattern)
    {
        var plain = new StringBuilder("(?s:");
        var inSet = false;
        for (var at = 0; at < pattern.Length; at++)
        {
            var unit = pattern[at];
            if (unit == '\\' && at + 1 < pattern.Length)
            {
                plain.Append('\\').Append(pattern[++at]);
                continue;
            }

            if (unit == ']' && !inSet)
                throw new FormatException($"input:{pattern}, pos:{at + 1}, set-close ']' with no preceding '[': the input provided is invalid");

            inSet = unit == '[' || (inSet && unit != ']');
            if (!inSet && unit is '^' or '$' or '(' or ')' or '|' or '?' or '{' or '}') plain.Append('\\');
            plain.Append(unit);
        }

        return RegexProgram.For(plain.Append(')').ToString());
    }

    /// <summary>Whether a text that is not empty matches both.</summary>
    /// <param name="left">One program.</param>
    /// <param name="right">The other.</param>
    /// <param name="charge">Is told of each step of the walk.</param>
    public static bool IsPossible(RegexProgram left, RegexProgram right, Action<long> charge)
    {
        var seen = new HashSet<(int, int)>();
        var open = new Queue<(int Left, int Right)>();
        foreach (var pair in Pairs(Places(left, left.Start), Places(right, right.Start))) open.Enqueue(pair);
        while (open.TryDequeue(out var pair))
        {
            charge(1);
            if (!seen.Add(pair)) continue;
            var (a, b) = (left.Steps[pair.Left], right.Steps[pair.Right]);
            if (a.Step != Step.Take || b.Step != Step.Take || !Meet(a.Set!, b.Set!)) continue;
            var (nextLeft, nextRight) = (Places(left, a.Next), Places(right, b.Next));
            if (nextLeft.Exists(at => left.Steps[at].Step == Step.Match)
                && nextRight.Exists(at => right.Steps[at].Step == Step.Match)) return true;
            foreach (var next in Pairs(nextLeft, nextRight)) open.Enqueue(next);
        }

        return false;
    }

    private static IEnumerable<(int Left, int Right)> Pairs(List<int> left, List<int> right) =>
        left.SelectMany(_ => right, (a, b) => (a, b));

    private static bool Meet(CodePoints left, CodePoints right) =>
        left.Ranges.Any(a => right.Ranges.Any(b => a.From <= b.To && b.From <= a.To));

    /// <summary>The instructions that can be reached without consuming anything.</summary>
    private static List<int> Places(RegexProgram program, int start)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>([start]);
        var places = new List<int>();
        while (open.TryPop(out var at))
        {
            if (!seen.Add(at)) continue;
            var step = program.Steps[at];
            if (step.Step is Step.Take or Step.Match) places.Add(at);
            if (step.Step is Step.Save or Step.Fork) open.Push(step.Next);
            if (step.Step == Step.Fork) open.Push(step.Other);
        }

        return places;
    }
}
