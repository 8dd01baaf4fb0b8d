using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Attestations;
using GitOpsGate.Dispatch;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Attestations;

/// <summary>Envelopes of DSSE 1.0: the published example, our own, and every way in which one is wrong.</summary>
public class EnvelopeCheckTests
{
    [Fact]
    public void The_published_envelope_is_good_and_its_payload_is_what_was_signed()
    {
        var path = Shared.Locate("vectors/published/dsse.json");
        Assert.SkipWhen(path is null, "needs the reference data `vectors/published/dsse.json`");
        using var vector = JsonDocument.Parse(File.ReadAllBytes(path!));
        var (root, key) = (vector.RootElement, vector.RootElement.GetProperty("key"));
        using var signer = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Bytes(key.GetProperty("x")), Y = Bytes(key.GetProperty("y")) },
        });
        var pem = signer.ExportSubjectPublicKeyInfoPem();
        var envelope = Encoding.UTF8.GetBytes(root.GetProperty("envelope").GetRawText());
        var found = EnvelopeCheck.Of(envelope, pem);
        Assert.Equal((root.GetProperty("payloadType").GetString(), root.GetProperty("payload_utf8").GetString()), (found.Type, Encoding.UTF8.GetString(found.Payload.Span)));
        var other = Encoding.UTF8.GetString(envelope).Replace("HelloWorld", "HelloWorle", StringComparison.Ordinal);
        Assert.False(EnvelopeCheck.Of(Encoding.UTF8.GetBytes(other), pem).IsGood);
    }

    [Fact]
    public void An_envelope_of_ours_is_good_in_both_alphabets_and_without_the_keys_name()
    {
        using var signer = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        var envelope = signer.Seal("text/plain", [.. Enumerable.Range(0, 256).Select(one => (byte)one)]);
        Assert.True(EnvelopeCheck.Of(envelope, signer.PublicKey).IsGood);
        var (payload, signature) = (JsonElement.Parse(envelope).GetProperty("payload").GetString()!, JsonElement.Parse(envelope).GetProperty("signatures")[0].GetProperty("sig").GetString()!);
        Assert.Contains('+', payload);
        Assert.True(EnvelopeCheck.Of(Envelope("text/plain", payload, signature), signer.PublicKey).IsGood);
        Assert.True(EnvelopeCheck.Of(Envelope("text/plain", Url(payload), Url(signature)), signer.PublicKey).IsGood);
        using var stranger = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        Assert.Contains("no signature of this key", EnvelopeCheck.Of(envelope, stranger.PublicKey).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void No_changed_bit_of_type_payload_or_signature_goes_unseen()
    {
        using var signer = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        var envelope = JsonElement.Parse(signer.Seal("text/plain", "a short payload"u8.ToArray()));
        var (payload, signature) = (envelope.GetProperty("payload").GetBytesFromBase64(), envelope.GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64());
        Assert.True(EnvelopeCheck.Of(Envelope("text/plain", payload, signature), signer.PublicKey).IsGood);
        for (var bit = 0; bit < payload.Length * 8; bit++) Assert.False(EnvelopeCheck.Of(Envelope("text/plain", Flipped(payload, bit), signature), signer.PublicKey).IsGood);
        for (var bit = 0; bit < signature.Length * 8; bit++) Assert.False(EnvelopeCheck.Of(Envelope("text/plain", payload, Flipped(signature, bit)), signer.PublicKey).IsGood);
        Assert.False(EnvelopeCheck.Of(Envelope("text/plaim", payload, signature), signer.PublicKey).IsGood);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"payloadType\":\"t\",\"payload\":\"\"}")]
    [InlineData("{\"payloadType\":\"t\",\"payload\":\"!\",\"signatures\":[]}")]
    [InlineData("{\"payloadType\":1,\"payload\":\"\",\"signatures\":[]}")]
    [InlineData("{\"payloadType\":\"t\",\"payload\":\"\",\"payload\":\"\",\"signatures\":[]}")]
    [InlineData("{\"payloadType\":\"t\",\"payload\":\"\",\"signatures\":[{\"sig\":7}]}")]
    public void What_is_no_envelope_says_so(string text)
    {
        using var signer = new EnvelopeSigner(EnvelopeSigner.NewKey(), "test");
        Assert.StartsWith("it is no DSSE envelope", EnvelopeCheck.Of(Encoding.UTF8.GetBytes(text), signer.PublicKey).Why, StringComparison.Ordinal);
    }

    private static byte[] Envelope(string type, byte[] payload, byte[] signature) => Envelope(type, Convert.ToBase64String(payload), Convert.ToBase64String(signature));

    private static byte[] Envelope(string type, string payload, string signature) =>
        JsonSerializer.SerializeToUtf8Bytes(new { payloadType = type, payload, signatures = new[] { new { sig = signature } } });

    private static string Url(string base64) => base64.Replace('+', '-').Replace('/', '_').TrimEnd('=');

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        var changed = bytes.ToArray();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    private static byte[] Bytes(JsonElement number)
    {
        var bytes = BigInteger.Parse(number.GetString()!).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }
}
