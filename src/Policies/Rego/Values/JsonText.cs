using System.Buffers;
using System.Text;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>Writes JSON strings in UTF-8 with the fewest escapes that RFC 8259 asks for.</summary>
internal static class JsonText
{
    private static readonly SearchValues<char> Special =
        SearchValues.Create("\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015"
            + "\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f<>&\u2028\u2029");

    public static void WriteString(string text, IBufferWriter<byte> buffer, bool escapeHtml)
    {
        buffer.Write("\""u8);
        var rest = text.AsSpan();
        while (true)
        {
            var at = rest.IndexOfAny(Special);
            WritePlain(at < 0 ? rest : rest[..at], buffer);
            if (at < 0) break;
            WriteSpecial(rest[at], buffer, escapeHtml);
            rest = rest[(at + 1)..];
        }

        buffer.Write("\""u8);
    }

    private static void WritePlain(ReadOnlySpan<char> text, IBufferWriter<byte> buffer)
    {
        if (text.IsEmpty) return;
        var span = buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        buffer.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    private static void WriteSpecial(char unit, IBufferWriter<byte> buffer, bool escapeHtml)
    {
        switch (unit)
        {
            case '"':
                buffer.Write("\\\""u8);
                break;
            case '\\':
                buffer.Write("\\\\"u8);
                break;
            case '\n':
                buffer.Write("\\n"u8);
                break;
            case '\r':
                buffer.Write("\\r"u8);
                break;
            case '\t':
                buffer.Write("\\t"u8);
                break;
            case '\b':
                buffer.Write("\\b"u8);
                break;
            case '\f':
                buffer.Write("\\f"u8);
                break;
            case '<' or '>' or '&' when !escapeHtml:
                WritePlain([unit], buffer);
                break;
            default:
                buffer.Write(Encoding.ASCII.GetBytes($"\\u{(int)unit:x4}"));
                break;
        }
    }
}
