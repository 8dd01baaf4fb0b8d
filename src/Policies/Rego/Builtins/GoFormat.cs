using System.Numerics;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Formats like Go's <c>fmt.Sprintf</c> (package fmt, "Printing"), which is what <c>sprintf</c> means in Rego. Arguments are
/// whole numbers, doubles and strings. Mistakes in the format show in the text (<c>%!d(string=x)</c>), they are no errors.
/// </summary>
internal sealed class GoFormat
{
    /// <summary>The widest field and the longest precision; Go has the same limit.</summary>
    private const int WidestField = 1_000_000;

    private readonly string _format;
    private readonly IReadOnlyList<object> _arguments;
    private readonly Action<long> _checkSize;
    private readonly StringBuilder _text = new();
    private int _at;
    private int _next;
    private bool _reordered;
    private bool _goodIndex;

    private GoFormat(string format, IReadOnlyList<object> arguments, Action<long> checkSize)
    {
        _checkSize = checkSize;
        _format = format;
        _arguments = arguments;
    }

    /// <summary>The formatted text.</summary>
    /// <param name="format">The format.</param>
    /// <param name="arguments">Each a <see cref="BigInteger"/>, a <see cref="double"/> or a <see cref="string"/>.</param>
    /// <param name="checkSize">Is told how long the text has become, and throws when that is too long.</param>
    public static string Of(string format, IReadOnlyList<object> arguments, Action<long> checkSize) =>
        new GoFormat(format, arguments, checkSize).Run();

    private string Run()
    {
        while (_at < _format.Length)
        {
            var percent = _format.IndexOf('%', _at);
            if (percent < 0)
            {
                _text.Append(_format, _at, _format.Length - _at);
                break;
            }

            _text.Append(_format, _at, percent - _at);
            _at = percent + 1;
            Directive();
            _checkSize(_text.Length);
        }

        if (!_reordered && _next < _arguments.Count) AppendExtra();
        return _text.ToString();
    }

    private void Directive()
    {
        var field = new GoField();
        _goodIndex = true;
        var afterIndex = false;
        while (_at < _format.Length && field.TakeFlag(_format[_at])) _at++;
        TakeIndex(ref afterIndex);
        TakeWidth(field, ref afterIndex);
        if (_at + 1 < _format.Length && _format[_at] == '.') TakePrecision(field, ref afterIndex);
        if (!afterIndex) TakeIndex(ref afterIndex);
        if (_at >= _format.Length)
        {
            _text.Append("%!(NOVERB)");
            return;
        }

        var verb = Rune.TryGetRuneAt(_format, _at, out var rune) ? rune : Rune.ReplacementChar;
        _at += Rune.TryGetRuneAt(_format, _at, out _) ? verb.Utf16SequenceLength : 1;
        if (verb.Value == '%') _text.Append('%');
        else if (!_goodIndex) _text.Append("%!").Append(verb).Append("(BADINDEX)");
        else if (_next >= _arguments.Count) _text.Append("%!").Append(verb).Append("(MISSING)");
        else field.Append(_text, verb, _arguments[_next++]);
    }

    private void TakeWidth(GoField field, ref bool afterIndex)
    {
        if (_at < _format.Length && _format[_at] == '*')
        {
            _at++;
            if (TakeNumberArgument() is { } width) field.SetWidth(width);
            else _text.Append("%!(BADWIDTH)");
            afterIndex = false;
            return;
        }

        if (!TakeDigits(out var digits)) return;
        field.Width = digits;
        if (afterIndex) _goodIndex = false;
    }

    private void TakePrecision(GoField field, ref bool afterIndex)
    {
        _at++;
        if (afterIndex) _goodIndex = false;
        TakeIndex(ref afterIndex);
        if (_at < _format.Length && _format[_at] == '*')
        {
            _at++;
            if (TakeNumberArgument() is { } precision)
            {
                if (precision >= 0) field.Precision = precision;
                else _text.Append("%!(BADPREC)");
            }
            else
            {
                _text.Append("%!(BADPREC)");
            }

            afterIndex = false;
            return;
        }

        field.Precision = TakeDigits(out var digits) ? digits : 0;
    }

    private bool TakeDigits(out int number)
    {
        number = 0;
        var start = _at;
        for (; _at < _format.Length && char.IsAsciiDigit(_format[_at]); _at++)
        {
            if (number > WidestField)
            {
                // Go gives up on the rest of the format here.
                _at = _format.Length;
                return false;
            }

            number = (number * 10) + (_format[_at] - '0');
        }

        return _at > start;
    }

    private int? TakeNumberArgument()
    {
        if (_next >= _arguments.Count) return null;
        return _arguments[_next++] is BigInteger number && BigInteger.Abs(number) <= WidestField ? (int)number : null;
    }

    /// <summary>Reads <c>[n]</c>: which argument comes next, from 1.</summary>
    private void TakeIndex(ref bool found)
    {
        if (_at >= _format.Length || _format[_at] != '[') return;
        _reordered = true;
        var close = _format.IndexOf(']', _at);
        if (close < 0)
        {
            _goodIndex = false;
            _at++;
            return;
        }

        var inside = _format.AsSpan(_at + 1, close - _at - 1);
        _at = close + 1;
        if (int.TryParse(inside, System.Globalization.NumberStyles.None, null, out var index) && index >= 1
            && index <= _arguments.Count)
        {
            _next = index - 1;
            found = true;
            return;
        }

        _goodIndex = false;
        found = true;
    }

    private void AppendExtra()
    {
        _text.Append("%!(EXTRA ");
        for (var i = _next; i < _arguments.Count; i++)
        {
            if (i > _next) _text.Append(", ");
            _text.Append(GoField.TypeOf(_arguments[i])).Append('=');
            new GoField().Append(_text, new Rune('v'), _arguments[i]);
        }

        _text.Append(')');
    }
}
