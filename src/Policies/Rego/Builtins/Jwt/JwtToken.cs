using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>A token of three parts (RFC 7515, compact serialisation), its parts not yet believed.</summary>
/// <param name="Header">The header.</param>
/// <param name="Payload">The payload's bytes.</param>
/// <param name="Signature">The signature's bytes.</param>
/// <param name="Signed">What the signature is over: the first two parts as they were written.</param>
internal sealed record JwtToken(RegoObject Header, byte[] Payload, byte[] Signature, byte[] Signed)
{
    public string? HeaderText(string name) => Header[name].AsString?.Text;

    /// <summary>Whether the payload is a token itself.</summary>
    public bool IsNested => string.Equals(HeaderText("cty"), "JWT", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a token; null, and why, when it is none.</summary>
    public static JwtToken? Read(string text, out string problem)
    {
        problem = "";
        var parts = text.Split('.');
        if (parts.Length != 3)
        {
            problem = $"encoded JWT must have 3 sections, found {parts.Length}";
            return null;
        }

        if (Decode(parts[0], "header", ref problem) is not { } head) return null;
        if (!RegoJson.TryParse(head, out var header, out _) || header.AsObject is not { } entries)
        {
            problem = "JWT header is not a JSON object";
            return null;
        }

        if (entries["enc"].IsDefined)
        {
            problem = "JWT is a JWE object, which is not supported";
            return null;
        }

        if (Decode(parts[1], "payload", ref problem) is not { } payload
            || Decode(parts[2], "signature", ref problem) is not { } signature) return null;
        return new JwtToken(entries, payload, signature, System.Text.Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]));
    }

    /// <summary>Reads what verifying needs: the payload is not looked at, the header only for what it says of the key.</summary>
    public static JwtToken? ReadToVerify(string text, bool needsHeader, ref string problem)
    {
        var parts = text.Split('.');
        if (parts.Length != 3)
        {
            problem = $"encoded JWT must have 3 sections, found {parts.Length}";
            return null;
        }

        var header = RegoObject.Empty;
        if (needsHeader)
        {
            if (Decode(parts[0], "header", ref problem) is not { } head) return null;
            problem = "JWT header is not a JSON object";
            if (!RegoJson.TryParse(head, out var read, out _) || read.AsObject is not { } entries) return null;
            header = entries;
        }

        return Decode(parts[2], "signature", ref problem) is { } signature
            ? new JwtToken(header, [], signature, System.Text.Encoding.UTF8.GetBytes(parts[0] + "." + parts[1])) : null;
    }

    /// <summary>The payload as an object; null when it is none.</summary>
    public RegoObject? Claims() => RegoJson.TryParse(Payload, out var claims, out _) ? claims.AsObject : null;

    private static byte[]? Decode(string part, string name, ref string problem)
    {
        if (EncodingBuiltins.LacksCharacter(part))
        {
            problem = $"JWT {name} had invalid encoding: illegal base64url string: {part}";
            return null;
        }

        if (GoBase64.TryDecode(EncodingBuiltins.Padded(part), "-_", out var bytes, out var wrong)) return bytes;
        problem = $"JWT {name} had invalid encoding: illegal base64 data at input byte {wrong}";
        return null;
    }
}
