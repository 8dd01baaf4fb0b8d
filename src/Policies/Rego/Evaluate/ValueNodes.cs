using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Loads the input document.</summary>
internal sealed class LoadInputNode(int into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var input = machine.Scope.Input;
        if (!input.IsDefined) return false;
        frame[into] = input;
        return Next.Run(machine, frame);
    }
}

/// <summary>Looks up known keys, one after the other, from the input document, the base documents or a value.</summary>
internal sealed class LookupNode(LookupRoot root, Source from, Source[] keys, int into, BaseReading reading) : Node
{
    private readonly FieldSight[] _sights = [.. keys.Select(k => new FieldSight(k.IsConstant ? k.Constant : default))];
    private readonly int _constants = Array.FindIndex(keys, k => !k.IsConstant) is var first and >= 0 ? first : keys.Length;
    private BaseSight? _base;

    public LookupRoot Root => root;

    public Source From => from;

    public Source[] Keys => keys;

    public int Into => into;

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        RegoValue at;
        var i = 0;
        switch (root)
        {
            case LookupRoot.Value:
                at = from.Get(frame);
                break;
            case LookupRoot.Input:
                at = machine.Scope.Input;
                break;
            default:
                if (machine.Scope.Patch is { } patch && Patched(machine, patch, frame) is { IsDefined: true } patched)
                {
                    frame[into] = patched;
                    return Next.Run(machine, frame);
                }

                at = AtBase(machine.Scope);
                i = _constants;
                break;
        }

        for (; i < keys.Length; i++)
        {
            if (i < _constants && at.Node is RegoObject entries)
            {
                at = _sights[i].In(entries);
                if (at.IsDefined) continue;
                return false;
            }

            at = Step(at, keys[i].Get(frame));
            if (!at.IsDefined) return false;
        }

        if (!at.IsDefined) return false;
        frame[into] = at;
        return Next.Run(machine, frame);
    }

    private RegoValue Patched(Machine machine, DataPatch patch, RegoValue[] frame)
    {
        var path = new RegoValue[keys.Length];
        for (var i = 0; i < path.Length; i++) path[i] = keys[i].Get(frame);
        return patch.Read(machine.Builtins, machine.Scope.Data, path, reading);
    }

    /// <summary>The base document where the constant keys lead: it stays the same as long as the documents do.</summary>
    private RegoValue AtBase(Scope scope)
    {
        var data = scope.Data;
        if (_base is { } seen && ReferenceEquals(seen.Data, data.Node)) return seen.Value;
        var at = data;
        for (var i = 0; i < _constants && at.IsDefined; i++) at = Step(at, keys[i].Constant);
        if (scope.IsOutermost && data.Node is not null) _base = new BaseSight(data.Node, at);
        return at;
    }

    private RegoValue Step(RegoValue at, RegoValue key)
    {
        switch (at.Node)
        {
            case RegoObject entries:
                var found = entries.Find(key);

                // Base documents are stored by paths of strings: there the number 2 finds the key "2".
                if (!found.IsDefined && root == LookupRoot.Base && key.Kind == RegoKind.Number)
                {
                    found = entries[RegoNumber.TextOf(key)];
                }
                return found;
            case RegoArray items:
                return items.Find(key);
            case RegoSet members:
                return members.Find(key);
            default:
                return default;
        }
    }
}

/// <summary>Where a lookup begins.</summary>
internal enum LookupRoot
{
    Value,
    Input,
    Base,
}

/// <summary>Goes through a collection.</summary>
internal sealed class IterateNode(Source over, int key, int item) : Node
{
    public Source Over => over;

    public int Key => key;

    public int Item => item;

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        switch (over.Get(frame).Node)
        {
            case RegoArray array:
                var items = array.Raw;
                for (var i = 0; i < items.Length; i++)
                {
                    machine.Budget.Step();
                    frame[key] = RegoValue.Of((long)i);
                    frame[item] = items[i];
                    if (Next.Run(machine, frame)) return true;
                }

                return false;
            case RegoObject entries:
                var (keys, values) = (entries.RawKeys, entries.RawValues);
                for (var i = 0; i < keys.Length; i++)
                {
                    machine.Budget.Step();
                    frame[key] = keys[i];
                    frame[item] = values[i];
                    if (Next.Run(machine, frame)) return true;
                }

                return false;
            case RegoSet set:
                foreach (var member in set.Sorted)
                {
                    machine.Budget.Step();
                    frame[key] = member;
                    frame[item] = member;
                    if (Next.Run(machine, frame)) return true;
                }

                return false;
            default:
                return false;
        }
    }
}

/// <summary>Holds when a value is not false.</summary>
internal sealed class TestNode(Source value) : Node
{
    public Source Value => value;

    public override bool Run(Machine machine, RegoValue[] frame) => value.Get(frame).Holds && Next.Run(machine, frame);
}

/// <summary>Holds when two values are equal.</summary>
internal sealed class EqualNode(Source left, Source right) : Node
{
    public Source Left => left;

    public Source Right => right;

    public override bool Run(Machine machine, RegoValue[] frame) =>
        left.Get(frame).Equals(right.Get(frame)) && Next.Run(machine, frame);
}

/// <summary>Holds when two values compare as wanted.</summary>
internal sealed class CompareNode(string name, Source left, Source right) : Node
{
    private readonly int _accepts = name switch
    {
        "lt" => 0b001,
        "lte" => 0b011,
        "gt" => 0b100,
        "gte" => 0b110,
        _ => 0b101,
    };

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var (a, b) = (left.Get(frame), right.Get(frame));
        int order;
        if (a.TryInteger(out var x) && b.TryInteger(out var y)) order = x.CompareTo(y);
        else if (_accepts == 0b101) order = a.Equals(b) ? 0 : 1;
        else order = RegoOrder.Compare(a, b);
        return (_accepts & (1 << (Math.Sign(order) + 1))) != 0 && Next.Run(machine, frame);
    }
}

/// <summary>Makes an array, a set or an object of values.</summary>
internal sealed class MakeNode(RegoKind kind, Source[] items, Source[] values, int into) : Node
{
    private readonly ObjectShape? _shape = kind == RegoKind.Object && Array.TrueForAll(items, i => i.IsConstant)
        ? ObjectShape.Of([.. items.Select(i => i.Constant)])
        : null;

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        frame[into] = Make(kind, items, values, frame, _shape);
        return Next.Run(machine, frame);
    }

    public static RegoValue Make(
        RegoKind kind, Source[] items, Source[] values, RegoValue[] frame, ObjectShape? shape = null)
    {
        if (kind == RegoKind.Object)
        {
            if (shape is not null) return RegoValue.Of(Shaped(shape, values, frame));
            var entries = new RegoObjectBuilder(items.Length);
            for (var i = 0; i < items.Length; i++) entries.Set(items[i].Get(frame), values[i].Get(frame));
            return RegoValue.Of(entries.Build());
        }

        var all = new RegoValue[items.Length];
        for (var i = 0; i < all.Length; i++) all[i] = items[i].Get(frame);
        return kind == RegoKind.Set ? RegoValue.Of(RegoSet.Of(all)) : RegoValue.Of(new RegoArray(all));
    }

    private static RegoObject Shaped(ObjectShape shape, Source[] values, RegoValue[] frame)
    {
        var made = new RegoValue[values.Length];
        for (var i = 0; i < made.Length; i++) made[shape.PlaceOf(i)] = values[i].Get(frame);
        return shape.WithSorted(made);
    }
}

/// <summary>Takes an array of a certain length apart; slots below zero are not wanted.</summary>
internal sealed class OpenArrayNode(Source array, int[] into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        if (array.Get(frame).Node is not RegoArray items || items.Count != into.Length) return false;
        for (var i = 0; i < into.Length; i++)
        {
            if (into[i] >= 0) frame[into[i]] = items[i];
        }

        return Next.Run(machine, frame);
    }
}

/// <summary>Takes an object with certain keys, and no others, apart.</summary>
internal sealed class OpenObjectNode(Source entries, Source[] keys, int[] into) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        if (entries.Get(frame).Node is not RegoObject found || found.Count != keys.Length) return false;
        for (var i = 0; i < keys.Length; i++)
        {
            var value = found.Find(keys[i].Get(frame));
            if (!value.IsDefined) return false;
            frame[into[i]] = value;
        }

        return Next.Run(machine, frame);
    }
}

/// <summary>Goes through everything inside a value, with the path to it.</summary>
internal sealed class WalkNode(Source value, int path, int item) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame) => Visit(machine, frame, value.Get(frame), []);

    private bool Visit(Machine machine, RegoValue[] frame, RegoValue at, RegoValue[] above)
    {
        machine.Budget.Step();
        StackRoom.Ensure();
        if (path >= 0) frame[path] = RegoValue.Of(new RegoArray(above));
        if (item >= 0) frame[item] = at;
        if (Next.Run(machine, frame)) return true;
        switch (at.Node)
        {
            case RegoArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    if (Visit(machine, frame, array[i], Below(above, RegoValue.Of((long)i)))) return true;
                }

                return false;
            case RegoObject entries:
                for (var i = 0; i < entries.Count; i++)
                {
                    if (Visit(machine, frame, entries.RawValues[i], Below(above, entries.RawKeys[i]))) return true;
                }

                return false;
            case RegoSet set:
                foreach (var member in set.Sorted)
                {
                    if (Visit(machine, frame, member, Below(above, member))) return true;
                }

                return false;
            default:
                return false;
        }
    }

    private RegoValue[] Below(RegoValue[] above, RegoValue key) => path < 0 ? above : [.. above, key];
}

/// <summary>
/// Calls a built-in function; an answer of nothing fails. A costly one is not called again with the very operands that it had the
/// last time: what does not change inside a loop is computed once.
/// </summary>
/// <param name="builtin">The function.</param>
/// <param name="operands">What it is given.</param>
/// <param name="into">The slot of its answer.</param>
/// <param name="kept">The first of the slots that keep the last operands and the last answer; -1 for none.</param>
/// <param name="place">Where the call stands.</param>
internal sealed class CallBuiltinNode(Builtin builtin, Source[] operands, int into, int kept, PolicyPlace place) : Node
{
    private readonly bool _isVoid = builtin.Is(BuiltinTraits.Void);

    public Builtin Builtin => builtin;

    public Source[] Operands => operands;

    public int Into => into;

    public override bool Run(Machine machine, RegoValue[] frame)
    {
        RegoValue result;
        if (machine.Scope.Mocks is { } mocks && mocks.TryGetValue(builtin.Name, out var mock))
        {
            result = CallMock.Run(machine, mock, operands, frame, place);
        }
        else if (kept >= 0)
        {
            result = IsAgain(frame) ? frame[kept + operands.Length] : CallAndKeep(machine, frame);
        }
        else
        {
            result = Call(machine, builtin, operands, frame, place);
        }

        if (!result.IsDefined && !_isVoid) return false;
        frame[into] = result;
        return Next.Run(machine, frame);
    }

    private bool IsAgain(RegoValue[] frame)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            var given = operands[i].Get(frame);
            ref var before = ref frame[kept + i];
            if (!ReferenceEquals(given.Node, before.Node) || given.Bits != before.Bits) return false;
        }

        return true;
    }

    private RegoValue CallAndKeep(Machine machine, RegoValue[] frame)
    {
        var result = Call(machine, builtin, operands, frame, place);

        // An answer of nothing comes with an error, which each call has anew.
        for (var i = 0; i < operands.Length; i++) frame[kept + i] = result.IsDefined ? operands[i].Get(frame) : default;
        frame[kept + operands.Length] = result;
        return result;
    }

    public static RegoValue Call(Machine machine, Builtin builtin, Source[] operands, RegoValue[] frame, PolicyPlace place)
    {
        machine.Budget.Step();
        var given = operands.Length <= machine.Operands.Length ? machine.Operands : new RegoValue[operands.Length];
        for (var i = 0; i < operands.Length; i++) given[i] = operands[i].Get(frame);
        machine.Builtins.Place = place;
        return builtin.Call(machine.Builtins, given.AsSpan(0, operands.Length));
    }
}
