using System.Collections.Concurrent;

namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>What one instruction of a compiled pattern does.</summary>
internal enum Step
{
    /// <summary>The pattern has matched.</summary>
    Match,

    /// <summary>Consume one code point of a set.</summary>
    Take,

    /// <summary>Go on in two places, the first preferred.</summary>
    Fork,

    /// <summary>Remember this place in the text.</summary>
    Save,

    /// <summary>Go on only at such a place.</summary>
    Assert,
}

/// <summary>One instruction.</summary>
internal sealed class Instruction(Step step)
{
    public Step Step { get; } = step;

    public CodePoints? Set { get; init; }

    public Anchor Anchor { get; init; }

    public int Slot { get; init; }

    public int Next { get; set; }

    public int Other { get; set; }
}

/// <summary>A pattern compiled to instructions (Thompson's construction). Immutable once made; safe to share.</summary>
internal sealed class RegexProgram
{
    /// <summary>How many instructions a pattern may become.</summary>
    public const int LargestProgram = 50_000;

    private const int LargestCache = 1024;

    private static readonly ConcurrentDictionary<string, RegexProgram> Cache = new(StringComparer.Ordinal);

    private readonly List<Instruction> _steps = [];
    private readonly LazyDfa _automaton;

    private RegexProgram(string pattern)
    {
        var (tree, names) = PatternParser.Parse(pattern);
        if (tree.Size > LargestProgram) throw new PatternException("expression too large", pattern);
        GroupNames = names;
        Pattern = pattern;
        Start = Compile(tree, Add(new Instruction(Step.Match)));
        Steps = [.. _steps];
        IsAnchored = Steps[Start] is { Step: Step.Assert, Anchor: Anchor.TextBegin };
        First = FirstOf(Start);
        _automaton = new LazyDfa(this);
    }

    public string Pattern { get; }

    public IReadOnlyList<string> GroupNames { get; }

    public Instruction[] Steps { get; }

    public int Start { get; }

    /// <summary>Whether a match can only begin where the text begins.</summary>
    public bool IsAnchored { get; }

    /// <summary>What a match can begin with; null when it may be empty or begin with an assertion.</summary>
    public CodePoints? First { get; }

    /// <summary>The program of a pattern, from a bounded cache.</summary>
    /// <exception cref="PatternException">It is not a pattern.</exception>
    public static RegexProgram For(string pattern)
    {
        if (Cache.TryGetValue(pattern, out var known)) return known;
        if (Cache.Count >= LargestCache) Cache.Clear();
        return Cache[pattern] = new RegexProgram(pattern);
    }

    /// <summary>Whether the pattern matches somewhere in a text.</summary>
    public bool IsMatch(string text) =>
        _automaton.TryMatch(text, out var matches) ? matches : new RegexMachine(this, text, 0).Find(0) is not null;

    private int Add(Instruction step)
    {
        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <summary>Adds the instructions of a node that go on at <paramref name="next"/>; gives where they begin.</summary>
    private int Compile(Node node, int next)
    {
        switch (node)
        {
            case Node.One one:
                return Add(new Instruction(Step.Take) { Set = one.Set, Next = next });
            case Node.At at:
                return Add(new Instruction(Step.Assert) { Anchor = at.Anchor, Next = next });
            case Node.Sequence sequence:
                for (var i = sequence.Items.Count - 1; i >= 0; i--) next = Compile(sequence.Items[i], next);
                return next;
            case Node.Choice choice:
                var last = Compile(choice.Items[^1], next);
                for (var i = choice.Items.Count - 2; i >= 0; i--) last = Fork(Compile(choice.Items[i], next), last, greedy: true);
                return last;
            case Node.Group group:
                var end = Add(new Instruction(Step.Save) { Slot = (group.Number * 2) + 1, Next = next });
                return Add(new Instruction(Step.Save) { Slot = group.Number * 2, Next = Compile(group.Item, end) });
            case Node.Repeat repeat:
                return CompileRepeat(repeat, next);
            default:
                return next;
        }
    }

    private int CompileRepeat(Node.Repeat repeat, int next)
    {
        if (repeat.Most < 0)
        {
            next = repeat.Least == 0 ? Star(repeat, next) : Plus(repeat, next);
            for (var i = 1; i < repeat.Least; i++) next = Compile(repeat.Item, next);
            return next;
        }

        // x{2,5} is xx(x(x(x)?)?)?
        var after = next;
        for (var i = repeat.Least; i < repeat.Most; i++) next = Fork(Compile(repeat.Item, next), after, repeat.Greedy);
        for (var i = 0; i < repeat.Least; i++) next = Compile(repeat.Item, next);
        return next;
    }

    private int Star(Node.Repeat repeat, int next)
    {
        // Of something that may be empty, (x+)? gets the order of preference right.
        if (repeat.Item.IsNullable) return Fork(Plus(repeat, next), next, repeat.Greedy);
        var loop = Fork(0, 0, greedy: true);
        Aim(loop, Compile(repeat.Item, loop), next, repeat.Greedy);
        return loop;
    }

    private int Plus(Node.Repeat repeat, int next)
    {
        var loop = Fork(0, 0, greedy: true);
        var body = Compile(repeat.Item, loop);
        Aim(loop, body, next, repeat.Greedy);
        return body;
    }

    private int Fork(int more, int less, bool greedy)
    {
        var fork = Add(new Instruction(Step.Fork));
        Aim(fork, more, less, greedy);
        return fork;
    }

    private void Aim(int fork, int more, int less, bool greedy)
    {
        _steps[fork].Next = greedy ? more : less;
        _steps[fork].Other = greedy ? less : more;
    }

    private CodePoints? FirstOf(int start)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>([start]);
        var ranges = new List<(int, int)>();
        while (open.TryPop(out var at))
        {
            if (!seen.Add(at)) continue;
            var step = Steps[at];
            switch (step.Step)
            {
                case Step.Match or Step.Assert:
                    return null;
                case Step.Take:
                    ranges.AddRange(step.Set!.Ranges);
                    break;
                case Step.Save:
                    open.Push(step.Next);
                    break;
                case Step.Fork:
                    open.Push(step.Next);
                    open.Push(step.Other);
                    break;
            }
        }

        return new CodePoints(ranges);
    }
}
