using System.Globalization;
using System.Security.Cryptography;
using GitOpsGate.Ports;

namespace GitOpsGate.Dispatch;

/// <summary>
/// Signs warrants (an in-toto statement about the commit and tree) and the documents for agents that carry them, each in a DSSE envelope,
/// with ECDSA P-256 and SHA-256 (signature in DER).
/// </summary>
public sealed class WarrantSigner : IWarrantSigner, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key = ECDsa.Create();
    private readonly string _keyId;

    /// <param name="privateKey">A P-256 key as a PEM <c>PRIVATE KEY</c> block (PKCS#8).</param>
    /// <exception cref="ArgumentException">It is no such key.</exception>
    public WarrantSigner(string privateKey)
    {
        try
        {
            _key.ImportFromPem(privateKey);
            _keyId = Dsse.KeyId(_key);
            PublicKey = _key.ExportSubjectPublicKeyInfoPem();
        }
        catch (CryptographicException problem)
        {
            throw new ArgumentException("the warrant key is not a PEM `PRIVATE KEY` block", nameof(privateKey), problem);
        }

        if (_key.KeySize != 256)
            throw new ArgumentException($"the warrant key has {_key.KeySize} bits; it must be on the curve P-256", nameof(privateKey));
    }

    public string PublicKey { get; }

    /// <summary>Makes a new key, as a PEM <c>PRIVATE KEY</c> block.</summary>
    public static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    public Warrant Sign(DispatchOrder order, DateTimeOffset now) => new(Seal(Dsse.PayloadType, Statement(order, now)));

    public ReadOnlyMemory<byte> Sign(DesiredDocument document) => Seal(Dsse.DesiredType, document.ToPayload());

    public void Dispose() => _key.Dispose();

    private byte[] Seal(string type, byte[] payload)
    {
        byte[] signature;
        lock (_gate)
        {
            signature = _key.SignData(Dsse.Encode(type, payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }

        return Dsse.Write(json =>
        {
            json.WriteString("payloadType", type);
            json.WriteBase64String("payload", payload);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteString("keyid", _keyId);
            json.WriteBase64String("sig", signature);
            json.WriteEndObject();
            json.WriteEndArray();
        });
    }

    private static byte[] Statement(DispatchOrder order, DateTimeOffset now) => Dsse.Write(json =>
    {
        json.WriteString("_type", Dsse.StatementType);
        json.WriteStartArray("subject");
        json.WriteStartObject();
        json.WriteString("name", $"git:{order.Repository}");
        json.WriteStartObject("digest");
        json.WriteString("gitCommit", order.Commit.Value);
        json.WriteString("gitTree", order.Tree);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("predicateType", Dsse.PredicateType);
        json.WriteStartObject("predicate");
        json.WriteString("orderId", order.Id);
        json.WriteString("environment", order.Environment);
        json.WriteString("target", order.Target);
        json.WriteString("repository", order.Repository.ToString());
        json.WriteString("branch", order.Branch);
        json.WriteString("path", order.Path);
        json.WriteString("ruling", order.Ruling.ToString());
        if (order.Change is { } change) json.WriteNumber("change", change.Number);
        json.WriteString("orderedAt", Time(order.OrderedAt));
        json.WriteString("signedAt", Time(now));
        json.WriteEndObject();
    });

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
