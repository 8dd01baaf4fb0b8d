using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Goes through the items of a collection that have a wanted value at a path inside them. The items of large collections are found
/// through an index.
/// </summary>
internal sealed class JoinNode(IterateNode loop, RegoValue[] path, Source wanted) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        var value = wanted.Get(frame);
        switch (loop.Over.Get(frame).Node)
        {
            case RegoArray array:
                return Through(machine, frame, value, null, array.Raw, array.IndexBy(path));
            case RegoObject entries:
                return Through(machine, frame, value, entries.RawKeys, entries.RawValues, entries.IndexBy(path));
            case RegoSet set when path.Length == 0:
                var member = set.Find(value);
                return member.IsDefined && Visit(machine, frame, member, member);
            case RegoSet set:
                var sorted = set.Sorted;
                return Through(machine, frame, value, sorted, sorted, set.IndexBy(path));
            default:
                return false;
        }
    }

    private bool Through(
        Machine machine, RegoValue[] frame, RegoValue value, RegoValue[]? keys, RegoValue[] items, FieldIndex? index)
    {
        if (index is not null)
        {
            for (var i = index.First(value); i >= 0; i = index.After(i))
            {
                if (Visit(machine, frame, keys is null ? RegoValue.Of((long)i) : keys[i], items[i])) return true;
            }

            return false;
        }

        for (var i = 0; i < items.Length; i++)
        {
            machine.Budget.Step();
            var field = FieldIndex.At(items[i], path);
            if (!field.IsDefined || !field.Equals(value)) continue;
            if (Visit(machine, frame, keys is null ? RegoValue.Of((long)i) : keys[i], items[i])) return true;
        }

        return false;
    }

    private bool Visit(Machine machine, RegoValue[] frame, RegoValue key, RegoValue item)
    {
        machine.Budget.Step();
        frame[loop.Key] = key;
        frame[loop.Item] = item;
        return Next.Run(machine, frame);
    }
}

/// <summary>Holds when a value is a member of a set, an item of an array or a value of an object.</summary>
internal sealed class MemberNode(Source member, Source collection) : Node
{
    private static readonly RegoValue[] Itself = [];

    public override bool Run(Machine machine, RegoValue[] frame) =>
        Holds(member.Get(frame), collection.Get(frame)) && Next.Run(machine, frame);

    private static bool Holds(RegoValue member, RegoValue collection)
    {
        if (collection.Node is RegoSet set) return set.Contains(member);
        var index = collection.Node switch
        {
            RegoArray array => array.IndexBy(Itself),
            RegoObject entries => entries.IndexBy(Itself),
            _ => null,
        };
        return index is null ? CompilerBuiltins.IsMember(member, collection) : index.First(member) >= 0;
    }
}

/// <summary>Puts steps that stand beside one another together, where one step does what several did.</summary>
internal static class Fusion
{
    /// <summary>The steps of a plan, with loops that look for a value made into <see cref="JoinNode"/>s.</summary>
    public static List<Node> Of(List<Node> nodes)
    {
        var fused = new List<Node>(nodes.Count);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i] is CallBuiltinNode { Builtin.Name: "internal.member_2", Operands: [var member, var collection] } call
                && i + 1 < nodes.Count && nodes[i + 1] is TestNode test && !test.Value.IsConstant && test.Value.Slot == call.Into)
            {
                fused.Add(new MemberNode(member, collection));
                i++;
            }
            else if (nodes[i] is IterateNode loop && new LoopSearch(nodes, i).Find() is { } found)
            {
                fused.AddRange(found.Before);
                fused.Add(new JoinNode(loop, found.Path, found.Wanted));
                nodes = [.. fused, .. found.After];
                i = fused.Count - 1;
            }
            else
            {
                fused.Add(nodes[i]);
            }
        }

        return fused;
    }

    /// <summary>A loop that looks for a value.</summary>
    /// <param name="Before">Lookups that do not depend on the loop: they go before it. Where one of them finds nothing, no round of
    /// the loop would have come to its end, and nothing in between can be noticed.</param>
    /// <param name="Path">Where in an item the value is looked for.</param>
    /// <param name="Wanted">The value.</param>
    /// <param name="After">All later steps but the comparison.</param>
    private sealed record Found(List<Node> Before, RegoValue[] Path, Source Wanted, List<Node> After);

    /// <summary>Looks behind a loop for the comparison of a field of its item with a value from outside.</summary>
    private sealed class LoopSearch(List<Node> nodes, int start)
    {
        private readonly Dictionary<int, RegoValue[]> _fields = new() { [((IterateNode)nodes[start]).Item] = [] };
        private readonly HashSet<int> _inside = [((IterateNode)nodes[start]).Item, ((IterateNode)nodes[start]).Key];
        private readonly List<Node> _before = [];
        private readonly List<Node> _after = [];

        public Found? Find()
        {
            for (var i = start + 1; i < nodes.Count; i++)
            {
                switch (nodes[i])
                {
                    case LookupNode lookup:
                        Take(lookup);
                        break;
                    case EqualNode equal when (Sides(equal.Left, equal.Right) ?? Sides(equal.Right, equal.Left)) is { } sides:
                        _after.AddRange(nodes.Skip(i + 1));
                        return new Found(_before, sides.Path, sides.Wanted, _after);
                    case EqualNode or CompareNode or TestNode:
                        _after.Add(nodes[i]);
                        break;
                    default:
                        return null;
                }
            }

            return null;
        }

        private void Take(LookupNode lookup)
        {
            var isField = lookup.Root == LookupRoot.Value && !lookup.From.IsConstant && _fields.ContainsKey(lookup.From.Slot)
                && Array.TrueForAll(lookup.Keys, k => k.IsConstant);
            if (isField) _fields[lookup.Into] = [.. _fields[lookup.From.Slot], .. lookup.Keys.Select(k => k.Constant)];
            if (!isField && IsOutside(lookup.From) && Array.TrueForAll(lookup.Keys, IsOutside))
            {
                _before.Add(lookup);
                return;
            }

            _inside.Add(lookup.Into);
            _after.Add(lookup);
        }

        private (RegoValue[] Path, Source Wanted)? Sides(Source field, Source wanted) =>
            !field.IsConstant && _fields.TryGetValue(field.Slot, out var path) && IsOutside(wanted) ? (path, wanted) : null;

        private bool IsOutside(Source source) => source.IsConstant || !_inside.Contains(source.Slot);
    }
}
