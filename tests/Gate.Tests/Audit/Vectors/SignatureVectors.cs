using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Dsse;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>The signature algorithms, at the edges that Wycheproof and CCTV know, and the envelope of DSSE.</summary>
internal static class SignatureVectors
{
    public static Task Ed25519ByWhatIsHere(Tally tally) => EdDsa(tally, Ed25519.Verify);

    /// <summary>Beyond the reference: the managed code, where libcrypto would have answered.</summary>
    public static Task Ed25519InManagedCode(Tally tally) => EdDsa(
        tally, (key, message, signature) => signature.Length == Ed25519.SignatureLength && Ed25519Curve.Verify(key, message, signature));

    /// <summary>Beyond the reference: points that are not encoded in the one way.</summary>
    public static Task Ed25519Edges(Tally tally)
    {
        foreach (var one in VectorFile.Published("cctv_ed25519_edge.json").Items("vectors"))
        {
            if (!one.Texts("flags").Any(flag => flag is "non_canonical_A" or "non_canonical_R")) continue;
            var (key, message, signature) = (one.Hex("key"), Encoding.UTF8.GetBytes(one.Text("msg")), one.Hex("sig"));
            tally.Check(!Ed25519.Verify(key, message, signature) && !Ed25519Curve.Verify(key, message, signature), $"edge case {one.Number("number")}");
        }

        return Task.CompletedTask;
    }

    public static Task EcdsaInDer(Tally tally) => Ecdsa(tally, "wycheproof_ecdsa_p256_sha256_der.json", EcdsaDer.Verify);

    /// <summary>Beyond the reference: r and s as they are, which DSSE takes too.</summary>
    public static Task EcdsaRaw(Tally tally) => Ecdsa(tally, "wycheproof_ecdsa_p256_sha256_p1363.json", EcdsaDer.VerifyRaw);

    public static Task MlDsa(Tally tally) => MlDsa(tally, hasContext: false);

    /// <summary>Beyond the reference: signatures with a context.</summary>
    public static Task MlDsaWithContext(Tally tally) => MlDsa(tally, hasContext: true);

    public static Task Dsse(Tally tally)
    {
        var vectors = VectorFile.Published("dsse.json");
        var payload = Encoding.UTF8.GetBytes(vectors.Text("payload_utf8"));
        tally.Check(Encoding.UTF8.GetString(DssePayload.Pae(vectors.Text("payloadType"), payload)) == vectors.Text("pae_utf8"), "what is signed");
        var envelope = DsseEnvelope.Parse(Encoding.UTF8.GetBytes(vectors.GetProperty("envelope").GetRawText()));
        var point = vectors.GetProperty("key");
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Coordinate(point.Text("x")), Y = Coordinate(point.Text("y")) },
        });
        tally.Check(envelope.Verify(vectors.Text("payloadType"), [new DsseKey(point.Text("keyid"), key)]).Span.SequenceEqual(payload), "envelope");
        return Task.CompletedTask;
    }

    private static Task EdDsa(Tally tally, Verification verify)
    {
        foreach (var group in VectorFile.Published("wycheproof_ed25519.json").Items("testGroups"))
        {
            var key = group.GetProperty("publicKey").Hex("pk");
            foreach (var one in group.Items("tests")) tally.Check(verify(key, one.Hex("msg"), one.Hex("sig")) == IsValid(one), $"case {one.Number("tcId")}");
        }

        return Task.CompletedTask;
    }

    private static Task Ecdsa(Tally tally, string file, EcdsaVerification verify)
    {
        foreach (var group in VectorFile.Published(file).Items("testGroups"))
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(group.Hex("publicKeyDer"), out _);
            foreach (var one in group.Items("tests").Where(one => one.Text("result") != "acceptable"))
                tally.Check(verify(key, one.Hex("msg"), one.Hex("sig")) == IsValid(one), $"case {one.Number("tcId")}");
        }

        return Task.CompletedTask;
    }

    private static Task MlDsa(Tally tally, bool hasContext)
    {
        foreach (var group in VectorFile.Published("wycheproof_mldsa44_verify.json").Items("testGroups"))
        {
            var key = group.Hex("publicKey");
            foreach (var one in group.Items("tests"))
            {
                var context = one.TryGetProperty("ctx", out var given) ? Convert.FromHexString(given.GetString()!) : [];
                if (context.Length > 0 == hasContext) tally.Check(MlDsa44.Verify(key, one.Hex("msg"), one.Hex("sig"), context) == IsValid(one), $"case {one.Number("tcId")}");
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsValid(JsonElement one) => one.Text("result") == "valid";

    private static byte[] Coordinate(string number)
    {
        var bytes = BigInteger.Parse(number, CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    private delegate bool Verification(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    private delegate bool EcdsaVerification(ECDsa key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
