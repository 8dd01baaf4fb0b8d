using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Writes a moment in a Go layout.</summary>
internal static class GoTimeFormat
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static string Of(GoTime time, string layout)
    {
        var text = new StringBuilder();
        var local = time.Local;
        foreach (var (part, written) in GoLayout.Split(layout)) Append(text, part, written, time, local);
        return text.ToString();
    }

    private static void Append(StringBuilder text, LayoutPart part, string written, GoTime time, DateTime local)
    {
        var hour12 = local.Hour % 12 == 0 ? 12 : local.Hour % 12;
        _ = part switch
        {
            LayoutPart.Text => text.Append(written),
            LayoutPart.LongMonth => text.Append(local.ToString("MMMM", English)),
            LayoutPart.Month => text.Append(local.ToString("MMM", English)),
            LayoutPart.NumMonth => text.Append(local.Month),
            LayoutPart.ZeroMonth => Two(text, local.Month),
            LayoutPart.LongWeekDay => text.Append(local.ToString("dddd", English)),
            LayoutPart.WeekDay => text.Append(local.ToString("ddd", English)),
            LayoutPart.Day => text.Append(local.Day),
            LayoutPart.UnderDay => text.Append(local.Day.ToString(English).PadLeft(2)),
            LayoutPart.ZeroDay => Two(text, local.Day),
            LayoutPart.UnderYearDay => text.Append(local.DayOfYear.ToString(English).PadLeft(3)),
            LayoutPart.ZeroYearDay => text.Append(local.DayOfYear.ToString("000", English)),
            LayoutPart.Hour => Two(text, local.Hour),
            LayoutPart.Hour12 => text.Append(hour12),
            LayoutPart.ZeroHour12 => Two(text, hour12),
            LayoutPart.Minute => text.Append(local.Minute),
            LayoutPart.ZeroMinute => Two(text, local.Minute),
            LayoutPart.Second => text.Append(local.Second),
            LayoutPart.ZeroSecond => Two(text, local.Second),
            LayoutPart.LongYear => text.Append(local.Year.ToString("0000", English)),
            LayoutPart.Year => Two(text, local.Year % 100),
            LayoutPart.UpperNoon => text.Append(local.Hour >= 12 ? "PM" : "AM"),
            LayoutPart.LowerNoon => text.Append(local.Hour >= 12 ? "pm" : "am"),
            LayoutPart.ZoneName => text.Append(time.Zone),
            LayoutPart.Offset => AppendOffset(text, written, time.Offset),
            LayoutPart.OffsetOrZ => time.Offset == 0 ? text.Append('Z') : AppendOffset(text, written, time.Offset),
            LayoutPart.FractionZeros => text.Append(written[0])
                .Append(time.Fraction.ToString("000000000", English).AsSpan(0, Math.Min(9, written.Length - 1))),
            LayoutPart.FractionNines => AppendFraction(text, written, time.Fraction),
        };
    }

    private static StringBuilder Two(StringBuilder text, int number) => text.Append(number.ToString("00", English));

    private static StringBuilder AppendOffset(StringBuilder text, string written, int offset)
    {
        var size = Math.Abs(offset);
        text.Append(offset < 0 ? '-' : '+');
        Two(text, size / 3600);
        var colon = written.Contains(':', StringComparison.Ordinal) ? ":" : "";
        var digits = written.Count(char.IsAsciiDigit);
        if (digits >= 4) Two(text.Append(colon), size / 60 % 60);
        return digits >= 6 ? Two(text.Append(colon), size % 60) : text;
    }

    private static StringBuilder AppendFraction(StringBuilder text, string written, long fraction)
    {
        var digits = fraction.ToString("000000000", English)[..Math.Min(9, written.Length - 1)].TrimEnd('0');
        return digits.Length == 0 ? text : text.Append(written[0]).Append(digits);
    }
}
