using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// The hash of one file as bundle signatures state it (OPA documentation, "Bundles", section "Signing"): of Rego its bytes, of
/// JSON its compact text with sorted keys, so that re-indenting a file does not break a signature.
/// </summary>
internal static class FileHash
{
    private static readonly JsonWriterOptions Compact =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The hash in hex; null for an algorithm that is not known or a file that is not JSON.</summary>
    public static string? Of(BundleFile file, string algorithm)
    {
        var content = file.Name.EndsWith(".json", StringComparison.Ordinal) || file.Name == ManifestReader.FileName
            ? Canonical(file.Content)
            : file.Content.ToArray();
        if (content is null) return null;
        var hash = algorithm switch
        {
            "SHA-256" => SHA256.HashData(content),
            "SHA-384" => SHA384.HashData(content),
            "SHA-512" => SHA512.HashData(content),
            _ => null,
        };
        return hash is null ? null : Convert.ToHexStringLower(hash);
    }

    private static byte[]? Canonical(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
            var text = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(text, Compact)) Write(document.RootElement, writer);
            return text.WrittenSpan.ToArray();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Write(JsonElement value, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(property.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
