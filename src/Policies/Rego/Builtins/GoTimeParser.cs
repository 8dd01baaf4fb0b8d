using System.Globalization;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Reads a moment that is written in a Go layout (package time, <c>Parse</c>).</summary>
internal sealed class GoTimeParser
{
    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
    private static readonly string[] Days = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;

    private const int Unread = -1;

    private readonly string _value;
    private int _at;
    private long _year;
    private int _month;
    private int _day = Unread;
    private int _yearDay;
    private int _hour;
    private int _minute;
    private int _second;
    private long _nanoseconds;
    private bool? _afternoon;
    private int _offset;
    private string _zone = "UTC";

    private GoTimeParser(string value) => _value = value;

    /// <summary>
    /// The moment; null when the value is not written like that, or outside of what 64 bits of nanoseconds hold.
    /// </summary>
    public static GoTime? Parse(string layout, string value)
    {
        var parser = new GoTimeParser(value);
        var parts = GoLayout.Split(layout);
        for (var i = 0; i < parts.Count; i++)
        {
            var next = i + 1 < parts.Count ? parts[i + 1].Part : LayoutPart.Text;
            if (!parser.Take(parts[i].Part, parts[i].Text, next)) return null;
        }

        return parser._at == value.Length ? parser.Finish() : null;
    }

    private bool Take(LayoutPart part, string written, LayoutPart next) => part switch
    {
        LayoutPart.Text => TakeText(written),
        LayoutPart.LongMonth => TakeName(Months, short.MaxValue, out _month) && ++_month > 0,
        LayoutPart.Month => TakeName(Months, 3, out _month) && ++_month > 0,
        LayoutPart.NumMonth => TakeNumber(1, 2, out _month) && _month is >= 1 and <= 12,
        LayoutPart.ZeroMonth => TakeNumber(2, 2, out _month) && _month is >= 1 and <= 12,
        LayoutPart.LongWeekDay => TakeName(Days, short.MaxValue, out _),
        LayoutPart.WeekDay => TakeName(Days, 3, out _),
        LayoutPart.Day => TakeNumber(1, 2, out _day),
        LayoutPart.UnderDay => TakeSpaces(1) && TakeNumber(1, 2, out _day),
        LayoutPart.ZeroDay => TakeNumber(2, 2, out _day),
        LayoutPart.UnderYearDay => TakeSpaces(2) && TakeNumber(1, 3, out _yearDay),
        LayoutPart.ZeroYearDay => TakeNumber(3, 3, out _yearDay) && _yearDay > 0,
        LayoutPart.Hour => TakeNumber(1, 2, out _hour) && _hour < 24,
        LayoutPart.Hour12 => TakeNumber(1, 2, out _hour) && _hour <= 12,
        LayoutPart.ZeroHour12 => TakeNumber(2, 2, out _hour) && _hour <= 12,
        LayoutPart.Minute => TakeNumber(1, 2, out _minute) && _minute < 60,
        LayoutPart.ZeroMinute => TakeNumber(2, 2, out _minute) && _minute < 60,
        LayoutPart.Second => TakeNumber(1, 2, out _second) && TakeSecondRest(next),
        LayoutPart.ZeroSecond => TakeNumber(2, 2, out _second) && TakeSecondRest(next),
        LayoutPart.LongYear => TakeNumber(4, 4, out var year) && (_year = year) >= 0,
        LayoutPart.Year => TakeNumber(2, 2, out var two) && (_year = two >= 69 ? 1900 + two : 2000 + two) > 0,
        LayoutPart.UpperNoon => TakeNoon("AM", "PM"),
        LayoutPart.LowerNoon => TakeNoon("am", "pm"),
        LayoutPart.ZoneName => TakeZoneName(),
        LayoutPart.Offset => TakeOffset(written),
        LayoutPart.OffsetOrZ => TakeOffsetOrZ(written),
        LayoutPart.FractionZeros => TakeFraction(written.Length - 1, exact: true),
        LayoutPart.FractionNines => !HasFraction() || TakeFraction(int.MaxValue, exact: false),
    };

    private bool TakeText(string written)
    {
        for (var i = 0; i < written.Length;)
        {
            if (written[i] == ' ')
            {
                // Any number of spaces stands for any number of spaces, but something else does not.
                if (_at < _value.Length && _value[_at] != ' ') return false;
                while (i < written.Length && written[i] == ' ') i++;
                while (_at < _value.Length && _value[_at] == ' ') _at++;
                continue;
            }

            if (_at >= _value.Length || _value[_at] != written[i]) return false;
            _at++;
            i++;
        }

        return true;
    }

    private bool TakeName(string[] names, int longest, out int index)
    {
        index = Array.FindIndex(names, name =>
            string.Compare(_value, _at, name, 0, Math.Min(longest, name.Length), StringComparison.OrdinalIgnoreCase) == 0
            && _at + Math.Min(longest, name.Length) <= _value.Length);
        if (index >= 0) _at += Math.Min(longest, names[index].Length);
        return index >= 0;
    }

    private bool TakeNumber(int least, int most, out int number)
    {
        number = 0;
        var start = _at;
        while (_at < _value.Length && _at - start < most && char.IsAsciiDigit(_value[_at]))
            number = (number * 10) + (_value[_at++] - '0');
        return _at - start >= least;
    }

    private bool TakeSpaces(int most)
    {
        while (most-- > 0 && _at < _value.Length && _value[_at] == ' ') _at++;
        return true;
    }

    /// <summary>A fraction may follow the seconds even where the layout has none.</summary>
    private bool TakeSecondRest(LayoutPart next)
    {
        if (_second >= 60) return false;
        if (next is LayoutPart.FractionZeros or LayoutPart.FractionNines || !HasFraction()) return true;
        return TakeFraction(int.MaxValue, exact: false);
    }

    private bool HasFraction() => _at + 1 < _value.Length && _value[_at] is '.' or ',' && char.IsAsciiDigit(_value[_at + 1]);

    private bool TakeFraction(int digits, bool exact)
    {
        if (_at >= _value.Length || _value[_at] is not ('.' or ',')) return false;
        var start = ++_at;
        var weight = GoTime.PerSecond / 10;
        _nanoseconds = 0;
        while (_at < _value.Length && _at - start < digits && char.IsAsciiDigit(_value[_at]))
        {
            _nanoseconds += (_value[_at++] - '0') * weight;
            weight /= 10;
        }

        return exact ? _at - start == digits : _at > start;
    }

    private bool TakeNoon(string before, string after)
    {
        var isAfter = _value.AsSpan(_at).StartsWith(after);
        if (!isAfter && !_value.AsSpan(_at).StartsWith(before)) return false;
        _afternoon = isAfter;
        _at += 2;
        return true;
    }

    private bool TakeOffsetOrZ(string written)
    {
        if (_at >= _value.Length || _value[_at] != 'Z') return TakeOffset(written);
        _at++;
        _offset = 0;
        return true;
    }

    private bool TakeOffset(string written)
    {
        if (_at >= _value.Length || _value[_at] is not ('+' or '-')) return false;
        var sign = _value[_at++] == '-' ? -1 : 1;
        var colon = written.Contains(':', StringComparison.Ordinal);
        var fields = written.Count(char.IsAsciiDigit) / 2;
        var parts = new int[3];
        for (var i = 0; i < fields; i++)
        {
            if (i > 0 && colon && (_at >= _value.Length || _value[_at++] != ':')) return false;
            if (!TakeNumber(2, 2, out parts[i])) return false;
        }

        _offset = sign * ((parts[0] * 3600) + (parts[1] * 60) + parts[2]);
        return parts[0] <= 24 && parts[1] < 60 && parts[2] < 60;
    }

    /// <summary>A short name. Which offset it means is not known, so (as in Go) it means none, but for <c>GMT+3</c>.</summary>
    private bool TakeZoneName()
    {
        var start = _at;
        if (_at < _value.Length && _value[_at] is '+' or '-')
        {
            _at++;
            return TakeNumber(2, 2, out _);
        }

        while (_at < _value.Length && _at - start < 5 && char.IsAsciiLetterUpper(_value[_at])) _at++;
        _zone = _value[start.._at];
        if (_zone == "GMT" && _at < _value.Length && _value[_at] is '+' or '-')
        {
            _at++;
            return TakeNumber(1, 2, out _);
        }

        return _zone.Length is 3 or 4 or 5;
    }

    private GoTime? Finish()
    {
        if (_afternoon == true && _hour < 12) _hour += 12;
        if (_afternoon == false && _hour == 12) _hour = 0;
        var year = (int)_year;
        if (_yearDay > 0)
        {
            if (_yearDay > (DateTime.IsLeapYear(Math.Max(1, year)) ? 366 : 365)) return null;
            return GoTime.Of(GoTime.Days(year, 1, _yearDay), Seconds, _nanoseconds, _offset, _zone);
        }

        var month = _month == 0 ? 1 : _month;
        var day = _day == Unread ? 1 : _day;
        if (day < 1 || day > DateTime.DaysInMonth(year is 0 ? 4 : year, month)) return null;
        return GoTime.Of(GoTime.Days(year, month, day), Seconds, _nanoseconds, _offset, _zone);
    }

    private long Seconds => (_hour * 3600L) + (_minute * 60) + _second;
}
