using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>Reads JSON (RFC 8259) into values and writes values as JSON.</summary>
public static class RegoJson
{
    /// <summary>How deeply arrays and objects may be nested in what is read.</summary>
    public const int DepthLimit = 512;

    /// <summary>Reads one JSON document in UTF-8. Numbers keep their text; of equal keys the last value stays.</summary>
    /// <param name="json">The whole document; white space may surround it.</param>
    /// <param name="value">The document, or undefined when it could not be read.</param>
    /// <param name="problem">Why it could not be read, in plain words; null when it could.</param>
    public static bool TryParse(ReadOnlySpan<byte> json, out RegoValue value, out string? problem)
    {
        try
        {
            return TryRead(json, out value, out problem);
        }
        catch (RegoLimitException limit) when (limit.Code == RegoErrorCodes.LimitDepth)
        {
            value = default;
            problem = limit.Message;
            return false;
        }
    }

    /// <summary>The same as <see cref="TryParse"/>, but what is nested too deeply ends the evaluation that reads it.</summary>
    /// <exception cref="RegoLimitException">The document is nested too deeply, or the budget of the evaluation is exhausted.</exception>
    internal static bool TryRead(ReadOnlySpan<byte> json, out RegoValue value, out string? problem)
    {
        value = default;
        problem = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthLimit + 1 });
            reader.Read();
            var read = Read(ref reader, Waiting.Mine());
            if (reader.Read()) problem = "there is more after the end of the document";
            else value = read;
        }
        catch (JsonException wrong)
        {
            problem = wrong.Message;
        }
        catch (InvalidOperationException)
        {
            problem = "a string is not valid UTF-8";
        }

        return problem is null;
    }

    /// <summary>Reads one JSON document that is known to be well formed.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static RegoValue Parse(string json) =>
        TryParse(Encoding.UTF8.GetBytes(json), out var value, out var problem) ? value : throw new FormatException(problem);

    /// <summary>The compact JSON text of a value: sets become arrays, keys that are no strings become their JSON text.</summary>
    public static string ToText(RegoValue value, bool escapeHtml = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(value, buffer, escapeHtml);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the compact JSON text of a value in UTF-8.</summary>
    /// <param name="value">A defined value.</param>
    /// <param name="buffer">Where the text goes.</param>
    /// <param name="escapeHtml">Whether &lt;, &gt; and &amp; become <c>\u00..</c> escapes.</param>
    public static void Write(RegoValue value, IBufferWriter<byte> buffer, bool escapeHtml = false)
    {
        switch (value.Kind)
        {
            case RegoKind.Undefined or RegoKind.Null:
                buffer.Write("null"u8);
                break;
            case RegoKind.Boolean:
                buffer.Write(value.IsTrue ? "true"u8 : "false"u8);
                break;
            case RegoKind.Number:
                WriteNumber(value, buffer);
                break;
            case RegoKind.String:
                ValueGuard.Work(value.Text.Length >> 6);
                JsonText.WriteString(value.Text, buffer, escapeHtml);
                break;
            case RegoKind.Array:
                WriteList(value.AsArray!.Items, buffer, escapeHtml);
                break;
            case RegoKind.Set:
                WriteList(value.AsSet!.Items, buffer, escapeHtml);
                break;
            case RegoKind.Object:
                WriteObject(value.AsObject!, buffer, escapeHtml);
                break;
        }
    }

    private static RegoValue Read(ref Utf8JsonReader reader, Waiting waiting)
    {
        if (reader.CurrentDepth >= DepthLimit && reader.TokenType is (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            throw new RegoLimitException(RegoErrorCodes.LimitDepth, $"a JSON document is nested more than {DepthLimit} deep");
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.True:
                return RegoValue.True;
            case JsonTokenType.False:
                return RegoValue.False;
            case JsonTokenType.Number:
                return ReadNumber(reader.ValueSpan);
            case JsonTokenType.String:
                return reader.ValueIsEscaped || reader.ValueSpan.Length > 24
                    ? RegoValue.Of(reader.GetString()!)
                    : RegoSymbols.Of(reader.ValueSpan);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, waiting);
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, waiting);
            default:
                return RegoValue.Null;
        }
    }

    private static RegoValue ReadNumber(ReadOnlySpan<byte> text)
    {
        if (text.Length <= 18 && !(text.Length > 1 && text[0] == (byte)'-' && text[1] == (byte)'0')
            && System.Buffers.Text.Utf8Parser.TryParse(text, out long small, out var used) && used == text.Length)
        {
            return RegoValue.Of(small);
        }

        return RegoNumber.FromText(Encoding.ASCII.GetString(text));
    }

    private static RegoValue ReadArray(ref Utf8JsonReader reader, Waiting waiting)
    {
        var start = waiting.Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (((waiting.Count - start) & 31) == 0) ValueGuard.Enter(0);
            waiting.Add(Read(ref reader, waiting));
        }

        var exact = waiting.From(start).ToArray();
        waiting.BackTo(start);
        return RegoValue.Of(exact.Length == 0 ? RegoArray.Empty : new RegoArray(exact));
    }

    private static RegoValue ReadObject(ref Utf8JsonReader reader, Waiting waiting)
    {
        var start = waiting.Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            waiting.Add(reader.ValueIsEscaped ? RegoSymbols.Of(reader.GetString()!) : RegoSymbols.Of(reader.ValueSpan));
            reader.Read();
            ValueGuard.Enter(0);
            waiting.Add(Read(ref reader, waiting));
        }

        var made = Make(waiting, start);
        waiting.BackTo(start);
        return RegoValue.Of(made);
    }

    /// <summary>The object of keys and values that stand in turn from a position on.</summary>
    private static RegoObject Make(Waiting waiting, int start)
    {
        var count = (waiting.Count - start) / 2;
        if (count == 0) return RegoObject.Empty;

        // The keys move together, and the values behind them.
        waiting.AddHalf(start, 0);
        waiting.AddHalf(start, 1);
        var keys = waiting.From(start + (count * 2))[..count];
        var values = waiting.From(start + (count * 3));
        if (ObjectShape.Of(keys) is { } shape) return shape.With(values);
        var builder = new RegoObjectBuilder(count);
        for (var i = 0; i < count; i++) builder.Set(keys[i], values[i]);
        return builder.Build();
    }

    private static void WriteNumber(RegoValue value, IBufferWriter<byte> buffer)
    {
        if (value.TryInteger(out var small))
        {
            var span = buffer.GetSpan(24);
            small.TryFormat(span, out var written, provider: CultureInfo.InvariantCulture);
            buffer.Advance(written);
            return;
        }

        var text = RegoNumber.TextOf(value);
        if (text[0] == '.') text = "0" + text;
        else if (text.StartsWith("-.", StringComparison.Ordinal)) text = string.Concat("-0", text.AsSpan(1));
        buffer.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteList(ReadOnlySpan<RegoValue> items, IBufferWriter<byte> buffer, bool escapeHtml)
    {
        ValueGuard.Enter(items.Length);
        buffer.Write("["u8);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0) buffer.Write(","u8);
            Write(items[i], buffer, escapeHtml);
        }

        buffer.Write("]"u8);
    }

    private static void WriteObject(RegoObject entries, IBufferWriter<byte> buffer, bool escapeHtml)
    {
        ValueGuard.Enter(entries.Count);
        buffer.Write("{"u8);
        for (var i = 0; i < entries.Count; i++)
        {
            if (i > 0) buffer.Write(","u8);
            var key = entries.Keys[i];
            JsonText.WriteString(key.AsString?.Text ?? ToText(key, escapeHtml), buffer, escapeHtml);
            buffer.Write(":"u8);
            Write(entries.Values[i], buffer, escapeHtml);
        }

        buffer.Write("}"u8);
    }

    /// <summary>Values that wait for the end of the array or object that they are in; one per thread.</summary>
    private sealed class Waiting
    {
        private const int Usual = 256;
        private const int LargestKept = 1 << 16;

        [ThreadStatic]
        private static Waiting? _mine;

        private RegoValue[] _values = new RegoValue[Usual];

        public int Count { get; private set; }

        /// <summary>This thread's, empty.</summary>
        public static Waiting Mine()
        {
            if (_mine is null || _mine._values.Length > LargestKept) _mine = new Waiting();
            _mine.BackTo(0);
            return _mine;
        }

        public void Add(RegoValue value)
        {
            if (Count == _values.Length) Array.Resize(ref _values, Count * 2);
            _values[Count++] = value;
        }

        public ReadOnlySpan<RegoValue> From(int start) => _values.AsSpan(start, Count - start);

        /// <summary>Adds every second value of those from a position on, of as many as there were before any was added.</summary>
        public void AddHalf(int start, int offset)
        {
            var pairs = offset == 0 ? (Count - start) / 2 : (Count - start) / 3;
            for (var i = 0; i < pairs; i++) Add(_values[start + (2 * i) + offset]);
        }

        public void BackTo(int count)
        {
            if (count < Count) _values.AsSpan(count, Count - count).Clear();
            Count = count;
        }
    }
}
