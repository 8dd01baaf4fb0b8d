using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// Verifies <c>.signatures.json</c>: a list of JSON Web Signatures (RFC 7515) whose payload names every file of the bundle with
/// its hash (OPA documentation, "Bundles", section "Signing"). One signature by a known key over exactly the files that are there
/// is enough.
/// </summary>
public static class BundleSignature
{
    /// <summary>Who signed a bundle.</summary>
    /// <param name="bundle">The bundle as it was read.</param>
    /// <param name="keys">The keys that are trusted.</param>
    public static BundleVerification Verify(PolicyBundle bundle, IReadOnlyCollection<BundleKey> keys)
    {
        var file = bundle.Files.FirstOrDefault(file => file.Path == SignatureFile.FileName);
        if (file is null) return new BundleVerification.Unsigned();
        if (ReadTokens(file.Content) is not { Count: > 0 } tokens)
            return new BundleVerification.Rejected("`.signatures.json` holds no list of `signatures`");
        var reason = "";
        foreach (var token in tokens)
        {
            var one = VerifyToken(token, bundle, keys);
            if (one is BundleVerification.Trusted) return one;
            if (one is BundleVerification.Rejected rejected && reason.Length == 0) reason = rejected.Reason;
        }

        return new BundleVerification.Rejected(reason);
    }

    private static List<string>? ReadTokens(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("signatures", out var list)
                    || list.ValueKind != JsonValueKind.Array) return null;
            return [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => item.GetString()!)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static BundleVerification VerifyToken(string token, PolicyBundle bundle, IReadOnlyCollection<BundleKey> keys)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || Decode(parts[0]) is not { } head || Decode(parts[1]) is not { } payload
            || Decode(parts[2]) is not { } signature)
            return new BundleVerification.Rejected("a signature is not a JSON Web Signature of three parts");
        try
        {
            using var header = JsonDocument.Parse(head);
            using var claims = JsonDocument.Parse(payload);
            var id = TextOf(header.RootElement, "kid") ?? TextOf(claims.RootElement, "keyid");
            var key = id is null && keys.Count == 1 ? keys.First() : keys.FirstOrDefault(known => known.Id == id);
            if (key is null) return new BundleVerification.Rejected($"no trusted key is called `{id}`");
            if (TextOf(header.RootElement, "alg") != key.Algorithm)
                return new BundleVerification.Rejected($"the signature is made with `{TextOf(header.RootElement, "alg")}`; key `{key.Id}` is for `{key.Algorithm}`");
            if (!key.Verifies(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), signature))
                return new BundleVerification.Rejected($"the signature is not that of key `{key.Id}`");
            if (key.Scope is not null && TextOf(claims.RootElement, "scope") != key.Scope)
                return new BundleVerification.Rejected($"the signature is for the scope `{TextOf(claims.RootElement, "scope")}`; `{key.Scope}` would be right");
            return Differs(claims.RootElement, bundle) is { } difference
                ? new BundleVerification.Rejected(difference)
                : new BundleVerification.Trusted(key.Id);
        }
        catch (JsonException)
        {
            return new BundleVerification.Rejected("a signature's header or payload is not JSON");
        }
    }

    /// <summary>How the signed files differ from those of the bundle; null when they are the same.</summary>
    private static string? Differs(JsonElement claims, PolicyBundle bundle)
    {
        if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty("files", out var files)
            || files.ValueKind != JsonValueKind.Array)
            return "the signature names no files";
        var signed = new Dictionary<string, (string Hash, string Algorithm)>(StringComparer.Ordinal);
        foreach (var file in files.EnumerateArray())
        {
            if (TextOf(file, "name") is not { } name || TextOf(file, "hash") is not { } hash)
                return "the signature names a file without a hash";
            signed[name.TrimStart('/')] = (hash, TextOf(file, "algorithm") ?? "SHA-256");
        }

        foreach (var file in bundle.Files.Where(file => file.Path != SignatureFile.FileName))
        {
            if (!signed.Remove(file.Path, out var stated)) return $"`{file.Path}` is not signed";
            if (!string.Equals(FileHash.Of(file, stated.Algorithm), stated.Hash, StringComparison.OrdinalIgnoreCase))
                return $"`{file.Path}` is not what was signed";
        }

        return signed.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } missing
            ? $"`{missing}` was signed and is missing" : null;
    }

    private static byte[]? Decode(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? TextOf(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
