using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Addresses and networks. Names are never looked up.</summary>
internal static class NetBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.String, RegoType.String];
        var listed = RegoType.OneOf(RegoType.ArrayOf(RegoType.String), RegoType.SetOf(RegoType.String));
        var network = RegoType.OneOf(RegoType.String, RegoType.Array);
        var networks = RegoType.OneOf(
            RegoType.String, RegoType.ArrayOf(network), RegoType.ObjectOf(RegoType.String, network), RegoType.SetOf(network));
        table.Add("net.cidr_contains", two, RegoType.Boolean, static (c, v) =>
            Compare(c, v, static (left, right) => left.Contains(right), addresses: true));
        table.Add("net.cidr_intersects", two, RegoType.Boolean, static (c, v) =>
            Compare(c, v, static (left, right) => left.Overlaps(right), addresses: false));
        table.Add("net.cidr_overlap", two, RegoType.Boolean, static (c, v) =>
            Compare(c, v, static (left, right) => left.Contains(right), addresses: true), BuiltinTraits.Deprecated);
        table.Add("net.cidr_is_valid", [RegoType.String], RegoType.Boolean, static (_, v) =>
            RegoValue.Of(v[0].AsString is { } text && IpRange.Network(text.Text) is not null), guarded: [RegoType.Any]);
        table.Add("net.cidr_expand", [RegoType.String], RegoType.SetOf(RegoType.String), Expand);
        table.Add("net.cidr_merge", [listed], RegoType.SetOf(RegoType.String), Merge);
        table.Add("net.cidr_contains_matches", [networks, networks],
            RegoType.SetOf(RegoType.Tuple(RegoType.Any, RegoType.Any)), Matches, guarded: [RegoType.Any, RegoType.Any]);
    }

    private static RegoValue Compare(BuiltinContext context, ReadOnlySpan<RegoValue> operands, Func<IpRange, IpRange,
        bool> holds, bool addresses)
    {
        if (IpRange.Network(operands[0].Text) is not { } network)
            return context.Fail($"invalid CIDR address: {operands[0].Text}");
        var other = IpRange.Network(operands[1].Text) ?? (addresses ? IpRange.Address(operands[1].Text) : null);
        return other is { } range
            ? RegoValue.Of(holds(network, range))
            : context.Fail(addresses
                ? $"not a valid textual representation of an IP address or CIDR: {operands[1].Text}"
                : $"invalid CIDR address: {operands[1].Text}");
    }

    private static RegoValue Expand(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (IpRange.Network(operands[0].Text) is not { } network)
            return context.Fail($"invalid CIDR address: {operands[0].Text}");
        context.Budget.CheckSize((long)BigInteger.Min(network.Count * 16, long.MaxValue));
        var set = new RegoSetBuilder((int)network.Count);
        for (var at = network.First; true; at++)
        {
            set.Add(RegoValue.Of(network.TextOf(at)));
            if (at == network.Last) return RegoValue.Of(set.Build());
        }
    }

    private static RegoValue Merge(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var ranges = new List<IpRange>();
        foreach (ref readonly var item in AggregateBuiltins.Items(operands[0]))
        {
            if (IpRange.Network(item.Text) is { } network)
            {
                ranges.Add(network);
                continue;
            }

            if (IpRange.Address(item.Text) is not { } address) return context.Fail($"invalid CIDR address: {item.Text}");
            if (!address.IsV4) return context.Fail("IPv6 invalid: needs prefix length");

            // An address without a prefix stands for the network of its historic class, as in Go's IP.DefaultMask.
            var first = (int)(address.First >> 24);
            ranges.Add(address.Masked(first < 0x80 ? 8 : first < 0xC0 ? 16 : 24));
        }

        context.Budget.Charge(ranges.Count);
        ranges.Sort((a, b) => a.IsV4 != b.IsV4 ? b.IsV4.CompareTo(a.IsV4) : a.First.CompareTo(b.First));
        var merged = new List<IpRange>();
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && merged[^1] is var before && before.IsV4 == range.IsV4
                && (range.First <= before.Last || range.First == before.Last + 1))
                merged[^1] = before with { Last = UInt128.Max(before.Last, range.Last) };
            else
                merged.Add(range);
        }

        return RegoValue.Of(RegoSet.Of([.. merged.SelectMany(range => range.Networks()).Select(RegoValue.Of)]));
    }

    private static RegoValue Matches(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        // Nothing is read of one side when the other is empty.
        foreach (ref readonly var side in operands)
        {
            if (side.AsArray is { Count: 0 } || side.AsSet is { Count: 0 } || side.AsObject is { Count: 0 })
                return RegoValue.Of(RegoSet.Of([]));
        }

        if (Ranges(context, operands[0], 1) is not { } networks || Ranges(context, operands[1], 2) is not { } others)
            return default;
        context.Budget.Charge((long)networks.Count * others.Count);
        var found = new RegoSetBuilder();
        foreach (var (key, network) in networks)
        {
            foreach (var (otherKey, other) in others)
            {
                if (network.Contains(other)) found.Add(RegoValue.ArrayOf(key, otherKey));
            }
        }

        return RegoValue.Of(found.Build());
    }

    /// <summary>The ranges of an operand under their keys: the text itself, an index, a key, or a set's member.</summary>
    private static List<(RegoValue Key, IpRange Range)>? Ranges(BuiltinContext context, RegoValue operand, int position)
    {
        var ranges = new List<(RegoValue, IpRange)>();
        var pairs = operand.Kind switch
        {
            RegoKind.String => [(operand, operand)],
            RegoKind.Array => operand.AsArray!.Items.ToArray().Select((item, index) => (RegoValue.Of((long)index), item)),
            RegoKind.Set => operand.AsSet!.Items.ToArray().Select(item => (item, item)),
            RegoKind.Object => operand.AsObject!.Keys.ToArray().Select(key => (key, operand.AsObject.Find(key))),
            RegoKind.Undefined or RegoKind.Null or RegoKind.Boolean or RegoKind.Number => null,
        };
        if (pairs is null)
        {
            context.FailOperand(position,
                $"must be one of {{array, object, set, string}} but got {RegoKindNames.NameOf(operand.Kind)}");
            return null;
        }

        foreach (var (key, item) in pairs)
        {
            var text = item.AsString?.Text ?? (item.AsArray is { Count: > 0 } listed ? listed[0].AsString?.Text : null);
            if (text is null)
            {
                context.Fail($"operand {position}: element must be string or non-empty array");
                return null;
            }

            if ((IpRange.Network(text) ?? (position == 2 ? IpRange.Address(text) : null)) is not { } range)
            {
                context.Fail(position == 1
                    ? $"invalid CIDR address: {text}" : $"not a valid textual representation of an IP address or CIDR: {text}");
                return null;
            }

            ranges.Add((key, range));
        }

        return ranges;
    }
}
