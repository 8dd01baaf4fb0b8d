namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>What a part of a Go time layout stands for.</summary>
internal enum LayoutPart
{
    Text,
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperNoon,
    LowerNoon,
    ZoneName,
    Offset,
    OffsetOrZ,
    FractionZeros,
    FractionNines,
}

/// <summary>Takes Go's reference layouts apart (package time, "Layout"): <c>2006-01-02T15:04:05Z07:00</c>.</summary>
internal static class GoLayout
{
    private static readonly (string Text, LayoutPart Part)[] Parts =
    [
        ("January", LayoutPart.LongMonth), ("Jan", LayoutPart.Month), ("Monday", LayoutPart.LongWeekDay),
            ("Mon", LayoutPart.WeekDay),
        ("MST", LayoutPart.ZoneName), ("002", LayoutPart.ZeroYearDay), ("01", LayoutPart.ZeroMonth), ("02", LayoutPart.ZeroDay),
        ("03", LayoutPart.ZeroHour12), ("04", LayoutPart.ZeroMinute), ("05", LayoutPart.ZeroSecond), ("06", LayoutPart.Year),
        ("15", LayoutPart.Hour), ("1", LayoutPart.NumMonth), ("2006", LayoutPart.LongYear), ("2", LayoutPart.Day),
        ("__2", LayoutPart.UnderYearDay), ("_2", LayoutPart.UnderDay), ("3", LayoutPart.Hour12), ("4", LayoutPart.Minute),
        ("5", LayoutPart.Second), ("PM", LayoutPart.UpperNoon), ("pm", LayoutPart.LowerNoon),
        ("-07:00:00", LayoutPart.Offset), ("-070000", LayoutPart.Offset), ("-07:00", LayoutPart.Offset),
            ("-0700", LayoutPart.Offset),
        ("-07", LayoutPart.Offset), ("Z07:00:00", LayoutPart.OffsetOrZ), ("Z070000", LayoutPart.OffsetOrZ),
            ("Z07:00", LayoutPart.OffsetOrZ),
        ("Z0700", LayoutPart.OffsetOrZ), ("Z07", LayoutPart.OffsetOrZ),
    ];

    private static readonly Dictionary<string, string> Named = new(StringComparer.Ordinal)
    {
        ["ANSIC"] = "Mon Jan _2 15:04:05 2006",
        ["UnixDate"] = "Mon Jan _2 15:04:05 MST 2006",
        ["RubyDate"] = "Mon Jan 02 15:04:05 -0700 2006",
        ["RFC822"] = "02 Jan 06 15:04 MST",
        ["RFC822Z"] = "02 Jan 06 15:04 -0700",
        ["RFC850"] = "Monday, 02-Jan-06 15:04:05 MST",
        ["RFC1123"] = "Mon, 02 Jan 2006 15:04:05 MST",
        ["RFC1123Z"] = "Mon, 02 Jan 2006 15:04:05 -0700",
        ["RFC3339"] = "2006-01-02T15:04:05Z07:00",
        ["RFC3339Nano"] = "2006-01-02T15:04:05.999999999Z07:00",
    };

    /// <summary>The layout that a name such as <c>RFC1123</c> stands for, or the text itself.</summary>
    public static string Resolve(string layout) => Named.GetValueOrDefault(layout, layout);

    /// <summary>The parts in order, each with its text; what means nothing is <see cref="LayoutPart.Text"/>.</summary>
    public static List<(LayoutPart Part, string Text)> Split(string layout)
    {
        var parts = new List<(LayoutPart, string)>();
        var plain = 0;
        for (var at = 0; at < layout.Length;)
        {
            var (part, length) = PartAt(layout, at);
            if (part == LayoutPart.Text)
            {
                at++;
                continue;
            }

            if (at > plain) parts.Add((LayoutPart.Text, layout[plain..at]));
            parts.Add((part, layout.Substring(at, length)));
            at += length;
            plain = at;
        }

        if (plain < layout.Length) parts.Add((LayoutPart.Text, layout[plain..]));
        return parts;
    }

    private static (LayoutPart Part, int Length) PartAt(string layout, int at)
    {
        var rest = layout.AsSpan(at);
        if (rest[0] is '.' or ',' && rest.Length > 1 && rest[1] is '0' or '9')
        {
            var end = 1;
            while (end < rest.Length && rest[end] == rest[1]) end++;
            if (end < rest.Length && char.IsAsciiDigit(rest[end])) return (LayoutPart.Text, 1);
            return (rest[1] == '0' ? LayoutPart.FractionZeros : LayoutPart.FractionNines, end);
        }

        // `_2006` is an underscore and a year.
        if (rest.StartsWith("_2006")) return (LayoutPart.Text, 1);
        foreach (var (text, part) in Parts)
        {
            if (!rest.StartsWith(text)) continue;
            var isShortName = part is LayoutPart.Month or LayoutPart.WeekDay;
            if (isShortName && rest.Length > 3 && char.IsAsciiLetterLower(rest[3])) continue;
            return (part, text.Length);
        }

        return (LayoutPart.Text, 1);
    }
}
