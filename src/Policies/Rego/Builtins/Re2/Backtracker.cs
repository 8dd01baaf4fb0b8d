using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>
/// Runs a program over a short text, one alternative after the other in the order of preference. It never comes to the same step at
/// the same place twice, since what failed once fails again: the time is at most the product of both lengths, as it is side by side
/// (<see cref="RegexMachine"/>), and the answers are the same.
/// </summary>
internal sealed class Backtracker
{
    private const long MostPlaces = 1 << 16;

    private readonly RegexProgram _program;
    private readonly string _text;
    private readonly int[] _saved;
    private readonly ulong[] _visited;
    private readonly Stack<(int Step, int At)> _open = new();

    private Backtracker(RegexProgram program, string text, int slots, long places)
    {
        _program = program;
        _text = text;
        _saved = new int[slots];
        _visited = new ulong[(places + 63) / 64];
    }

    /// <summary>A backtracker for a program and a text; null when they are too long together.</summary>
    public static Backtracker? For(RegexProgram program, string text, int slots)
    {
        var places = program.Steps.Length * (text.Length + 1L);
        return places <= MostPlaces ? new Backtracker(program, text, slots, places) : null;
    }

    /// <summary>The first match at or after a place, as <see cref="RegexMachine.Find"/> gives it.</summary>
    public int[]? Find(int from)
    {
        ValueGuard.Work(1 + (_visited.Length >> 6));
        _visited.AsSpan().Clear();
        for (var at = from; at <= _text.Length; at += Math.Max(1, Width(at)))
        {
            if (_program.IsAnchored && at > 0) return null;
            if (_program.First is { } first && (at == _text.Length || !first.Contains(UnitAt(at)))) continue;
            Array.Fill(_saved, -1);
            if (_saved.Length > 0) _saved[0] = at;
            if (Matches(at)) return (int[])_saved.Clone();
        }

        return null;
    }

    private bool Matches(int start)
    {
        _open.Clear();
        _open.Push((_program.Start, start));
        while (_open.TryPop(out var task))
        {
            var (index, at) = task;

            // A place to restore: what was saved on the way that failed does not count.
            if (index < 0)
            {
                _saved[~index] = at;
                continue;
            }

            while (index >= 0 && IsNew(index, at))
            {
                var step = _program.Steps[index];
                switch (step.Step)
                {
                    case Step.Match:
                        if (_saved.Length > 1) _saved[1] = at;
                        return true;
                    case Step.Take:
                        if (at >= _text.Length || !step.Set!.Contains(UnitAt(at))) goto default;
                        at += Width(at);
                        index = step.Next;
                        break;
                    case Step.Fork:
                        _open.Push((step.Other, at));
                        index = step.Next;
                        break;
                    case Step.Save:
                        if (step.Slot < _saved.Length)
                        {
                            _open.Push((~step.Slot, _saved[step.Slot]));
                            _saved[step.Slot] = at;
                        }

                        index = step.Next;
                        break;
                    case Step.Assert when RegexMachine.Holds(_text, step.Anchor, at):
                        index = step.Next;
                        break;
                    default:
                        index = -1;
                        break;
                }
            }
        }

        return false;
    }

    private bool IsNew(int index, int at)
    {
        var place = (index * (_text.Length + 1)) + at;
        ref var bits = ref _visited[place >> 6];
        var bit = 1UL << (place & 63);
        if ((bits & bit) != 0) return false;
        bits |= bit;
        return true;
    }

    private int UnitAt(int at)
    {
        var unit = _text[at];
        if (!char.IsSurrogate(unit)) return unit;
        Rune.DecodeFromUtf16(_text.AsSpan(at), out var rune, out _);
        return rune.Value;
    }

    private int Width(int at) =>
        at + 1 < _text.Length && char.IsSurrogatePair(_text[at], _text[at + 1]) ? 2 : 1;
}
