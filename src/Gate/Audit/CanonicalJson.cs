using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Audit;

/// <summary>
/// JSON in the canonical form of RFC 8785, restricted to what the audit log holds: objects, arrays, strings of valid Unicode,
/// booleans and whole numbers within ±(2⁵³−1). No null, no fraction, no name twice.
/// </summary>
public static class CanonicalJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The canonical bytes of a JSON text.</summary>
    /// <exception cref="FormatException">The text holds something that the restricted form does not know.</exception>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var writer = new CanonicalWriter();
            Write(writer, document.RootElement);
            return writer.Bytes;
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            throw new FormatException($"not canonical JSON: {trouble.Message}", trouble);
        }
    }

    /// <summary>Writes one value in canonical form, members sorted.</summary>
    /// <exception cref="FormatException">The value holds something that the restricted form does not know.</exception>
    public static void Write(CanonicalWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.BeginObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.Name(member.Name);
                    Write(writer, member.Value);
                }

                writer.EndObject();
                return;
            case JsonValueKind.Array:
                writer.BeginArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item);
                writer.EndArray();
                return;
            case JsonValueKind.String:
                writer.Text(value.GetString()!);
                return;
            case JsonValueKind.Number:
                writer.Number(WholeNumber(value.GetRawText()));
                return;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Truth(value.GetBoolean());
                return;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                throw new FormatException("`null` has no place in canonical JSON: leave the member out");
        }
    }

    private static long WholeNumber(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"`{text}` is not a whole number within ±(2^53-1)");
}

/// <summary>
/// Writes canonical JSON (RFC 8785, restricted) piece by piece. Members must come in the order of their names' UTF-16 units; a name out
/// of order is a bug of the caller and is refused. Not safe to share between threads.
/// </summary>
public sealed class CanonicalWriter
{
    private const long Largest = (1L << 53) - 1;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> Escaped =
        SearchValues.Create(string.Concat(Enumerable.Range(0, 32).Select(code => (char)code)) + "\"\\");

    private readonly ArrayBufferWriter<byte> _bytes = new(512);
    private readonly Stack<string?> _lastNames = new();
    private string? _lastName;
    private bool _comma;

    /// <summary>What was written so far; valid until more is written.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>Begins anew, in the same room.</summary>
    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _lastNames.Clear();
        (_lastName, _comma) = (null, false);
    }

    public void BeginObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void BeginArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    /// <summary>Starts a member of the open object.</summary>
    /// <exception cref="ArgumentException">The name does not come after the one before it.</exception>
    public void Name(string name)
    {
        if (_lastName is not null && string.CompareOrdinal(_lastName, name) >= 0)
            throw new ArgumentException($"member `{name}` must come before `{_lastName}`, and once", nameof(name));
        Text(name);
        Put((byte)':');
        _lastName = name;
        _comma = false;
    }

    /// <summary>A string: only quote, backslash and controls are escaped, everything else stays as it is (RFC 8785 §3.2.2.2).</summary>
    /// <exception cref="FormatException">The text holds half of a surrogate pair.</exception>
    public void Text(string value)
    {
        Separate();
        Put((byte)'"');
        var rest = value.AsSpan();
        while (rest.Length > 0)
        {
            var run = rest.IndexOfAny(Escaped);
            Plain(run < 0 ? rest : rest[..run]);
            if (run < 0) break;
            Escape(rest[run]);
            rest = rest[(run + 1)..];
        }

        Put((byte)'"');
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="FormatException">It lies beyond ±(2⁵³−1), where readers that use doubles lose digits.</exception>
    public void Number(long value)
    {
        if (value is < -Largest or > Largest) throw new FormatException($"`{value}` is not a whole number within ±(2^53-1)");
        Separate();
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
        _bytes.Write(digits[..written]);
    }

    public void Truth(bool value)
    {
        Separate();
        _bytes.Write(value ? "true"u8 : "false"u8);
    }

    private void Open(byte bracket)
    {
        Separate();
        Put(bracket);
        _lastNames.Push(_lastName);
        _lastName = null;
        _comma = false;
    }

    private void Close(byte bracket)
    {
        Put(bracket);
        _lastName = _lastNames.Pop();
        _comma = true;
    }

    private void Separate()
    {
        if (_comma) Put((byte)',');
        _comma = true;
    }

    private void Plain(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        try
        {
            var room = _bytes.GetSpan(Utf8.GetMaxByteCount(text.Length));
            _bytes.Advance(Utf8.GetBytes(text, room));
        }
        catch (EncoderFallbackException trouble)
        {
            throw new FormatException("a text holds half of a surrogate pair: not valid Unicode", trouble);
        }
    }

    private void Escape(char letter)
    {
        switch (letter)
        {
            case '"': _bytes.Write("\\\""u8); return;
            case '\\': _bytes.Write("\\\\"u8); return;
            case '\b': _bytes.Write("\\b"u8); return;
            case '\t': _bytes.Write("\\t"u8); return;
            case '\n': _bytes.Write("\\n"u8); return;
            case '\f': _bytes.Write("\\f"u8); return;
            case '\r': _bytes.Write("\\r"u8); return;
            default:
                _bytes.Write("\\u00"u8);
                Put("0123456789abcdef"u8[letter >> 4]);
                Put("0123456789abcdef"u8[letter & 15]);
                return;
        }
    }

    private void Put(byte one)
    {
        _bytes.GetSpan(1)[0] = one;
        _bytes.Advance(1);
    }
}
