using System.Buffers.Text;
using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Jwt;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>JSON Web Tokens (RFC 7519): reading, verifying, signing (OPA reference, "Token
/// Verification" and "Token Signing").</summary>
internal static class JwtBuiltins
{
    private const int DeepestNesting = 16;

    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.String, RegoType.String];
        var named = RegoType.ObjectOf(RegoType.String, RegoType.Any);
        var decoded = RegoType.Tuple(RegoType.Object, RegoType.Object, RegoType.String);
        table.Add("io.jwt.decode", [RegoType.String], decoded, Decode);
        foreach (var algorithm in JwtAlgorithm.All.Values.OrderBy(algorithm => algorithm.Name, StringComparer.Ordinal))
            table.Add($"io.jwt.verify_{algorithm.Name.ToLowerInvariant()}", two, RegoType.Boolean, (c, v) =>
                Verify(c, v, algorithm));
        table.Add(
            "io.jwt.decode_verify", [RegoType.String, named],
                RegoType.Tuple(RegoType.Boolean, RegoType.Object, RegoType.Object),
            DecodeVerify, BuiltinTraits.Nondeterministic, guarded: [RegoType.String, RegoType.Object]);
        table.Add("io.jwt.encode_sign", [named, named, named], RegoType.String, EncodeSign,
            BuiltinTraits.Nondeterministic, guarded: [RegoType.Object, RegoType.Object, RegoType.Object]);
        table.Add(
            "io.jwt.encode_sign_raw", [RegoType.String, RegoType.String, RegoType.String], RegoType.String, EncodeSignRaw,
                BuiltinTraits.Nondeterministic);
    }

    private static JwtToken? Read(BuiltinContext context, string text)
    {
        context.Budget.CheckSize(text.Length);
        var token = JwtToken.Read(text, out var problem);
        if (token is null) context.Fail(problem);
        return token;
    }

    private static RegoValue Decode(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var token = Read(context, operands[0].Text);
        for (var depth = 0; token is { IsNested: true } && depth < DeepestNesting; depth++)
            token = Read(context, Encoding.UTF8.GetString(token.Payload).Trim('"'));
        if (token is null) return default;
        return token.Claims() is { } claims
            ? RegoValue.ArrayOf(RegoValue.Of(token.Header), RegoValue.Of(claims),
                RegoValue.Of(Convert.ToHexStringLower(token.Signature)))
            : context.Fail("JWT payload is not a JSON object");
    }

    private static RegoValue Verify(BuiltinContext context, ReadOnlySpan<RegoValue> operands, JwtAlgorithm algorithm)
    {
        context.Budget.CheckSize(operands[0].Text.Length);
        context.Budget.Charge(10_000);
        var problem = "";
        if (JwtToken.ReadToVerify(operands[0].Text, algorithm.Family != JwtFamily.Hmac, ref problem) is not { } token)
            return context.Fail(problem);
        var keys = algorithm.Family == JwtFamily.Hmac
            ? [JwtKey.OfSecret(operands[1].AsString!.ToBytes())]
            : JwtKey.Read(operands[1].Text, out problem);
        if (keys is null) return context.Fail(problem);
        var holds = Holds(token, keys, algorithm);
        foreach (var key in keys) key.Dispose();
        return RegoValue.Of(holds);
    }

    /// <summary>
    /// Whether one of the keys made the signature: the one that the token names, or else any that is not for another algorithm.
    /// </summary>
    private static bool Holds(JwtToken token, List<JwtKey> keys, JwtAlgorithm algorithm)
    {
        if (token.HeaderText("kid") is { } id && keys.Find(key => key.Id == id) is { } named)
            return algorithm.Verifies(named, token.Signed, token.Signature);
        var stated = token.HeaderText("alg");
        return keys.Exists(key => (key.Algorithm is null || key.Algorithm == stated)
            && algorithm.Verifies(key, token.Signed, token.Signature));
    }

    private static RegoValue DecodeVerify(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        using var constraints = JwtConstraints.Read(operands[1].AsObject!, context.NowNanoseconds, out var problem);
        if (constraints is null) return context.Fail(problem);
        var empty = RegoValue.Of(RegoObject.Empty);
        var unverified = RegoValue.ArrayOf(RegoValue.False, empty, empty);
        var text = operands[0].Text;
        for (var depth = 0; depth < DeepestNesting; depth++)
        {
            context.Budget.Charge(10_000);
            if (Read(context, text) is not { } token) return default;
            if (token.HeaderText("alg") is not { } name || token.Header["crit"].IsDefined) return unverified;
            if (constraints.Algorithm is not null && constraints.Algorithm != name) return unverified;
            if (!JwtAlgorithm.All.TryGetValue(name, out var algorithm)) return context.Fail($"unknown JWS algorithm: {name}");
            if (!Holds(token, constraints.Keys, algorithm)) return unverified;
            if (token.IsNested)
            {
                text = Encoding.UTF8.GetString(token.Payload).Trim('"');
                continue;
            }

            if (token.Claims() is not { } claims) return context.Fail("JWT payload is not a JSON object");
            if (constraints.Accepts(claims, out problem) is not { } accepted) return context.Fail(problem);
            return accepted ? RegoValue.ArrayOf(RegoValue.True, RegoValue.Of(token.Header), RegoValue.Of(claims)) : unverified;
        }

        return context.Fail("the token holds too many tokens inside one another");
    }

    private static RegoValue EncodeSign(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Measure(operands[0]);
        context.Measure(operands[1]);
        return Sign(context, RegoJson.ToText(operands[0], escapeHtml: true), RegoJson.ToText(operands[1], escapeHtml: true),
            operands[2].AsObject!);
    }

    private static RegoValue EncodeSignRaw(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        RegoJson.TryParse(operands[2].AsString!.ToBytes(), out var key, out var problem) && key.AsObject is { } entries
            ? Sign(context, operands[0].Text, operands[1].Text, entries)
            : context.Fail($"failed to parse the key: {problem ?? "it is not a JSON object"}");

    // The reader of headers in OPA takes any run of a number's characters for a number, and finds no `alg` in it.
    private static RegoValue Sign(BuiltinContext context, string header, string payload, RegoObject keyEntries)
    {
        context.Budget.CheckSize(header.Length + (long)payload.Length);
        context.Budget.Charge(100_000);
        if (header.Length == 0)
            return context.Fail("missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string");
        var isNumber = header.AsSpan().Trim().TrimStart("0123456789.+-eE").IsEmpty && header.Trim() is not ("-" or "+");
        RegoValue head = default;
        if (!isNumber && !RegoJson.TryParse(Encoding.UTF8.GetBytes(header), out head, out var problem))
            return context.Fail($"missing or invalid 'alg' header: cannot parse JSON: {problem}");
        if (head.AsObject?["alg"].AsString?.Text is not { } name)
            return context.Fail("missing or invalid 'alg' header: jwsbb: header \"alg\" not found");
        if (!JwtAlgorithm.All.TryGetValue(name, out var algorithm)) return context.Fail($"unknown JWS algorithm: {name}");
        var isToken = head.AsObject["typ"] is { IsDefined: false } or { AsString.Text: "JWT" };
        if (isToken && !RegoJson.TryParse(Encoding.UTF8.GetBytes(payload), out _, out _))
            return context.Fail("type is JWT but payload is not JSON");
        try
        {
            using var key = JwtKey.ReadJson(keyEntries);
            if (key is null) return context.Fail("failed to parse the key: its `kty` is not known");
            var text =
                Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "."
                + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
            return algorithm.Sign(key, Encoding.ASCII.GetBytes(text)) is { } signature
                ? context.Sized(text + "." + Base64Url.EncodeToString(signature))
                : context.Fail($"the key cannot sign with {name}");
        }
        catch (Exception trouble) when (trouble is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return context.Fail($"failed to parse the key: {trouble.Message}");
        }
    }
}
