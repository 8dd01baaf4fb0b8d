using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Time in nanoseconds since 1970. A moment is a number, or a list of a number, a zone of the IANA database, and (to format) a
/// layout of Go.
/// </summary>
internal static class TimeBuiltins
{
    private const string OutOfRange = "time outside of valid range";

    private static readonly string[] Shape = ["a number", "[number, zone]"];

    public static void AddTo(BuiltinTable table)
    {
        var zoned = RegoType.Tuple(RegoType.Number, RegoType.String);
        var moment = RegoType.OneOf(RegoType.Number, zoned);
        var formatted = RegoType.OneOf(moment, RegoType.Tuple(RegoType.Number, RegoType.String, RegoType.String));
        var three = RegoType.Tuple(RegoType.Number, RegoType.Number, RegoType.Number);
        table.Add("time.now_ns", [], RegoType.Number, static (c, _) =>
            RegoValue.Of(c.NowNanoseconds), BuiltinTraits.Nondeterministic);
        table.Add("time.parse_ns", [RegoType.String, RegoType.String], RegoType.Number, static (c, v) =>
            Parse(c, GoLayout.Resolve(v[0].Text), v[1].Text));
        table.Add("time.parse_rfc3339_ns", [RegoType.String], RegoType.Number, static (c, v) =>
            Parse(c, GoLayout.Resolve("RFC3339"), v[0].Text));
        table.Add("time.parse_duration_ns", [RegoType.String], RegoType.Number, ParseDuration);
        table.Add("time.format", [formatted], RegoType.String, Format);
        table.Add("time.date", [moment], three, static (c, v) => With(c, v[0], 1, static t => Three(t.Year, t.Month, t.Day)));
        table.Add("time.clock", [moment], three, static (c, v) =>
            With(c, v[0], 1, static t => Three(t.Hour, t.Minute, t.Second)));
        table.Add("time.weekday", [moment], RegoType.String, static (c, v) =>
            With(c, v[0], 1, static t => RegoValue.Of(t.DayOfWeek.ToString())));
        table.Add("time.add_date", [RegoType.Number, RegoType.Number, RegoType.Number, RegoType.Number], RegoType.Number,
            AddDate);
        table.Add("time.diff", [moment, moment],
            RegoType.Tuple([.. Enumerable.Repeat(RegoType.Number, 6)]), Diff);
    }

    private static RegoValue Three(int first, int second, int third) =>
        RegoValue.ArrayOf(RegoValue.Of((long)first), RegoValue.Of((long)second), RegoValue.Of((long)third));

    private static RegoValue Parse(BuiltinContext context, string layout, string text)
    {
        context.Budget.Charge(layout.Length + text.Length);
        return GoTimeParser.Parse(layout, text) is { } time
            ? RegoValue.Of(time.Nanoseconds)
            : context.Fail($"parsing time {RegoValue.Of(text)} as {RegoValue.Of(layout)}: cannot parse it, or {OutOfRange}");
    }

    private static RegoValue ParseDuration(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        GoDuration.Parse(operands[0].Text) is { } duration
            ? RegoValue.Of(duration)
            : context.Fail($"time: invalid duration {operands[0]}");

    private static RegoValue With(BuiltinContext context, RegoValue operand, int position, Func<DateTime, RegoValue> make) =>
        Moment(context, operand, position) is { } time ? make(time.Local) : default;

    /// <summary>The moment that an operand names; null, and the error is recorded, when it names none.</summary>
    private static GoTime? Moment(BuiltinContext context, RegoValue operand, int position)
    {
        var number = operand;
        var zone = "UTC";
        if (operand.AsArray is { } listed)
        {
            if (listed.Count == 0)
            {
                context.FailOperand(position, $"must be {string.Join(" or ", Shape)} but got array of 0 items");
                return null;
            }

            number = listed[0];
            if (listed.Count > 1 && listed[1].AsString is null)
            {
                context.FailOperand(position, $"must be string but got {RegoKindNames.NameOf(listed[1].Kind)}");
                return null;
            }

            zone = listed.Count > 1 ? listed[1].Text : "UTC";
        }

        if (number.Kind != RegoKind.Number)
        {
            context.FailOperand(position, $"must be number but got {RegoKindNames.NameOf(number.Kind)}");
            return null;
        }

        if (!RegoNumber.TryInt64(number, out var nanoseconds))
        {
            context.Fail("timestamp too big");
            return null;
        }

        var time = GoTime.In(nanoseconds, zone);
        if (time is null) context.Fail($"unknown time zone {zone}");
        return time;
    }

    private static RegoValue Format(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Moment(context, operands[0], 1) is not { } time) return default;
        var layout = "RFC3339Nano";
        if (operands[0].AsArray is { Count: > 2 } listed)
        {
            if (listed[2].AsString is not { } given)
                return context.FailOperand(1, $"must be string but got {RegoKindNames.NameOf(listed[2].Kind)}");
            layout = given.Text;
        }

        context.Budget.CheckSize(layout.Length * 4L);
        return context.Sized(GoTimeFormat.Of(time, GoLayout.Resolve(layout)));
    }

    private static RegoValue AddDate(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Moment(context, operands[0], 1) is not { } time) return default;
        Span<long> amounts = stackalloc long[3];
        for (var i = 0; i < 3; i++)
        {
            if (!RegoNumber.TryInt64(operands[i + 1], out amounts[i]))
                return context.FailOperand(i + 2, "must be integer number but got floating-point number");
            if (Math.Abs((double)amounts[i]) > 1_000_000) return context.Fail(OutOfRange);
        }

        var local = time.Local;
        var days = GoTime.Days(local.Year + amounts[0], local.Month + amounts[1], local.Day + amounts[2]);
        var moved = GoTime.Of(days, (long)local.TimeOfDay.TotalSeconds, time.Fraction, time.Offset, time.Zone);
        return moved is { } result ? RegoValue.Of(result.Nanoseconds) : context.Fail(OutOfRange);
    }

    /// <summary>
    /// Years, months, days, hours, minutes and seconds between two moments, as the clocks of the first one's zone show them.
    /// </summary>
    private static RegoValue Diff(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Moment(context, operands[0], 1) is not { } first || Moment(context, operands[1], 2) is not { } second) return default;
        var zone = operands[0].AsArray is { Count: > 1 } listed ? listed[1].Text : "UTC";
        if (GoTime.In(second.Nanoseconds, zone) is { } seen) second = seen;
        var (from, to) = first.Nanoseconds <= second.Nanoseconds ? (first.Local, second.Local) : (second.Local, first.Local);
        var (years, months, days) = (to.Year - from.Year, to.Month - from.Month, to.Day - from.Day);
        var (hours, minutes, seconds) = (to.Hour - from.Hour, to.Minute - from.Minute, to.Second - from.Second);
        Borrow(ref seconds, 60, ref minutes);
        Borrow(ref minutes, 60, ref hours);
        Borrow(ref hours, 24, ref days);
        Borrow(ref days, DateTime.DaysInMonth(from.Year, from.Month), ref months);
        Borrow(ref months, 12, ref years);
        int[] parts = [years, months, days, hours, minutes, seconds];
        return RegoValue.ArrayOf(Array.ConvertAll(parts, static part => RegoValue.Of((long)part)));
    }

    private static void Borrow(ref int amount, int size, ref int larger)
    {
        if (amount >= 0) return;
        amount += size;
        larger--;
    }
}
