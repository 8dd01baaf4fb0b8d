using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Escapes as in the query of a URL: a space is a plus, everything but letters, digits and <c>-_.~</c> is <c>%XX</c>.
/// </summary>
internal static class UrlQuery
{
    public static string Escape(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var unit in bytes)
        {
            if (unit == ' ') text.Append('+');
            else if (unit < 128
                && (char.IsAsciiLetterOrDigit((char)unit)
                || unit is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~')) text.Append((char)unit);
            else text.Append('%').Append(unit.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <param name="text">The escaped text.</param>
    /// <param name="bytes">What it stands for.</param>
    /// <param name="wrong">The escape that is none.</param>
    public static bool TryUnescape(string text, out byte[] bytes, out string wrong)
    {
        var from = Encoding.UTF8.GetBytes(text);
        var output = new List<byte>(from.Length);
        bytes = [];
        wrong = "";
        for (var at = 0; at < from.Length; at++)
        {
            if (from[at] != '%')
            {
                output.Add(from[at] == '+' ? (byte)' ' : from[at]);
                continue;
            }

            if (at + 2 >= from.Length
                || !byte.TryParse(from.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var value))
            {
                wrong = Encoding.UTF8.GetString(from.AsSpan(at, Math.Min(3, from.Length - at)));
                return false;
            }

            output.Add(value);
            at += 2;
        }

        bytes = [.. output];
        return true;
    }
}
