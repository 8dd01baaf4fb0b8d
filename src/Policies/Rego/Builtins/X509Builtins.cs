using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Policies.Rego.Builtins.X509;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Certificates, requests for them, and private keys (OPA reference, "Crypto"), out of PEM, or DER in base64.</summary>
internal static class X509Builtins
{
    private const string Begin = "-----BEGIN";
    private const string Malformed = "x509: malformed certificate";

    public static void AddTo(BuiltinTable table)
    {
        RegoType[] text = [RegoType.String];
        var named = RegoType.ObjectOf(RegoType.String, RegoType.Any);
        var many = RegoType.ArrayOf(named);
        var verified = RegoType.Tuple(RegoType.Boolean, many);
        table.Add("crypto.x509.parse_certificates", text, many, Parse);
        table.Add("crypto.x509.parse_and_verify_certificates", text, verified, static (c, v) =>
            Verify(c, v[0].Text, new ChainWishes(), withUriStrings: true));
        table.Add("crypto.x509.parse_and_verify_certificates_with_options", [RegoType.String, named], verified, VerifyWithOptions,
            guarded: [RegoType.String, RegoType.Object]);
        table.Add("crypto.x509.parse_certificate_request", text, named, ParseRequest);
        table.Add("crypto.x509.parse_keypair", [RegoType.String, RegoType.String], named, ParsePair);
        table.Add("crypto.x509.parse_rsa_private_key", text, named, ParseKey);
        table.Add("crypto.parse_private_keys", text, many, ParseKeys);
    }

    private static RegoValue Parse(BuiltinContext context, ReadOnlySpan<RegoValue> operands) =>
        TryRead(context, operands[0].Text, out var certificates, out var problem)
            ? Shown(certificates, withUriStrings: true) : context.Fail(problem);

    private static RegoValue Shown(IEnumerable<Certificate> certificates, bool withUriStrings) =>
        RegoValue.ArrayOf([.. certificates.Select(one => CertificateShape.Of(one, withUriStrings))]);

    private static RegoValue VerifyWithOptions(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!TryRead(context, operands[0].Text, out _, out _)) return Unverified();
        return ChainWishes.Read(operands[1].AsObject!, out var problem) is { } wishes
            ? Verify(context, operands[0].Text, wishes, withUriStrings: false) : context.Fail(problem);
    }

    private static RegoValue Verify(BuiltinContext context, string text, ChainWishes wishes, bool withUriStrings) =>
        TryRead(context, text, out var certificates, out _) && CertificateChain.Find(context, certificates, wishes) is { } chain
            ? RegoValue.ArrayOf(RegoValue.True, Shown(chain, withUriStrings)) : Unverified();

    private static RegoValue Unverified() => RegoValue.ArrayOf(RegoValue.False, RegoValue.Of(RegoArray.Empty));

    private static bool TryRead(BuiltinContext context, string text, out List<Certificate> certificates, out string problem)
    {
        certificates = [];
        problem = "";
        Charge(context, text);
        try
        {
            if (!text.StartsWith(Begin, StringComparison.Ordinal))
            {
                if (!TryBase64(text, out var bytes, out problem)) return false;
                if (!bytes.AsSpan().StartsWith("-----BEGIN"u8))
                {
                    certificates = ReadAll(bytes);
                    return true;
                }

                text = Encoding.UTF8.GetString(bytes);
            }

            var der = new List<byte>();
            foreach (var block in Pem.All(text))
            {
                if (block.Label != "CERTIFICATE")
                {
                    problem = $"PEM block type is '{block.Label}', expected CERTIFICATE";
                    return false;
                }

                der.AddRange(block.Bytes);
            }

            certificates = ReadAll(der.ToArray());
            return true;
        }
        catch (Exception wrong) when (wrong is AsnContentException or OverflowException)
        {
            problem = wrong.Message.StartsWith("x509:", StringComparison.Ordinal) ? wrong.Message : Malformed;
            return false;
        }
    }

    // A key is decoded when it is shown; a wrong one must be found here.
    private static List<Certificate> ReadAll(byte[] der)
    {
        var all = Certificate.ReadAll(der);
        foreach (var one in all) one.Key.ToValue();
        return all;
    }

    private static RegoValue ParseRequest(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        Charge(context, text);
        if (!text.StartsWith(Begin + " CERTIFICATE REQUEST-----", StringComparison.Ordinal))
        {
            if (!TryBase64(text, out var decoded, out var problem)) return context.Fail(problem);
            return ReadRequest(context, Encoding.Latin1.GetString(decoded), decoded);
        }

        return ReadRequest(context, text, operands[0].AsString!.ToBytes());
    }

    private static RegoValue ReadRequest(BuiltinContext context, string text, byte[] bytes)
    {
        var block = Pem.Next(text, 0);
        if (block is not null && block.Label != "CERTIFICATE REQUEST")
            return context.Fail("invalid PEM-encoded certificate signing request");
        try
        {
            return CertificateRequest.Read(block?.Bytes ?? bytes);
        }
        catch (AsnContentException wrong)
        {
            return context.Fail(wrong.Message.StartsWith("x509:", StringComparison.Ordinal)
                ? wrong.Message : $"asn1: structure error: {wrong.Message}");
        }
    }

    private static RegoValue ParseKey(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        Charge(context, text);
        if (text.Length == 0) return context.Fail("input PEM data was empty");
        if (!text.StartsWith(Begin, StringComparison.Ordinal))
        {
            if (!TryBase64(text, out var decoded, out var problem)) return context.Fail(problem);
            text = Encoding.UTF8.GetString(decoded);
        }

        return Keys(context, text) is not { } keys ? default : keys.Count == 0 ? RegoValue.Null : keys[0].ToJsonWebKey();
    }

    private static RegoValue ParseKeys(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var text = operands[0].Text;
        Charge(context, text);
        if (text.Length == 0) return RegoValue.Null;
        return Keys(context, text) is { } keys ? RegoValue.ArrayOf([.. keys.Select(key => key.ToGoShape())]) : default;
    }

    /// <summary>The private keys of a text; null, and the error is recorded, when one cannot be read.</summary>
    private static List<PrivateKey>? Keys(BuiltinContext context, string text)
    {
        if (TryBase64(text, out var decoded, out _)) text = Encoding.UTF8.GetString(decoded);
        var keys = new List<PrivateKey>();
        try
        {
            foreach (var block in Pem.All(text))
            {
                if (PrivateKey.Read(block) is { } key) keys.Add(key);
            }
        }
        catch (Exception wrong) when (wrong is CryptographicException or PlatformNotSupportedException)
        {
            context.Fail($"x509: failed to parse private key: {wrong.Message}");
            return null;
        }

        return keys;
    }

    private static RegoValue ParsePair(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!TryPem(context, operands[0].Text, "CERTIFICATE", out var certificate, out var problem)
            || !TryPem(context, operands[1].Text, "PRIVATE KEY", out var secret, out problem)) return context.Fail(problem);
        var blocks = Pem.All(certificate).Where(block => block.Label == "CERTIFICATE").ToList();
        if (blocks.Count == 0) return context.Fail("tls: failed to find any PEM data in certificate input");
        var keys = Pem.All(secret).Where(block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)).ToList();
        if (keys.Count == 0) return context.Fail("tls: failed to find any PEM data in key input");
        try
        {
            if (ReadAll(blocks[0].Bytes) is not [var leaf, ..]) return context.Fail(Malformed);
            if (PrivateKey.ReadAny(keys[0].Bytes) is not { } key) return context.Fail("tls: failed to parse private key");
            if (key.Matches(leaf.Key) is not { } fits) return context.Fail("tls: private key type does not match public key type");
            if (!fits) return context.Fail("tls: private key does not match public key");
            var shape = new GoShape();
            shape.List("Certificate", blocks.Select(block => GoShape.Bytes(block.Bytes)));
            shape.Set("PrivateKey", key.ToGoShape());
            foreach (var name in new[] { "SupportedSignatureAlgorithms", "OCSPStaple", "SignedCertificateTimestamps" })
                shape.Set(name, RegoValue.Null);
            shape.Set("Leaf", CertificateShape.Of(leaf, withUriStrings: false));
            return shape.Build();
        }
        catch (AsnContentException wrong)
        {
            return context.Fail(wrong.Message.StartsWith("x509:", StringComparison.Ordinal) ? wrong.Message : Malformed);
        }
    }

    /// <summary>A text as PEM: what is none is base64 of PEM or of DER.</summary>
    private static bool TryPem(BuiltinContext context, string text, string label, out string pem, out string problem)
    {
        Charge(context, text);
        (pem, problem) = (text, "");
        if (text.StartsWith(Begin, StringComparison.Ordinal)) return true;
        if (!TryBase64(text, out var bytes, out problem)) return false;
        pem = bytes.AsSpan().StartsWith("-----BEGIN"u8) ? Encoding.UTF8.GetString(bytes) : Pem.Write(label, bytes);
        return true;
    }

    private static bool TryBase64(string text, out byte[] bytes, out string problem)
    {
        var isFine = GoBase64.TryDecode(text, "+/", out bytes, out var wrong);
        problem = isFine ? "" : $"illegal base64 data at input byte {wrong}";
        return isFine;
    }

    private static void Charge(BuiltinContext context, string text)
    {
        context.Budget.CheckSize(text.Length);
        context.Budget.Charge(1000 + text.Length);
    }
}
