using System.Globalization;
using System.Numerics;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>One directive of a Go format: its flags, width and precision, and how it shows one argument.</summary>
internal sealed class GoField
{
    private bool _sharp;
    private bool _zero;
    private bool _plus;
    private bool _minus;
    private bool _space;

    // `%#v` shows Go's own syntax, which is something else than the sharp flag of other verbs.
    private bool _syntax;

    public int? Width { get; set; }

    public int? Precision { get; set; }

    public static string TypeOf(object argument) => argument switch
    {
        BigInteger number => IsSmall(number) ? "int64" : "*big.Int",
        double => "float64",
        _ => "string",
    };

    public bool TakeFlag(char unit)
    {
        switch (unit)
        {
            case '#':
                _sharp = true;
                return true;
            case '0':
                _zero = true;
                return true;
            case '+':
                _plus = true;
                return true;
            case '-':
                _minus = true;
                return true;
            case ' ':
                _space = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>A width from an argument: a negative one fills on the right.</summary>
    public void SetWidth(int width)
    {
        Width = Math.Abs(width);
        if (width < 0) _minus = true;
    }

    public void Append(StringBuilder text, Rune verb, object argument)
    {
        if (verb.Value == 'T')
        {
            Pad(text, TypeOf(argument), _zero);
            return;
        }

        _syntax = _sharp && verb.Value == 'v';
        if (verb.Value < 128 && TryAppend(text, (char)verb.Value, argument)) return;
        var big = argument is BigInteger value && !IsSmall(value);
        text.Append("%!").Append(verb).Append('(').Append(big ? "big.Int" : TypeOf(argument)).Append('=');
        TryAppend(text, 'v', argument);
        text.Append(')');
    }

    private bool TryAppend(StringBuilder text, char verb, object argument) => argument switch
    {
        BigInteger number => AppendInteger(text, verb, number),
        double number => AppendFloat(text, verb, number),
        _ => AppendString(text, verb, (string)argument),
    };

    private static bool IsSmall(BigInteger number) => number >= long.MinValue && number <= long.MaxValue;

    private bool AppendInteger(StringBuilder text, char verb, BigInteger number)
    {
        switch (verb)
        {
            case 'd' or 'v':
                AppendDigits(text, number, 10, verb);
                return true;
            case 's' when !IsSmall(number):
                AppendDigits(text, number, 10, verb);
                return true;
            case 'b':
                AppendDigits(text, number, 2, verb);
                return true;
            case 'o' or 'O':
                AppendDigits(text, number, 8, verb);
                return true;
            case 'x' or 'X':
                AppendDigits(text, number, 16, verb);
                return true;
            case 'c' when IsSmall(number):
                Pad(text, RuneOf(number).ToString(), _zero);
                return true;
            case 'q' when IsSmall(number):
                Pad(text, GoQuote.Character(RuneOf(number), _plus), _zero);
                return true;
            case 'U' when IsSmall(number):
                var digits = ((long)number).ToString("X", CultureInfo.InvariantCulture).PadLeft(Math.Max(4, Precision ?? 0), '0');
                var rune = RuneOf(number);
                Pad(text, "U+" + digits
                    + (_sharp && number.Sign >= 0 && GoQuote.IsPrintable(rune) ? $" '{rune}'" : ""), zero: false);
                return true;
            default:
                return false;
        }
    }

    private static Rune RuneOf(BigInteger number) =>
        number >= 0 && number <= 0x10FFFF && Rune.IsValid((int)number) ? new Rune((int)number) : Rune.ReplacementChar;

    private void AppendDigits(StringBuilder text, BigInteger number, int numberBase, char verb)
    {
        if (Precision == 0 && number.IsZero)
        {
            Pad(text, "", zero: false);
            return;
        }

        var negative = number.Sign < 0;
        var least = Precision ?? 0;
        if (Precision is null && _zero && !_minus && Width is { } width) least = width - (negative || _plus || _space ? 1 : 0);
        var digits = IntegerText.Of(BigInteger.Abs(number), numberBase).PadLeft(least, '0');
        if (verb == 'X') digits = digits.ToUpperInvariant();
        if (_sharp && !_syntax)
        {
            digits = numberBase switch
            {
                2 => "0b" + digits,
                8 => digits[0] == '0' ? digits : "0" + digits,
                16 => (verb == 'X' ? "0X" : "0x") + digits,
                _ => digits,
            };
        }

        if (verb == 'O') digits = "0o" + digits;
        var sign = negative ? "-" : _plus ? "+" : _space ? " " : "";
        Pad(text, sign + digits, zero: false);
    }

    private bool AppendFloat(StringBuilder text, char verb, double number)
    {
        string digits;
        switch (verb)
        {
            case 'v' or 'g' or 'G':
                digits = GoFloat.General(number, Precision, verb == 'G' ? 'E' : 'e', _sharp && !_syntax);
                break;
            case 'f' or 'F':
                digits = GoFloat.Fixed(number, Precision ?? 6);
                break;
            case 'e' or 'E':
                digits = GoFloat.Scientific(number, Precision ?? 6, verb);
                break;
            default:
                return false;
        }

        var sign = digits[0] == '-' ? "-" : _plus ? "+" : _space ? " " : "";
        var size = digits.TrimStart('-');
        if (_zero && !_minus && Width is { } width && sign.Length > 0) text.Append(sign).Append(size.PadLeft(width - 1, '0'));
        else Pad(text, sign + size, _zero);
        return true;
    }

    private bool AppendString(StringBuilder text, char verb, string content)
    {
        switch (verb)
        {
            case 'v' when _syntax:
                Pad(text, GoQuote.Text(content, ascii: false, backquote: false), _zero);
                return true;
            case 'v' or 's':
                Pad(text, Truncated(content), _zero);
                return true;
            case 'q':
                Pad(text, GoQuote.Text(Truncated(content), _plus, _sharp), _zero);
                return true;
            case 'x' or 'X':
                Pad(text, HexOf(content, verb), _zero);
                return true;
            default:
                return false;
        }
    }

    private string Truncated(string content)
    {
        if (Precision is not { } precision) return content;
        var end = 0;
        foreach (var rune in content.EnumerateRunes())
        {
            if (precision-- == 0) break;
            end += rune.Utf16SequenceLength;
        }

        return content[..end];
    }

    private string HexOf(string content, char verb)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        if (Precision is { } precision && precision < bytes.Length) bytes = bytes[..precision];
        if (bytes.Length == 0) return "";
        var prefix = _sharp ? verb == 'x' ? "0x" : "0X" : "";
        var hex = verb == 'x' ? Convert.ToHexStringLower(bytes) : Convert.ToHexString(bytes);
        if (!_space) return prefix + hex;
        return string.Join(' ', Enumerable.Range(0, bytes.Length).Select(i => string.Concat(prefix, hex.AsSpan(2 * i, 2))));
    }

    private void Pad(StringBuilder text, string content, bool zero)
    {
        var missing = (Width ?? 0) - content.EnumerateRunes().Count();
        if (missing > 0 && !_minus) text.Append(zero ? '0' : ' ', missing);
        text.Append(content);
        if (missing > 0 && _minus) text.Append(' ', missing);
    }
}
