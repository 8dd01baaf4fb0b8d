using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>
/// Runs a program over a text, all alternatives side by side (Pike, 1987): the time is at most the product of both lengths,
/// whatever
/// the pattern. The leftmost match wins, and of several there the one that the pattern prefers, as in Go.
/// </summary>
internal sealed class RegexMachine
{
    private readonly RegexProgram _program;
    private readonly string _text;
    private readonly int _slots;
    private readonly int[] _visited;
    private readonly Backtracker? _quick;
    private readonly Stack<(int Step, int Slot, int Old)> _open = new();
    private List<(int Step, int[] Saved)> _now = [];
    private List<(int Step, int[] Saved)> _later = [];
    private int _generation;

    /// <summary>A machine for one text; it may search many times, but not on many threads.</summary>
    /// <param name="program">What to look for.</param>
    /// <param name="text">Where.</param>
    /// <param name="groups">Whether to remember where groups matched: 0 for only yes or no, 1 for the whole match, more for
    /// groups.</param>
    public RegexMachine(RegexProgram program, string text, int groups)
    {
        _program = program;
        _text = text;
        _slots = groups * 2;
        _quick = Backtracker.For(program, text, _slots);
        _visited = _quick is null ? new int[program.Steps.Length] : [];
    }

    /// <summary>The first match at or after a place: the place and end of each group in UTF-16 units, -1 for none; null without
    /// a match.</summary>
    public int[]? Find(int from)
    {
        if (_quick is not null) return _quick.Find(from);
        _now.Clear();
        int[]? found = null;
        var first = _program.First;
        for (var at = from; true;)
        {
            var unit = -1;
            var width = 0;
            if (at < _text.Length)
            {
                Rune.DecodeFromUtf16(_text.AsSpan(at), out var rune, out width);
                unit = rune.Value;
            }

            if (_now.Count == 0)
            {
                if (found is not null || (_program.IsAnchored && at > 0)) break;
                if (first is not null && (unit < 0 || !first.Contains(unit)))
                {
                    if (unit < 0) break;
                    at += width;
                    if ((at & 127) == 0) ValueGuard.Work(1);
                    continue;
                }
            }

            ValueGuard.Work(1 + (_now.Count >> 3));
            _generation++;
            if (_now.Count > 0) Renew();
            if (found is null && !(_program.IsAnchored && at > 0)) Start(at);
            if (Advance(unit, at, width, ref found) && _slots == 0) break;
            if (unit < 0) break;
            at += width;
        }

        return found;
    }

    // The threads that stand here were added in the generation before; mark them, so that a new start does not add them twice.
    private void Renew()
    {
        foreach (var (step, _) in _now) _visited[step] = _generation;
    }

    private void Start(int at)
    {
        var saved = new int[_slots];
        Array.Fill(saved, -1);
        if (_slots > 0) saved[0] = at;
        Add(_now, _program.Start, at, saved);
    }

    /// <summary>Moves every thread over one code point; true when one of them has matched.</summary>
    private bool Advance(int unit, int at, int width, ref int[]? found)
    {
        var matched = false;
        _generation++;
        _later.Clear();
        foreach (var (index, saved) in _now)
        {
            var step = _program.Steps[index];
            if (step.Step == Step.Match)
            {
                found = (int[])saved.Clone();
                if (_slots > 1) found[1] = at;
                matched = true;

                // Threads behind this one are less preferred.
                break;
            }

            if (unit >= 0 && step.Set!.Contains(unit)) Add(_later, step.Next, at + width, saved);
        }

        (_now, _later) = (_later, _now);
        return matched;
    }

    private void Add(List<(int Step, int[] Saved)> threads, int start, int at, int[] from)
    {
        var saved = from;
        _open.Push((start, -1, 0));
        while (_open.TryPop(out var task))
        {
            if (task.Slot >= 0)
            {
                saved = (int[])saved.Clone();
                saved[task.Slot] = task.Old;
                continue;
            }

            for (var index = task.Step; _visited[index] != _generation;)
            {
                _visited[index] = _generation;
                var step = _program.Steps[index];
                if (step.Step is Step.Match or Step.Take)
                {
                    threads.Add((index, saved));
                    break;
                }

                if (step.Step == Step.Assert && !Holds(_text, step.Anchor, at)) break;
                if (step.Step == Step.Fork) _open.Push((step.Other, -1, 0));
                if (step.Step == Step.Save && step.Slot < _slots)
                {
                    _open.Push((0, step.Slot, saved[step.Slot]));
                    saved = (int[])saved.Clone();
                    saved[step.Slot] = at;
                }

                index = step.Next;
            }
        }
    }

    /// <summary>Whether an anchor holds at a place.</summary>
    internal static bool Holds(string text, Anchor anchor, int at) => anchor switch
    {
        Anchor.TextBegin => at == 0,
        Anchor.TextEnd => at == text.Length,
        Anchor.LineBegin => at == 0 || text[at - 1] == '\n',
        Anchor.LineEnd => at == text.Length || text[at] == '\n',
        Anchor.WordBoundary => IsWord(text, at - 1) != IsWord(text, at),
        Anchor.NotWordBoundary => IsWord(text, at - 1) == IsWord(text, at),
    };

    private static bool IsWord(string text, int at) =>
        at >= 0 && at < text.Length && text[at] < 128 && UnicodeSets.Word.Contains(text[at]);
}
