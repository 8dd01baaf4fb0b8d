using System.Globalization;
using System.Text;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports;

/// <summary>
/// What a bundle has of attestations: those that were issued in its period, one envelope in a line and in the order of the log, and the signed list of all
/// its files. ECDSA would sign the list differently each time. The signature is kept by the digest of what it signs, so that the same bundle has the same
/// bytes; signing without chance (RFC 6979) would need arithmetic of our own with the secret key. Safe to call concurrently.
/// </summary>
public sealed class AttestationFiles(IAttestations issued, AttestationSigner signer)
{
    /// <summary>The signed list of all files.</summary>
    internal const string SignedManifest = "MANIFEST.dsse.json";

    /// <summary>The public key that is said to verify it.</summary>
    internal const string KeyName = "trust/attestation.pem";

    /// <summary>Those that the log names and the gate has no more: after a recovery of the log alone.</summary>
    internal const string Absent = "attestations/absent.csv";

    internal const string PredicateType = "https://gitops-gate.dev/evidence-bundle/v1";

    private static readonly byte[] LineBreak = "\n"u8.ToArray();

    /// <summary>The file that has the attestations of a predicate.</summary>
    internal static string PathOf(string predicate) => $"attestations/{predicate}.intoto.jsonl";

    /// <summary>Writes the attestations that entries of the period name, and the key.</summary>
    internal async Task WriteAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> leaves, ExportQuery query, BundleFolder folder, CancellationToken cancellation)
    {
        await folder.TextAsync(KeyName, "trust", signer.PublicKey.TrimEnd('\n') + "\n", cancellation);
        var files = new SortedDictionary<string, FileStream>(StringComparer.Ordinal);
        var absent = new StringBuilder();
        try
        {
            await foreach (var leaf in leaves.WithCancellation(cancellation))
            {
                if (NamedAttestation.Of(leaf, query) is not { } named) continue;
                if (await issued.FindAsync(named.Sha256, cancellation) is not { } found)
                {
                    absent.Append(CsvText.Line([named.Seq.ToString(CultureInfo.InvariantCulture), named.Sha256]));
                    continue;
                }

                var name = PathOf(named.Predicate);
                if (!files.TryGetValue(name, out var file)) files[name] = file = folder.Create(name, "attestation");
                await file.WriteAsync(found.Envelope, cancellation);
                await file.WriteAsync(LineBreak, cancellation);
            }
        }
        finally
        {
            foreach (var file in files.Values) await file.DisposeAsync();
        }

        if (absent.Length > 0) await folder.TextAsync(Absent, "attestation", CsvText.Line(["log_seq", "sha256"]) + absent, cancellation);
    }

    /// <summary>Signs the list of all files that are there, <c>MANIFEST.json</c> among them.</summary>
    internal async Task SignAsync(ExportQuery query, Checkpoint head, IEnumerable<BundleFile> files, BundleFolder folder, CancellationToken cancellation)
    {
        var statement = Statement(query, head, files);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(statement));
        var signature = await issued.KeepSignatureAsync(signer.KeyId, digest, signer.SignatureOf(statement), cancellation);
        await using var file = folder.Create(SignedManifest, "text");
        await file.WriteAsync(signer.Envelope(statement, signature), cancellation);
        await file.WriteAsync(LineBreak, cancellation);
    }

    private static byte[] Statement(ExportQuery query, Checkpoint head, IEnumerable<BundleFile> files) => Dsse.Write(json =>
    {
        json.WriteString("_type", Dsse.StatementType);
        json.WriteStartArray("subject");
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", file.Path);
            json.WriteStartObject("digest");
            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("predicateType", PredicateType);
        json.WriteStartObject("predicate");
        json.WriteStartObject("query");
        BundleTexts.Query(json, query);
        json.WriteEndObject();
        json.WriteStartObject("log");
        json.WriteString("origin", head.Origin);
        json.WriteNumber("size", head.Size);
        json.WriteBase64String("root", head.Root.Span);
        json.WriteEndObject();
        json.WriteEndObject();
    });
}

/// <summary>An attestation that an entry of the period names.</summary>
internal sealed record NamedAttestation(long Seq, string Predicate, string Sha256)
{
    private const string Digest = "sha256:";

    /// <summary>What an entry names, or null when it is no such entry, or none of the period.</summary>
    public static NamedAttestation? Of(ReadOnlyMemory<byte> leaf, ExportQuery query)
    {
        if (leaf.Span.IndexOf("\"attestation.issued\""u8) < 0) return null;
        using var read = ReportLeaf.Read(leaf);
        var isInPeriod = string.CompareOrdinal(query.Begins, read.Time) <= 0 && string.CompareOrdinal(read.Time, query.Ends) < 0;
        return isInPeriod && DigestOf(read) is { } sha256 && AttestationPredicate.Find(read.Attribute("predicate")) is { Word: var word }
            && long.TryParse(read.Text("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
                ? new NamedAttestation(seq, word, sha256)
                : null;
    }

    /// <summary>The digest of the envelope that an entry names, lower-case hex; null for entries of another kind, such as one that it was asked for.</summary>
    public static string? DigestOf(ReportLeaf leaf) =>
        leaf.Type == AuditTypes.AttestationIssued && leaf.Text("subject", "digest") is { Length: 71 } digest && digest.StartsWith(Digest, StringComparison.Ordinal)
            ? digest[Digest.Length..]
            : null;
}
