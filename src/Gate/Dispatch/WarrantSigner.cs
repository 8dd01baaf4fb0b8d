using System.Globalization;
using GitOpsGate.Ports;

namespace GitOpsGate.Dispatch;

/// <summary>
/// Signs warrants (an in-toto statement about the commit and tree) and the documents for agents that carry them, each in a DSSE envelope,
/// with ECDSA P-256 and SHA-256 (signature in DER).
/// </summary>
public sealed class WarrantSigner : IWarrantSigner, IDisposable
{
    private readonly EnvelopeSigner _signer;

    /// <param name="privateKey">A P-256 key as a PEM <c>PRIVATE KEY</c> block (PKCS#8).</param>
    /// <exception cref="ArgumentException">It is no such key.</exception>
    public WarrantSigner(string privateKey) => _signer = new EnvelopeSigner(privateKey, "warrant");

    public string PublicKey => _signer.PublicKey;

    /// <summary>Makes a new key, as a PEM <c>PRIVATE KEY</c> block.</summary>
    public static string NewKey() => EnvelopeSigner.NewKey();

    public Warrant Sign(DispatchOrder order, DateTimeOffset now) => new(_signer.Seal(Dsse.PayloadType, Statement(order, now)));

    public ReadOnlyMemory<byte> Sign(DesiredDocument document) => _signer.Seal(Dsse.DesiredType, document.ToPayload());

    public void Dispose() => _signer.Dispose();

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
