using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Dispatch;

/// <summary>What opening an envelope found: what was signed, or why it is not believed.</summary>
internal readonly record struct Opened<T>(T? Value, string Why)
    where T : class;

/// <summary>What the gate's signer and verifiers share: the envelope of DSSE 1.0, and the bytes that are signed.</summary>
internal static class Dsse
{
    /// <summary>The media type of in-toto statements.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    public const string StatementType = "https://in-toto.io/Statement/v1";

    public const string PredicateType = "https://gitops-gate.dev/attestations/approval/v1";

    /// <summary>The media type of documents that tell an agent what its target should run.</summary>
    public const string DesiredType = "application/vnd.gitops-gate.desired+json;v=1";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The pre-authentication encoding of DSSE 1.0: type and payload, each preceded by its length in bytes.</summary>
    public static byte[] Encode(string type, ReadOnlySpan<byte> payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "), .. payload];

    /// <summary>A key's name: SHA-256 over its SubjectPublicKeyInfo, lower-case hex.</summary>
    public static string KeyId(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>An envelope with one signature, always with the same bytes.</summary>
    public static byte[] Envelope(string type, ReadOnlyMemory<byte> payload, string keyId, ReadOnlyMemory<byte> signature) => Write(json =>
    {
        json.WriteString("payloadType", type);
        json.WriteBase64String("payload", payload.Span);
        json.WriteStartArray("signatures");
        json.WriteStartObject();
        json.WriteString("keyid", keyId);
        json.WriteBase64String("sig", signature.Span);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>One JSON object in UTF-8.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Opens an envelope. Nothing of the payload is read before its signature is found good; never
    /// throws for the content.
    /// </summary>
    /// <param name="kind">The payload's media type, what the thing is called in messages, and how large it may be.</param>
    /// <param name="read">Reads the payload, given as JSON and as bytes.</param>
    /// <exception cref="ArgumentException">The public key is no PEM <c>PUBLIC KEY</c> block.</exception>
    public static Opened<T> Open<T>(
        ReadOnlyMemory<byte> bytes, string publicKey, (string Type, string What, int MaxBytes) kind, Func<JsonElement, byte[], Opened<T>> read)
        where T : class
    {
        using var key = ECDsa.Create();
        key.ImportKey(publicKey);
        if (bytes.Length > kind.MaxBytes) return new(null, $"the {kind.What} has more than {kind.MaxBytes} bytes");
        try
        {
            using var envelope = JsonDocument.Parse(bytes, Strict);
            var type = Text(envelope.RootElement, "payloadType");
            if (type != kind.Type) return new(null, $"the payload is of type `{type}`, not `{kind.Type}`");
            var payload = envelope.RootElement.GetProperty("payload").GetBytesFromBase64();
            if (!IsSigned(envelope.RootElement, key, Encode(type, payload))) return new(null, "no signature of the gate's key fits the payload");
            using var document = JsonDocument.Parse(payload, Strict);
            return read(document.RootElement, payload);
        }
        catch (JsonException)
        {
            return new(null, $"the {kind.What} is not strict JSON");
        }
        catch (KeyNotFoundException)
        {
            return new(null, $"a member of the {kind.What} is missing");
        }
        catch (InvalidOperationException)
        {
            return new(null, $"a member of the {kind.What} is of the wrong kind");
        }
        catch (FormatException)
        {
            return new(null, $"a member of the {kind.What} is not written as it should be");
        }
    }

    /// <summary>A member that must be a text.</summary>
    /// <exception cref="InvalidOperationException">It is something else.</exception>
    public static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new InvalidOperationException($"`{name}` must be a text");

    private static bool IsSigned(JsonElement envelope, ECDsa key, byte[] signed) =>
        envelope.GetProperty("signatures").EnumerateArray().Take(8).Any(signature =>
            Text(signature, "keyid") == KeyId(key)
            && key.VerifyData(
                signed, signature.GetProperty("sig").GetBytesFromBase64(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
