using System.Numerics;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Functions on strings. Positions and lengths count code points; comparisons are of characters, never of a culture.
/// </summary>
internal static class StringBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] one = [RegoType.String];
        RegoType[] two = [RegoType.String, RegoType.String];
        var strings = RegoType.OneOf(RegoType.ArrayOf(RegoType.String), RegoType.SetOf(RegoType.String));
        var oneOrMany = RegoType.OneOf(RegoType.String, strings);
        RegoType[] texts = [oneOrMany, oneOrMany];
        RegoType[] any = [RegoType.Any, RegoType.Any];
        var list = RegoType.ArrayOf(RegoType.String);
        table.Add("concat", [RegoType.String, strings], RegoType.String, Concat);
        table.Add("contains", two, RegoType.Boolean, static (_, v) =>
            RegoValue.Of(v[0].Text.Contains(v[1].Text, StringComparison.Ordinal)));
        table.Add("startswith", two, RegoType.Boolean, static (_, v) =>
            RegoValue.Of(v[0].Text.StartsWith(v[1].Text, StringComparison.Ordinal)));
        table.Add("endswith", two, RegoType.Boolean, static (_, v) =>
            RegoValue.Of(v[0].Text.EndsWith(v[1].Text, StringComparison.Ordinal)));
        table.Add("format_int", [RegoType.Number, RegoType.Number], RegoType.String, FormatInt);
        table.Add("lower", one, RegoType.String, static (_, v) => RegoValue.Of(GoCase.Lower(v[0].Text)));
        table.Add("upper", one, RegoType.String, static (_, v) => RegoValue.Of(GoCase.Upper(v[0].Text)));
        table.Add("replace", [RegoType.String, RegoType.String, RegoType.String], RegoType.String, Replace);
        table.Add("strings.replace_n", [RegoType.ObjectOf(RegoType.String, RegoType.String), RegoType.String], RegoType.String,
            ReplaceMany);
        table.Add("split", two, list, static (c, v) => Strings(c, Split(v[0].Text, v[1].Text)));
        table.Add("strings.split_n", [RegoType.String, RegoType.String, RegoType.Number], list, SplitSome);
        table.Add("sprintf", [RegoType.String, RegoType.Array], RegoType.String, Sprintf);
        table.Add(
            "strings.any_prefix_match", texts, RegoType.Boolean,
            static (c, v) => AnyMatch(c, v, static (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
            guarded: any);
        table.Add(
            "strings.any_suffix_match", texts, RegoType.Boolean,
            static (c, v) => AnyMatch(c, v, static (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
            guarded: any);
        table.Add("trim", two, RegoType.String, static (_, v) => Trim(v, start: true, end: true));
        table.Add("trim_left", two, RegoType.String, static (_, v) => Trim(v, start: true, end: false));
        table.Add("trim_right", two, RegoType.String, static (_, v) => Trim(v, start: false, end: true));
        table.Add("trim_space", one, RegoType.String, static (_, v) => RegoValue.Of(v[0].Text.Trim()));
        table.Add("trim_prefix", two, RegoType.String, TrimPrefix);
        table.Add("trim_suffix", two, RegoType.String, TrimSuffix);
    }

    /// <summary>The parts of a text between separators; an empty separator stands between all code points.</summary>
    internal static List<string> Split(string text, string separator)
    {
        if (separator.Length > 0) return [.. text.Split(separator)];
        return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
    }

    internal static RegoValue Strings(BuiltinContext context, List<string> items)
    {
        context.Budget.CheckSize(items.Count);
        return RegoValue.ArrayOf([.. items.Select(RegoValue.Of)]);
    }

    private static RegoValue Concat(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var items = AggregateBuiltins.Items(operands[1]);
        var separator = operands[0].Text;
        long size = (long)separator.Length * items.Length;
        foreach (ref readonly var item in items) size += item.Text.Length;
        context.Budget.CheckSize(size);
        var text = new StringBuilder();
        for (var i = 0; i < items.Length; i++) text.Append(i > 0 ? separator : "").Append(items[i].Text);
        return RegoValue.Of(text.ToString());
    }

    private static RegoValue FormatInt(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!operands[1].TryInteger(out var numberBase) || numberBase is not (2 or 8 or 10 or 16))
            return context.FailOperand(2, "must be one of {2, 8, 10, 16}");
        var number = RegoNumber.TryBig(operands[0], out var whole) ? whole : RegoNumber.ToWide(operands[0]).Truncate();
        return context.Sized(IntegerText.Of(number, (int)numberBase));
    }

    private static RegoValue Replace(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (text, old, with) = (operands[0].Text, operands[1].Text, operands[2].Text);
        var count = old.Length == 0 ? text.Length + 1 : text.AsSpan().Count(old);
        context.Budget.CheckSize(text.Length + ((long)count * Math.Max(0, with.Length - old.Length)));
        if (old.Length > 0) return RegoValue.Of(text.Replace(old, with, StringComparison.Ordinal));
        var mixed = new StringBuilder(with);
        foreach (var rune in text.EnumerateRunes()) mixed.Append(rune).Append(with);
        return RegoValue.Of(mixed.ToString());
    }

    /// <summary>One pass from left to right; at each place the first pattern in order that matches is replaced.</summary>
    private static RegoValue ReplaceMany(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var patterns = operands[0].AsObject!;
        var text = operands[1].Text;
        var result = new StringBuilder();
        var afterEmpty = false;
        for (var at = 0; at <= text.Length;)
        {
            context.Budget.Charge(patterns.Count);
            var found = -1;
            for (var i = 0; i < patterns.Count && found < 0; i++)
            {
                var pattern = patterns.Keys[i].Text;
                if (pattern.Length == 0 && afterEmpty) continue;
                if (text.AsSpan(at).StartsWith(pattern, StringComparison.Ordinal)) found = i;
            }

            afterEmpty = found >= 0 && patterns.Keys[found].Text.Length == 0;
            if (found >= 0)
            {
                result.Append(patterns.Values[found].Text);
                context.Budget.CheckSize(result.Length);
                at += patterns.Keys[found].Text.Length;
            }

            if (found >= 0) continue;
            if (at < text.Length) result.Append(text[at]);
            at++;
        }

        return RegoValue.Of(result.ToString());
    }

    private static RegoValue SplitSome(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!RegoNumber.TryBig(operands[2], out var wanted))
            return context.FailOperand(3, "must be integer number but got floating-point number");
        var parts = Split(operands[0].Text, operands[1].Text);
        var count = (int)BigInteger.Min(BigInteger.Abs(wanted), parts.Count);
        return Strings(context, wanted.Sign >= 0 ? parts[..count] : parts[^count..]);
    }

    private static RegoValue Sprintf(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var items = operands[1].AsArray!.Items;
        var arguments = new object[items.Length];
        context.Measure(operands[1]);
        for (var i = 0; i < items.Length; i++) arguments[i] = Argument(items[i]);
        return context.Sized(GoFormat.Of(operands[0].Text, arguments, context.Budget.CheckSize));
    }

    private static object Argument(RegoValue value)
    {
        if (value.AsString is { } text) return text.Text;
        if (value.TryInteger(out var small)) return (BigInteger)small;
        if (value.Kind != RegoKind.Number) return value.ToString();
        var written = RegoNumber.TextOf(value);
        if (!written.AsSpan().ContainsAny('.', 'e', 'E') && RegoNumber.TryBig(value, out var big)) return big;
        var number = RegoNumber.ToDouble(value);
        return written.Contains('.', StringComparison.Ordinal) && double.IsFinite(number) ? number : written;
    }

    private static RegoValue AnyMatch(BuiltinContext context, ReadOnlySpan<RegoValue> operands, Func<string, string,
        bool> matches)
    {
        for (var i = 0; i < operands.Length; i++)
        {
            if (Unfit(operands[i]) is { } unfit) return context.FailOperand(i + 1, unfit);
        }

        ReadOnlySpan<RegoValue> texts = operands[0].AsString is null ? AggregateBuiltins.Items(operands[0]) : operands[..1];
        ReadOnlySpan<RegoValue> parts = operands[1].AsString is null ? AggregateBuiltins.Items(operands[1]) : operands[1..2];
        foreach (ref readonly var text in texts)
        {
            context.Budget.Charge(parts.Length);
            foreach (ref readonly var part in parts)
            {
                if (matches(text.Text, part.Text)) return RegoValue.True;
            }
        }

        return RegoValue.False;
    }

    /// <summary>Why a value is neither text nor a list nor a set of texts, in the words of OPA; null when it is.</summary>
    private static string? Unfit(RegoValue value)
    {
        if (value.Kind is not (RegoKind.String or RegoKind.Array or RegoKind.Set))
            return $"must be one of {{string, set, array}} but got {RegoKindNames.NameOf(value.Kind)}";
        if (value.AsString is not null) return null;
        var name = RegoKindNames.NameOf(value.Kind);
        foreach (ref readonly var item in AggregateBuiltins.Items(value))
        {
            if (item.AsString is null)
                return $"must be {name} of strings but got {name} containing {RegoKindNames.NameOf(item.Kind)}";
        }

        return null;
    }

    private static RegoValue Trim(ReadOnlySpan<RegoValue> operands, bool start, bool end)
    {
        var text = operands[0].Text;
        var away = operands[1].Text.EnumerateRunes().ToHashSet();
        var (from, to) = (0, text.Length);
        while (start && from < to && Rune.TryGetRuneAt(text, from, out var first) && away.Contains(first))
            from += first.Utf16SequenceLength;
        while (end && to > from && Rune.DecodeLastFromUtf16(text.AsSpan(from, to - from), out var last, out var units) == 0
            && away.Contains(last))
            to -= units;
        return RegoValue.Of(text[from..to]);
    }

    private static RegoValue TrimPrefix(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        operands[0].Text.StartsWith(operands[1].Text, StringComparison.Ordinal)
            ? RegoValue.Of(operands[0].Text[operands[1].Text.Length..])
            : operands[0];

    private static RegoValue TrimSuffix(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        operands[0].Text.EndsWith(operands[1].Text, StringComparison.Ordinal)
            ? RegoValue.Of(operands[0].Text[..^operands[1].Text.Length])
            : operands[0];
}
