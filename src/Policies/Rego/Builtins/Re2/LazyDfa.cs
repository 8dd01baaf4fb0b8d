using System.Buffers;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>
/// Answers whether a program matches somewhere in an ASCII text: sets of alternatives become states that are made when they are
/// first
/// reached and kept, so that most characters cost one look into a table. Everything else, and a pattern that makes too many
/// states, is
/// left to <see cref="RegexMachine"/>. Safe for many threads.
/// </summary>
internal sealed class LazyDfa
{
    private const int End = 128;
    private const int MostStates = 256;

    private readonly RegexProgram _program;
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly State _accept = new([], Before.Other);
    private readonly bool _looksBack;
    private readonly State _start;
    private readonly SearchValues<char>? _first;
    private readonly SearchValues<string>? _begin;

    public LazyDfa(RegexProgram program)
    {
        _program = program;
        _looksBack = Array.Exists(
            program.Steps, s => s.Step == Step.Assert
                && s.Anchor is Anchor.LineBegin or Anchor.WordBoundary or Anchor.NotWordBoundary);
        _start = new State([program.Start], Before.Begin);
        if (program.First is not { } first || program.IsAnchored) return;

        // Nothing has begun to match: the next place where something may begin is found many characters at a time.
        var begins = Enumerable.Range(0, End).Where(first.Contains).Select(unit => (char)unit).ToArray();
        if (begins.Length < End / 2) _first = SearchValues.Create(begins);
        if (_first is not null) _begin = Begin(program);
        _start.IsIdle = _first is not null;
    }

    /// <summary>What stood before the place where a state is.</summary>
    private enum Before
    {
        Begin,
        Newline,
        Word,
        Other,
    }

    /// <summary>The characters, in either case or in one, that every match begins with; null when they are fewer than two.</summary>
    private static SearchValues<string>? Begin(RegexProgram program)
    {
        var text = new StringBuilder();
        bool isExact = true, isEither = true;
        for (var at = program.Start; program.Steps[at] is { Step: Step.Take or Step.Save } step; at = step.Next)
        {
            if (step.Step == Step.Save) continue;
            var units = Enumerable.Range(0, End).Where(step.Set!.Contains).ToArray();
            if (units.Length is 0 or > 2) break;
            var isPair = units.Length == 2 && char.IsAsciiLetter((char)units[0]) && (units[0] ^ units[1]) == 0x20;
            if (units.Length == 2 && !isPair) break;
            if (isPair ? !isEither : !isExact && char.IsAsciiLetter((char)units[0])) break;
            if (isPair) isExact = false;
            else if (char.IsAsciiLetter((char)units[0])) isEither = false;
            text.Append((char)units[0]);
        }

        if (text.Length < 2) return null;
        return SearchValues.Create([text.ToString()], isExact ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the text is one that this automaton answers, and then whether it matches.</summary>
    public bool TryMatch(string text, out bool matches)
    {
        matches = false;
        if (!Ascii.IsValid(text)) return false;
        var at = _start;
        for (var i = 0; i < text.Length; i++)
        {
            if ((i & 255) == 255) ValueGuard.Work(1);
            if (at.IsIdle)
            {
                var skipped = _begin is null ? text.AsSpan(i).IndexOfAny(_first!) : text.AsSpan(i).IndexOfAny(_begin);
                if (skipped < 0) return true;
                i += skipped;
            }

            var unit = text[i];
            var next = at.Next[unit] ?? Advance(at, unit);
            if (next is null) return false;
            if (ReferenceEquals(next, _accept))
            {
                matches = true;
                return true;
            }

            if (next.Kernel.Length == 0) return true;
            at = next;
        }

        var last = at.Next[End] ?? Advance(at, End);
        matches = ReferenceEquals(last, _accept);
        return last is not null;
    }

    /// <summary>The state after one character; null when there are too many states.</summary>
    private State? Advance(State from, int unit)
    {
        ValueGuard.Work(1 + (from.Kernel.Length >> 2));
        var kernel = new SortedSet<int>();
        var seen = new HashSet<int>();
        var open = new Stack<int>(from.Kernel);
        while (open.TryPop(out var index))
        {
            if (!seen.Add(index)) continue;
            if ((seen.Count & 15) == 0) ValueGuard.Work(2);
            var step = _program.Steps[index];
            switch (step.Step)
            {
                case Step.Match:
                    return from.Next[unit] = _accept;
                case Step.Take when unit != End && step.Set!.Contains(unit):
                    kernel.Add(step.Next);
                    break;
                case Step.Fork:
                    open.Push(step.Next);
                    open.Push(step.Other);
                    break;
                case Step.Save:
                    open.Push(step.Next);
                    break;
                case Step.Assert when Holds(step.Anchor, from.Before, unit):
                    open.Push(step.Next);
                    break;
            }
        }

        if (!_program.IsAnchored && unit != End) kernel.Add(_program.Start);
        return Known(from, unit, [.. kernel], BeforeNext(unit));
    }

    private State? Known(State from, int unit, int[] kernel, Before before)
    {
        var key = $"{(int)before}:{string.Join(',', kernel)}";
        lock (_states)
        {
            if (!_states.TryGetValue(key, out var state))
            {
                if (_states.Count >= MostStates) return null;
                var isIdle = _first is not null && kernel is [var only] && only == _program.Start;
                _states[key] = state = new State(kernel, before) { IsIdle = isIdle };
            }

            return from.Next[unit] = state;
        }
    }

    private Before BeforeNext(int unit)
    {
        if (!_looksBack || unit == End) return Before.Other;
        return unit == '\n' ? Before.Newline : IsWord(unit) ? Before.Word : Before.Other;
    }

    private static bool Holds(Anchor anchor, Before before, int unit) => anchor switch
    {
        Anchor.TextBegin => before == Before.Begin,
        Anchor.TextEnd => unit == End,
        Anchor.LineBegin => before is Before.Begin or Before.Newline,
        Anchor.LineEnd => unit is End or '\n',
        Anchor.WordBoundary => before == Before.Word != IsWord(unit),
        Anchor.NotWordBoundary => before == Before.Word == IsWord(unit),
    };

    private static bool IsWord(int unit) => unit != End && UnicodeSets.Word.Contains(unit);

    private sealed class State(int[] kernel, Before before)
    {
        public int[] Kernel { get; } = kernel;

        public Before Before { get; } = before;

        /// <summary>Whether no match has begun, and it is known what one begins with.</summary>
        public bool IsIdle { get; set; }

        public State?[] Next { get; } = new State?[End + 1];
    }
}
