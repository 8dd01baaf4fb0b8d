using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports;

/// <summary>A bundle of evidence that was made.</summary>
/// <param name="Entries">Entries of the log that it holds.</param>
/// <param name="Size">The size of the log that its checkpoint signs.</param>
/// <param name="ManifestDigest">SHA-256 of MANIFEST.json, lower-case hex: it names every other file.</param>
public sealed record EvidenceBundle(long Entries, long Size, string ManifestDigest);

/// <summary>
/// Makes bundles of evidence: the entries of a period, the proof that they are what the signed log holds there, and the reports that follow from
/// them. The same query and the same checkpoint give the same bytes. Entries are read in pages and lie in a temporary folder meanwhile. Safe to
/// call concurrently.
/// </summary>
/// <param name="company">What stands in a bundle beside entries and reports; null for nothing.</param>
public sealed class EvidenceExport(
    IAuditReader reader, AuditProofs proofs, ICheckpointStore checkpoints, ISealedSections sections, BundleCompany? company = null)
{
    /// <summary>How many entries are read at once.</summary>
    public const int PageSize = 500;

    private const string Entries = "log/entries.jsonl";
    private const string Proof = "proof";
    private static readonly byte[] LineBreak = "\n"u8.ToArray();

    /// <summary>Writes a bundle as a zip; the stream stays open.</summary>
    /// <param name="checkpoint">The signed head that everything is proven against.</param>
    /// <param name="keys">The keys that it verifies with.</param>
    /// <param name="query">Without problem, its earlier checkpoint not beyond this one.</param>
    /// <exception cref="InvalidDataException">The log has not the entries or tiles that the checkpoint signs.</exception>
    public async Task<EvidenceBundle> WriteAsync(
        SignedNote checkpoint, LogKeys keys, ExportQuery query, Stream output, CancellationToken cancellation)
    {
        if (query.Problem is { } problem) throw new ArgumentException(problem, nameof(query));
        using var folder = new BundleFolder();
        var head = Checkpoint.Parse(checkpoint.Text);
        var period = await PeriodAsync(query, head.Size, cancellation);
        await folder.TextAsync("log/checkpoint", Proof, checkpoint.ToString(), cancellation);
        EvidenceReports reports;
        await using (var files = new SealedFiles(folder, sections, query.Discloses))
        {
            reports = new EvidenceReports(query, files.Disclosed);
            await EntriesAsync(folder, period, (reports, files), cancellation);
        }

        var range = await proofs.MultiAsync(Selection.Range(period.First, period.End), head.Size, cancellation);
        await folder.TextAsync("log/range.proof", Proof, Lines(range), cancellation);
        if (query.Previous is { } previous) await PreviousAsync(folder, head, previous, cancellation);
        var anchored = company?.Anchors is not { } anchors ? null : await anchors.WriteAsync(folder, head, period.PeriodEnd, cancellation);
        await reports.WriteAsync(LinesAsync(folder, cancellation), head.Root, folder, cancellation);
        if (company?.Attestations is { } attested) await attested.WriteAsync(LinesAsync(folder, cancellation), query, folder, cancellation);
        await folder.TextAsync("trust/keys.json", "trust", BundleTexts.Keys(keys), cancellation);
        if (company?.Witnesses is { Sources.IsEmpty: false } witnesses) await folder.TextAsync("trust/policy.txt", "trust", TrustPolicy.Write(keys, witnesses), cancellation);
        foreach (var name in (string[])["verify/verify.py", "verify/VERIFY.md"]) await VerifierAsync(folder, name, cancellation);
        var facts = new BundleFacts(query, head, period, reports.Rows) { Anchored = anchored };
        await folder.TextAsync("README.md", "text", BundleTexts.ReadMe(facts), cancellation);
        var listed = await folder.FilesAsync(cancellation);
        var manifest = BundleTexts.Manifest(facts, listed);
        await folder.TextAsync(BundleTexts.ManifestName, "text", manifest, cancellation);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(manifest)));
        var all = listed.Add(new BundleFile(BundleTexts.ManifestName, digest, Encoding.UTF8.GetByteCount(manifest), "text"));
        if (company?.Attestations is { } signer) await signer.SignAsync(query, head, all, folder, cancellation);
        await folder.ZipAsync(output, cancellation);
        return new EvidenceBundle(period.End - period.First, head.Size, digest);
    }

    private static string Lines(IEnumerable<byte[]> hashes) => string.Concat(hashes.Select(hash => Convert.ToBase64String(hash) + "\n"));

    /// <summary>Where a period lies in the log: its first entry, and the place after its last one.</summary>
    /// <param name="size">How many entries of the log count.</param>
    public async Task<(long First, long End)> PlacesAsync(ExportQuery query, long size, CancellationToken cancellation) =>
        (await FirstAtAsync(query.Begins, size, cancellation), await FirstAtAsync(query.Ends, size, cancellation));

    // The entries before and after the period come along: they show that none of the period's own is missing at its ends.
    private async Task<Period> PeriodAsync(ExportQuery query, long size, CancellationToken cancellation)
    {
        var (begin, end) = await PlacesAsync(query, size, cancellation);
        return new Period(Math.Max(0, begin - 1), Math.Min(size, end + 1), begin, end);
    }

    private async Task<long> FirstAtAsync(string time, long size, CancellationToken cancellation)
    {
        var (low, high) = (0L, size);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (await reader.ReadAsync(middle, 1, cancellation) is not [var leaf]) throw Missing(middle);
            var at = LeafFields.Read(leaf.Bytes).At.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
            if (string.CompareOrdinal(at, time) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private async Task EntriesAsync(
        BundleFolder folder, Period period, (EvidenceReports Reports, SealedFiles Sealed) take, CancellationToken cancellation)
    {
        await using var file = folder.Create(Entries, "record");
        for (var next = period.First; next < period.End;)
        {
            var page = await reader.ReadAsync(next, (int)Math.Min(PageSize, period.End - next), cancellation);
            if (page.IsEmpty) throw Missing(next);
            await take.Sealed.TakeAsync(page, period, cancellation);
            foreach (var leaf in page)
            {
                await file.WriteAsync(leaf.Bytes, cancellation);
                await file.WriteAsync(LineBreak, cancellation);
                take.Reports.Take(leaf.Bytes);
            }

            next += page.Length;
        }
    }

    private async Task PreviousAsync(BundleFolder folder, Checkpoint head, long size, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, head.Size);
        // As it was given out, where it is still kept; otherwise without signature, to be compared with the auditor's own copy.
        var kept = await checkpoints.AtMostAsync(size, cancellation);
        var text = kept?.Size == size ? kept.Note : new Checkpoint(head.Origin, size, await proofs.RootAsync(size, cancellation)).ToString();
        await folder.TextAsync("log/checkpoint.prev", Proof, text, cancellation);
        await folder.TextAsync("log/consistency.txt", Proof, Lines(await proofs.ConsistencyAsync(size, head.Size, cancellation)), cancellation);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(BundleFolder folder, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = folder.Open(Entries);
        await foreach (var line in EntryLines.ReadAsync(file, cancellation)) yield return line;
    }

    private static async Task VerifierAsync(BundleFolder folder, string name, CancellationToken cancellation)
    {
        var resource = $"Exports/{Path.GetFileName(name)}";
        await using var kept = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new System.Diagnostics.UnreachableException($"`{resource}` is not in the assembly");
        await using var file = folder.Create(name, "verifier");
        await kept.CopyToAsync(file, cancellation);
    }

    private static InvalidDataException Missing(long index) => new($"the audit log has no entry {index}, though its checkpoint signs it: verify the log");
}

/// <summary>Where a period lies in the log.</summary>
/// <param name="First">The first entry that the bundle holds.</param>
/// <param name="End">The place after the last one that it holds.</param>
/// <param name="PeriodFirst">The first entry of the period.</param>
/// <param name="PeriodEnd">The place after its last one.</param>
internal sealed record Period(long First, long End, long PeriodFirst, long PeriodEnd);

/// <summary>What the texts of a bundle tell of it.</summary>
/// <param name="Rows">Rows of each report.</param>
internal sealed record BundleFacts(ExportQuery Query, Checkpoint Head, Period Period, IReadOnlyDictionary<string, long> Rows)
{
    /// <summary>What others hold of the log; null where that was not looked for.</summary>
    public AnchoredFacts? Anchored { get; init; }
}
