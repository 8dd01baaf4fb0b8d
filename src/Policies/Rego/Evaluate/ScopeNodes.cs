using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Holds when nothing satisfies a closed plan.</summary>
internal sealed class NotNode(Node closed) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame) => !closed.Run(machine, frame) && Next.Run(machine, frame);
}

/// <summary>Holds once when something satisfies a closed plan.</summary>
internal sealed class OnceNode(Node[] closed) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        foreach (var one in closed)
        {
            if (one.Run(machine, frame)) return Next.Run(machine, frame);
        }

        return false;
    }
}

/// <summary>Holds when a closed plan is satisfied for every item of a collection.</summary>
internal sealed class EveryNode(Source over, int key, int item, Node closed) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        switch (over.Get(frame).Node)
        {
            case RegoArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    if (!Holds(machine, frame, RegoValue.Of((long)i), array[i])) return false;
                }

                break;
            case RegoObject entries:
                for (var i = 0; i < entries.Count; i++)
                {
                    if (!Holds(machine, frame, entries.RawKeys[i], entries.RawValues[i])) return false;
                }

                break;
            case RegoSet set:
                foreach (var member in set.Sorted)
                {
                    if (!Holds(machine, frame, member, member)) return false;
                }

                break;
            default:
                return false;
        }

        return Next.Run(machine, frame);
    }

    private bool Holds(Machine machine, RegoValue[] frame, RegoValue at, RegoValue value)
    {
        machine.Budget.Step();
        frame[key] = at;
        frame[item] = value;
        return closed.Run(machine, frame);
    }
}

/// <summary>Runs a closed plan and gathers what it yields.</summary>
internal sealed class ComprehensionNode(RegoKind kind, Node closed, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        Collector collector = kind switch
        {
            RegoKind.Array => new ListCollector(),
            RegoKind.Set => new SetCollector(),
            _ => new ObjectCollector(),
        };
        frame[into] = RegoValue.Of(collector);
        closed.Run(machine, frame);
        frame[into] = collector.Build();
        return Next.Run(machine, frame);
    }
}

/// <summary>Yields into the collector of a comprehension.</summary>
internal sealed class CollectNode(int collector, Source key, Source value, PolicyPlace place) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        switch (frame[collector].Node)
        {
            case ListCollector list:
                list.Add(value.Get(frame));
                break;
            case SetCollector set:
                set.Add(value.Get(frame));
                break;
            case ObjectCollector entries:
                entries.Add(key.Get(frame), value.Get(frame), place);
                break;
        }

        return false;
    }
}

/// <summary>Enters the scope of a literal with replacements.</summary>
internal sealed class EnterScopeNode(Replacement[] replacements, int pair) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var outer = machine.Scope;
        var (input, data) = (outer.Input, outer.Data);
        var hidden = outer.Hidden;
        var patch = outer.Patch;
        var mocks = outer.Mocks;
        foreach (var one in replacements)
        {
            var value = one.Value.Get(frame);
            switch (one.Kind)
            {
                case ReplacementKind.Input:
                    input = Overlay.Put(input, one.Path, value);
                    break;
                case ReplacementKind.Data:
                    data = Overlay.Put(data, one.Path, value);
                    patch = (patch ?? new DataPatch(outer.Data, RegoValue.Of(RegoObject.Empty), [])).With(one.Path, value);
                    hidden = hidden is null ? [.. one.Hides] : [.. hidden, .. one.Hides];
                    break;
                case ReplacementKind.Function:
                    mocks = mocks is null
                        ? new Dictionary<string, Mock>(StringComparer.Ordinal)
                        : new Dictionary<string, Mock>(mocks, StringComparer.Ordinal);
                    mocks[one.Function] = one.Stand ?? new Mock(null, null, value);
                    break;
            }
        }

        var inner = new Scope(input, data, machine.Policy.Groups.Count) { Hidden = hidden, Patch = patch, Mocks = mocks };
        frame[pair] = RegoValue.Of(new ScopePair(outer, inner));
        machine.Scope = inner;
        var stop = Next.Run(machine, frame);
        machine.Scope = outer;
        return stop;
    }
}

/// <summary>Leaves the scope of a literal with replacements for the rest of the body.</summary>
internal sealed class LeaveScopeNode(int pair) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var scopes = (ScopePair)frame[pair].Node!;
        machine.Scope = scopes.Outer;
        var stop = Next.Run(machine, frame);
        machine.Scope = scopes.Inner;
        frame[pair] = RegoValue.Of(scopes);
        return stop;
    }
}

/// <summary>What a replacement replaces.</summary>
internal enum ReplacementKind
{
    Input,
    Data,
    Function,
}

/// <summary>One <c>with</c>, prepared.</summary>
internal sealed record Replacement(
    ReplacementKind Kind, RegoValue[] Path, Source Value, RuleNode[] Hides, string Function, Mock? Stand);

/// <summary>Calls what stands in for a function.</summary>
internal static class CallMock
{
    public static RegoValue Run(
        Machine machine, Mock mock, Source[] operands, RegoValue[] frame, PolicyPlace place)
    {
        if (mock.Group is null && mock.Builtin is null) return mock.Value;
        var outer = machine.Scope;
        machine.Scope = outer.WithoutMocks();
        RegoValue result;
        if (mock.Builtin is not null)
        {
            result = CallBuiltinNode.Call(machine, mock.Builtin, operands, frame, place);
        }
        else
        {
            var given = new RegoValue[operands.Length];
            for (var i = 0; i < given.Length; i++) given[i] = operands[i].Get(frame);
            result = mock.Group!.Call(machine, given);
        }

        machine.Scope = outer;
        return result;
    }
}
