using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Audit.Dsse;

/// <summary>One signature of an envelope.</summary>
/// <param name="KeyId">A hint at the key, which nobody vouches for; empty when there is none.</param>
public sealed record DsseSignature(string KeyId, ReadOnlyMemory<byte> Signature);

/// <summary>A key that envelopes are verified with.</summary>
/// <param name="KeyId">Its name; a signature that names another key is not tried with it. Empty: every signature is tried.</param>
/// <param name="Key">P-256.</param>
public sealed record DsseKey(string KeyId, ECDsa Key);

/// <summary>
/// A payload with its type and the signatures over both (DSSE v1.0.2, "envelope"). Verify it, and read what <see cref="Verify"/> gives and nothing
/// else: those are the bytes that were signed.
/// </summary>
public sealed record DsseEnvelope(string PayloadType, ReadOnlyMemory<byte> Payload, ImmutableArray<DsseSignature> Signatures)
{
    /// <summary>The longest envelope that is read, in bytes.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>How many signatures are read at most.</summary>
    public const int MaxSignatures = 100;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>A payload with one signature.</summary>
    public static DsseEnvelope Sign(string payloadType, ReadOnlyMemory<byte> payload, DsseKey key) =>
        new(payloadType, payload, [new DsseSignature(key.KeyId, DssePayload.Sign(key.Key, payloadType, payload.Span))]);

    /// <summary>Reads an envelope; members that it does not know are passed over, as the specification wants it.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DsseEnvelope Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxLength) throw Malformed($"it is longer than {MaxLength} bytes");
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var root = document.RootElement;
            var signatures = Member(root, "signatures").EnumerateArray().Select(Signature).ToImmutableArray();
            if (signatures.Length is 0 or > MaxSignatures) throw Malformed($"it has between 1 and {MaxSignatures} signatures");
            return new DsseEnvelope(Text(root, "payloadType"), Decode(Text(root, "payload"), "payload"), signatures);
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            throw new FormatException($"malformed envelope: {trouble.Message}", trouble);
        }
    }

    /// <summary>Checks the signatures.</summary>
    /// <returns>The payload's bytes, which one of the keys signed under this type.</returns>
    /// <exception cref="FormatException">The type is another one, or none of these keys signed it.</exception>
    public ReadOnlyMemory<byte> Verify(string payloadType, IReadOnlyCollection<DsseKey> keys)
    {
        if (PayloadType != payloadType) throw new FormatException($"the envelope's payload is `{PayloadType}`; `{payloadType}` would be right");
        return Signatures.Any(one => keys.Any(key => IsOf(key, one)))
            ? Payload
            : throw new FormatException("the envelope has no signature of a known key");
    }

    /// <summary>The envelope as JSON in UTF-8, always with the same bytes.</summary>
    public ReadOnlyMemory<byte> ToBytes()
    {
        var writer = new CanonicalWriter();
        writer.BeginObject();
        writer.Name("payload");
        writer.Text(Convert.ToBase64String(Payload.Span));
        writer.Name("payloadType");
        writer.Text(PayloadType);
        writer.Name("signatures");
        writer.BeginArray();
        foreach (var one in Signatures)
        {
            writer.BeginObject();
            writer.Name("keyid");
            writer.Text(one.KeyId);
            writer.Name("sig");
            writer.Text(Convert.ToBase64String(one.Signature.Span));
            writer.EndObject();
        }

        writer.EndArray();
        writer.EndObject();
        return writer.Bytes;
    }

    private bool IsOf(DsseKey key, DsseSignature one) =>
        (key.KeyId.Length == 0 || one.KeyId.Length == 0 || key.KeyId == one.KeyId)
        && DssePayload.Verify(key.Key, PayloadType, Payload.Span, one.Signature.Span);

    private static DsseSignature Signature(JsonElement one) => new(
        one.TryGetProperty("keyid", out var id) && id.ValueKind != JsonValueKind.Null ? id.GetString()! : "", Decode(Text(one, "sig"), "signature"));

    private static string Text(JsonElement parent, string name) => Member(parent, name).GetString() ?? throw Malformed($"`{name}` is a text");

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var member) ? member : throw Malformed($"`{name}` is missing");

    // Signers write either alphabet of RFC 4648 (§4, §5), the second often without its padding; one text holds one of them.
    private static byte[] Decode(string text, string what)
    {
        var isUrl = text.AsSpan().ContainsAny('-', '_');
        if (isUrl && text.AsSpan().ContainsAny('+', '/')) throw Malformed($"its {what} mixes two alphabets of base 64");
        var plain = text.Replace('-', '+').Replace('_', '/');
        var padded = plain.Contains('=', StringComparison.Ordinal) ? plain : plain.PadRight((plain.Length + 3) / 4 * 4, '=');
        return Base64Text.TryDecode(padded, out var bytes) ? bytes : throw Malformed($"its {what} is not base 64");
    }

    private static FormatException Malformed(string why) => new($"malformed envelope: {why}");
}
