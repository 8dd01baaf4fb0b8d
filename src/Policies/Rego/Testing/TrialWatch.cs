using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>
/// Notes which rules and literals are tried and which of them hold. A step runs what follows it inside itself, so the steps that
/// are under way make a stack: what is tried belongs to the nearest one that has not handed on yet.
/// </summary>
internal sealed class TrialWatch : PlanWatch
{
    private readonly Dictionary<LocalNames, Dictionary<string, string>> _texts = [];
    private readonly Dictionary<PolicyPlace, string> _rules = [];
    private readonly Stack<Step> _stack = new();

    public TrialWatch() => _stack.Push(new Step(new Trial(new PolicyPlace("", 1, 1), null, "")));

    /// <summary>Takes in the names of rules, by the places of their heads.</summary>
    public void Take(IEnumerable<RuleWork> rules)
    {
        foreach (var rule in rules)
        {
            for (var one = rule; one is not null; one = one.Else) _rules[one.Source.Head.Place] = _rules[one.Place] = one.Name;
        }
    }

    /// <summary>What the query's own plan tried.</summary>
    public IReadOnlyList<RegoLiteralTrial> Told() =>
        [.. _stack.Last().Trial.Inside.SelectMany(query => query.Inside).Select(Literal)];

    public override Node? Enters(PolicyPlace place) => new EnterNode(this, place);

    public override Node? Begins(Literal literal, IReadOnlyDictionary<string, Source> known)
    {
        if (!_texts.TryGetValue(Names, out var texts)) _texts[Names] = texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = new TrialText(Names, texts);
        var trial = text.Of(literal);
        if (literal is { Term: Term.Call { Operands: [.., Term.Var output] } call } && LocalNames.IsMade(output.Name)
            && Names.Written(output.Name) is null)
        {
            texts[output.Name] = text.OfCall(call, call.Operands[..^1]);
        }

        if (literal.Term is Term.Call { Name: "eq", Operands: [Term.Var made, { } meant] } && LocalNames.IsMade(made.Name)
            && Names.Written(made.Name) is null)
        {
            texts[made.Name] = text.Of(meant);
            trial = text.Of(meant);
        }

        return new BeginNode(this, literal, trial, new TrialValues(text, known).PartsOf(literal));
    }

    public override Node? Holds(Literal literal) => new HoldNode(this);

    public override Node? Yields(PolicyPlace place) => new YieldNode(this);

    private static RegoLiteralTrial Literal(Trial trial) => new(
        trial.Text, trial.Place, trial.Tried, trial.Held, trial.Seen,
        [.. trial.Inside.Where(one => one.Literal is null).Select(Rule)],
        [.. trial.Inside.Where(one => one.Literal is not null).Select(Literal)]);

    private static RegoRuleTrial Rule(Trial trial) => new(
        trial.Text, trial.Place, trial.Tried, trial.Held, [.. trial.Inside.Where(one => one.Literal is not null).Select(Literal)]);

    private Step Push(object key, Func<Trial> make)
    {
        var above = _stack.First(step => step.IsOpen);
        var step = new Step(above.Trial.Below(key, make));
        step.Trial.Tried++;
        _stack.Push(step);
        return step;
    }

    private void Pop(Step step)
    {
        _stack.Pop();
        if (step.HasHeld) step.Trial.Held++;
    }

    /// <summary>Something that is under way.</summary>
    private sealed class Step(Trial trial)
    {
        public Trial Trial { get; } = trial;

        /// <summary>Whether what is tried now belongs to this: false while the rest of the body runs.</summary>
        public bool IsOpen { get; set; } = true;

        public bool HasHeld { get; set; }
    }

    private sealed class EnterNode(TrialWatch watch, PolicyPlace place) : Node
    {
        public override bool Run(Machine machine, RegoValue[] frame)
        {
            var step = watch.Push(place, () => new Trial(place, null, watch._rules.GetValueOrDefault(place, "")));
            var stop = Next.Run(machine, frame);
            watch.Pop(step);
            return stop;
        }
    }

    private sealed class BeginNode(TrialWatch watch, Literal literal, string text, List<TrialPart> parts) : Node
    {
        public override bool Run(Machine machine, RegoValue[] frame)
        {
            var step = watch.Push(literal, () => new Trial(literal.Place, literal, text));
            var stop = Next.Run(machine, frame);
            watch.Pop(step);
            if (!step.HasHeld) step.Trial.Seen = [.. parts.Select(part => part.Read(machine, frame)).OfType<RegoSeenValue>()];
            return stop;
        }
    }

    private sealed class HoldNode(TrialWatch watch) : Node
    {
        public override bool Run(Machine machine, RegoValue[] frame)
        {
            var step = watch._stack.Peek();
            step.HasHeld = true;
            step.IsOpen = false;
            var stop = Next.Run(machine, frame);
            step.IsOpen = true;
            return stop;
        }
    }

    private sealed class YieldNode(TrialWatch watch) : Node
    {
        public override bool Run(Machine machine, RegoValue[] frame)
        {
            watch._stack.First(step => step.Trial.Literal is null).HasHeld = true;
            return Next.Run(machine, frame);
        }
    }
}
