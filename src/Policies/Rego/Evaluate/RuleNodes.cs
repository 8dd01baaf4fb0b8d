using GitOpsGate.Policies.Rego.Compile;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Reads the whole document of a rule.</summary>
internal sealed class ReadRuleNode(RuleGroup group, RegoValue[] path, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var value = machine.Scope.Hides(group.Node) ? Overlay.Find(machine.Scope.Data, path) : group.Document(machine);
        if (!value.IsDefined) return false;
        frame[into] = value;
        return Next.Run(machine, frame);
    }
}

/// <summary>Asks a rule with keys or members for one of them, without making the rest.</summary>
internal sealed class AskRuleNode(RuleGroup group, RegoValue[] path, Source[] keys, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        RegoValue value;
        if (machine.Scope.Hides(group.Node))
        {
            value = Overlay.Find(machine.Scope.Data, path);
            foreach (var key in keys) value = Builtins.CompilerBuiltins.Lookup(value, key.Get(frame));
        }
        else if (keys.Length == 1)
        {
            value = group.Entry(machine, [keys[0].Get(frame)]);
        }
        else
        {
            var asked = new RegoValue[keys.Length];
            for (var i = 0; i < asked.Length; i++) asked[i] = keys[i].Get(frame);
            value = group.Entry(machine, asked);
        }

        if (!value.IsDefined) return false;
        frame[into] = value;
        return Next.Run(machine, frame);
    }
}

/// <summary>Calls a function that is a rule.</summary>
internal sealed class CallRuleNode(RuleGroup group, string name, Source[] operands, int into, PolicyPlace place) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        RegoValue result;
        if (machine.Scope.Mocks is { } mocks && mocks.TryGetValue(name, out var mock))
        {
            result = CallMock.Run(machine, mock, operands, frame, place);
        }
        else
        {
            var given = machine.Operands;
            if (operands.Length > given.Length) given = new RegoValue[operands.Length];
            for (var i = 0; i < operands.Length; i++) given[i] = operands[i].Get(frame);
            result = group.Call(machine, given.AsSpan(0, operands.Length));
        }

        if (!result.IsDefined) return false;
        frame[into] = result;
        return Next.Run(machine, frame);
    }
}

/// <summary>Reads everything below a place in the tree of rules, laid over the base documents.</summary>
internal sealed class ReadTreeNode(RuleNode node, RegoValue[] path, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var value = Overlay.Document(machine, node, machine.Scope.Whole(machine.Builtins, path));
        if (!value.IsDefined) return false;
        frame[into] = value;
        return Next.Run(machine, frame);
    }
}

/// <summary>Begins a path with variables in the overlay.</summary>
internal sealed class OpenCursorNode(RuleNode node, RegoValue[] path, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        frame[into] = RegoValue.Of(new Cursor(node, Overlay.Find(machine.Scope.Data, path)));
        return Next.Run(machine, frame);
    }
}

/// <summary>Goes one known key down the overlay.</summary>
internal sealed class StepCursorNode(int from, Source key, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var at = frame[from];
        var found = at.Node is Cursor cursor
            ? Overlay.Step(machine, cursor, key.Get(frame))
            : Builtins.CompilerBuiltins.Lookup(at, key.Get(frame));
        if (found.Node is null) return false;
        frame[into] = found;
        return Next.Run(machine, frame);
    }
}

/// <summary>Goes through everything one step down the overlay.</summary>
internal sealed class IterateCursorNode(int from, int key, int into) : Node
{
    private readonly IterateNode _plain = new(Source.At(from), key, into);

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        if (frame[from].Node is not Cursor cursor)
        {
            _plain.Next = Next;
            return _plain.Run(machine, frame);
        }

        foreach (var name in Overlay.KeysOf(cursor))
        {
            machine.Budget.Step();
            var found = Overlay.Step(machine, cursor, name);
            if (found.Node is null) continue;
            frame[key] = name;
            frame[into] = found;
            if (Next.Run(machine, frame)) return true;
        }

        return false;
    }
}

/// <summary>Makes a value of where a path in the overlay has arrived.</summary>
internal sealed class CloseCursorNode(int from, int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var at = frame[from];
        if (at.Node is Cursor cursor) at = Overlay.Document(machine, cursor.Node, cursor.Base);
        if (!at.IsDefined) return false;
        frame[into] = at;
        return Next.Run(machine, frame);
    }
}

/// <summary>Yields the value of a rule: two different ones are a conflict.</summary>
internal sealed class YieldValueNode(Source value, bool stops, bool isFunction, PolicyPlace place) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var made = value.Get(frame);
        ref var known = ref frame[0];
        if (!known.IsDefined) known = made;
        else if (!known.Equals(made)) throw RuleGroup.Differs(isFunction, place);
        return stops;
    }
}

/// <summary>Yields a member into the set of a rule.</summary>
internal sealed class YieldMemberNode(Source member) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        ((SetCollector)frame[0].Node!).Add(member.Get(frame));
        return false;
    }
}

/// <summary>Yields an entry, or a member under keys, into the document of a rule.</summary>
internal sealed class YieldEntryNode(Source[] keys, Source value, bool isMember, PolicyPlace place) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var document = (DocumentCollector)frame[0].Node!;
        foreach (ref readonly var key in keys.AsSpan()) document = document.At(key.Get(frame), place);
        if (isMember) document.AddMember(value.Get(frame), place);
        else document.Put(value.Get(frame), place);
        return false;
    }
}
