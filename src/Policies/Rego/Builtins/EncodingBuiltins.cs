using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Base64 (RFC 4648), hex and URL queries.</summary>
internal static class EncodingBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        RegoType[] one = [RegoType.String];
        table.Add("base64.encode", one, RegoType.String, static (c, v) =>
            c.Sized(Convert.ToBase64String(v[0].AsString!.ToBytes())));
        table.Add("base64.decode", one, RegoType.String, static (c, v) => Decoded(c, v[0].Text, "+/"));
        table.Add("base64.is_valid", one, RegoType.Boolean, static (c, v) =>
            RegoValue.Of(v[0].AsString is { } text && GoBase64.TryDecode(text.Text, "+/", out _, out _)), guarded: [RegoType.Any]);
        table.Add("base64url.encode", one, RegoType.String, static (c, v) => c.Sized(UrlSafe(v[0])));
        table.Add("base64url.encode_no_pad", one, RegoType.String, static (c, v) => c.Sized(UrlSafe(v[0]).TrimEnd('=')));
        table.Add("base64url.decode", one, RegoType.String, static (c, v) =>
            LacksCharacter(v[0].Text) ? c.Fail($"illegal base64url string: {v[0].Text}") : Decoded(c, Padded(v[0].Text), "-_"));
        table.Add("hex.encode", one, RegoType.String, static (c, v) =>
            c.Sized(Convert.ToHexStringLower(v[0].AsString!.ToBytes())));
        table.Add("hex.decode", one, RegoType.String, HexDecode);
        table.Add("urlquery.encode", one, RegoType.String, static (c, v) => c.Sized(UrlQuery.Escape(v[0].AsString!.ToBytes())));
        table.Add("urlquery.decode", one, RegoType.String, UrlDecode);
        var values = RegoType.OneOf(RegoType.String, RegoType.ArrayOf(RegoType.String), RegoType.SetOf(RegoType.String));
        table.Add("urlquery.encode_object", [RegoType.ObjectOf(RegoType.String, values)], RegoType.String, EncodeObject);
        table.Add("urlquery.decode_object", one, RegoType.ObjectOf(RegoType.String, RegoType.ArrayOf(RegoType.String)),
            DecodeObject);
    }

    private static string UrlSafe(RegoValue value) =>
        Convert.ToBase64String(value.AsString!.ToBytes()).Replace('+', '-').Replace('/', '_');

    // Padding may be left out; then nothing else may be, so that a broken text does not become a good one.
    /// <summary>Whether base64 without padding has a length that none can have.</summary>
    internal static bool LacksCharacter(string text) => !text.EndsWith('=') && Encoding.UTF8.GetByteCount(text) % 4 == 1;

    internal static string Padded(string text) => text.EndsWith('=')
        ? text
        : (text.Length % 4) switch { 1 => text + "=", 2 => text + "==", 3 => text + "=", _ => text };

    private static RegoValue Decoded(BuiltinContext context, string text, string last)
    {
        context.Budget.CheckSize(text.Length);
        return GoBase64.TryDecode(text, last, out var bytes, out var wrong)
            ? RegoValue.Of(RegoString.FromBytes(bytes))
            : context.Fail($"illegal base64 data at input byte {wrong}");
    }

    private static RegoValue HexDecode(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        context.Budget.CheckSize(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value >= 128 || !char.IsAsciiHexDigit((char)rune.Value))
                return context.Fail($"encoding/hex: invalid byte: {InvalidByte(rune)}");
        }

        return text.Length % 2 == 0
            ? RegoValue.Of(RegoString.FromBytes(Convert.FromHexString(text)))
            : context.Fail("encoding/hex: odd length hex string");
    }

    // Go looks at the first byte of the character and shows it as if it were a character.
    private static string InvalidByte(Rune rune)
    {
        var first = Encoding.UTF8.GetBytes(rune.ToString())[0];
        var shown = new Rune((int)first);
        return $"U+{(int)first:X4}" + (GoQuote.IsPrintable(shown) ? $" '{shown}'" : "");
    }

    private static RegoValue UrlDecode(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        UrlQuery.TryUnescape(operands[0].Text, out var bytes, out var wrong)
            ? RegoValue.Of(RegoString.FromBytes(bytes))
            : context.Fail($"invalid URL escape {RegoValue.Of(wrong)}");

    private static RegoValue EncodeObject(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var entries = operands[0].AsObject!;
        var text = new StringBuilder();
        for (var i = 0; i < entries.Count; i++)
        {
            var key = UrlQuery.Escape(entries.Keys[i].AsString!.ToBytes());
            ReadOnlySpan<RegoValue> values = entries.Values[i].AsString is null
                ? AggregateBuiltins.Items(entries.Values[i]) : entries.Values.Slice(i, 1);
            foreach (ref readonly var value in values)
            {
                if (text.Length > 0) text.Append('&');
                text.Append(key).Append('=').Append(UrlQuery.Escape(value.AsString!.ToBytes()));
                context.Budget.CheckSize(text.Length);
            }
        }

        return RegoValue.Of(text.ToString());
    }

    private static RegoValue DecodeObject(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var entries = new Dictionary<string, List<RegoValue>>(StringComparer.Ordinal);
        foreach (var part in operands[0].Text.Split('&'))
        {
            if (part.Length == 0) continue;
            if (part.Contains(';', StringComparison.Ordinal)) return context.Fail("invalid semicolon separator in query");
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            if (!UrlQuery.TryUnescape(name, out var key, out var wrong)
                || !UrlQuery.TryUnescape(value, out var content, out wrong))
                return context.Fail($"invalid URL escape {RegoValue.Of(wrong)}");
            var text = Encoding.UTF8.GetString(key);
            if (!entries.TryGetValue(text, out var values)) entries[text] = values = [];
            values.Add(RegoValue.Of(RegoString.FromBytes(content)));
        }

        var builder = new RegoObjectBuilder(entries.Count);
        foreach (var (key, values) in entries) builder.Set(key, RegoValue.ArrayOf([.. values]));
        return RegoValue.Of(builder.Build());
    }
}
