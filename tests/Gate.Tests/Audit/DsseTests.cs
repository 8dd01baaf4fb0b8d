using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit.Dsse;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>Envelopes: what is signed is what is read.</summary>
public class DsseTests
{
    private const string Type = "application/vnd.in-toto+json";
    private static readonly byte[] Payload = "{\"päyload\":1}"u8.ToArray();

    [Fact]
    public void An_envelope_goes_there_and_back_and_gives_the_bytes_that_were_signed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var envelope = DsseEnvelope.Parse(DsseEnvelope.Sign(Type, Payload, new DsseKey("k1", key)).ToBytes());
        Assert.Equal(Payload, envelope.Verify(Type, [new DsseKey("k1", key)]).ToArray());
        Assert.Equal(Payload, envelope.Verify(Type, [new DsseKey("", key)]).ToArray());
        Assert.Throws<FormatException>(() => envelope.Verify(Type, [new DsseKey("k2", key)]));
        Assert.Throws<FormatException>(() => envelope.Verify("text/plain", [new DsseKey("k1", key)]));
    }

    [Fact]
    public void Another_key_payload_or_type_does_not_verify()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var larger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var signature = DssePayload.Sign(key, Type, Payload);
        Assert.True(DssePayload.Verify(key, Type, Payload, signature));
        Assert.False(DssePayload.Verify(other, Type, Payload, signature));
        Assert.False(DssePayload.Verify(key, Type + "x", Payload, signature));
        Assert.False(DssePayload.Verify(key, Type, Payload.AsSpan(1), signature));
        Assert.False(DssePayload.Verify(larger, Type, Payload, DssePayload.Sign(larger, Type, Payload)));
        // A byte that moves from the type to the payload is another message.
        Assert.NotEqual(DssePayload.Pae("a", "b 1 c"u8), DssePayload.Pae("a b", "1 c"u8));
    }

    [Fact]
    public void Signatures_are_taken_in_both_forms_and_both_alphabets()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        for (var round = 0; round < 20; round++)
        {
            var raw = key.SignData(DssePayload.Pae(Type, Payload), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            var der = DssePayload.Sign(key, Type, Payload);
            foreach (var signature in (byte[][])[raw, der])
            {
                var standard = Convert.ToBase64String(signature);
                foreach (var text in (string[])[standard, Url(standard), Url(standard).TrimEnd('=')])
                {
                    var json = $$"""{"payloadType":"{{Type}}","payload":"{{Url(Convert.ToBase64String(Payload))}}","signatures":[{"sig":"{{text}}"}],"more":1}""";
                    Assert.Equal(Payload, DsseEnvelope.Parse(Encoding.UTF8.GetBytes(json)).Verify(Type, [new DsseKey("k1", key)]).ToArray());
                }
            }
        }
    }

    [Theory]
    [InlineData("""{"payloadType":"t","payload":"aGk=","signatures":[]}""", "signatures")]
    [InlineData("""{"payloadType":"t","payload":"aGk=","signatures":[{"keyid":"k"}]}""", "`sig` is missing")]
    [InlineData("""{"payloadType":"t","payload":"+_8=","signatures":[{"sig":"aGk="}]}""", "mixes")]
    [InlineData("""{"payloadType":"t","payload":"aG k","signatures":[{"sig":"aGk="}]}""", "payload is not base 64")]
    [InlineData("""{"payloadType":"t","payload":"aGk=","payload":"aGk=","signatures":[{"sig":"aGk="}]}""", "payload")]
    [InlineData("[]", "malformed envelope")]
    [InlineData("{", "malformed envelope")]
    public void What_is_no_envelope_is_refused_in_words(string json, string says)
    {
        var trouble = Assert.Throws<FormatException>(() => DsseEnvelope.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(says, trouble.Message, StringComparison.Ordinal);
    }

    private static string Url(string standard) => standard.Replace('+', '-').Replace('/', '_');
}
