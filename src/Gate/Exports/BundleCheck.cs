using System.Collections.Immutable;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;

namespace GitOpsGate.Exports;

/// <summary>One check of a bundle.</summary>
/// <param name="Failures">Each with the file and the line; empty when it holds.</param>
public sealed record CheckedPart(string Name, ImmutableArray<string> Failures)
{
    /// <summary>What is to be known of a check that holds; empty for most.</summary>
    public string Note { get; init; } = "";
}

/// <summary>What an auditor trusts, known from elsewhere than the bundle.</summary>
/// <param name="Keys">The log's keys.</param>
/// <param name="Kept">The text of a checkpoint that the auditor kept, or null.</param>
/// <param name="Authorities">Root certificates of time-stamp authorities in PEM; null for those in the bundle, which show only that it agrees with itself.</param>
public sealed record BundleTrust(LogKeys Keys, string? Kept, string? Authorities)
{
    /// <summary>Whose cosignatures the auditor asks for; null for nobody's.</summary>
    public TrustPolicy? Policy { get; init; }

    /// <summary>The gate's attestation key in PEM, which signs the list of files; null for the one in the bundle.</summary>
    public string? AttestationKey { get; init; }
}

/// <summary>
/// Checks a bundle of evidence from its bytes alone, as <c>verify/verify.py</c> does: signature, root from the entries, their numbers, times and
/// counters, the earlier checkpoint, the reports derived anew, the manifest. What a bundle may hold is bounded, since a stranger may have made it.
/// </summary>
public static class BundleCheck
{
    /// <summary>How many failures of one check are named.</summary>
    public const int MostNamed = 20;

    /// <summary>Checks a bundle, and asks for nobody's cosignatures.</summary>
    public static Task<ImmutableArray<CheckedPart>> RunAsync(Stream bundle, LogKeys keys, string? kept, CancellationToken cancellation) =>
        RunAsync(bundle, keys, kept, null, cancellation);

    /// <summary>Checks a bundle.</summary>
    /// <param name="bundle">The zip; it can be sought in.</param>
    /// <param name="keys">The log's keys, known from elsewhere than the bundle.</param>
    /// <param name="kept">The text of a checkpoint that the auditor kept, or null.</param>
    /// <param name="policy">Whose cosignatures the auditor asks for, or null for nobody's.</param>
    /// <returns>The checks in their order, each once.</returns>
    /// <exception cref="InvalidDataException">It is no such bundle.</exception>
    public static Task<ImmutableArray<CheckedPart>> RunAsync(
        Stream bundle, LogKeys keys, string? kept, TrustPolicy? policy, CancellationToken cancellation) =>
        RunAsync(bundle, new BundleTrust(keys, kept, null) { Policy = policy }, cancellation);

    /// <summary>Checks a bundle; it can be sought in.</summary>
    /// <returns>The checks in their order, each once.</returns>
    /// <exception cref="InvalidDataException">It is no such bundle.</exception>
    public static async Task<ImmutableArray<CheckedPart>> RunAsync(Stream bundle, BundleTrust trust, CancellationToken cancellation)
    {
        using var zip = new ZipArchive(bundle, ZipArchiveMode.Read, leaveOpen: true);
        var files = new BundleZip(zip);
        try
        {
            var manifest = BundleManifest.Read(await files.TextAsync(BundleTexts.ManifestName, cancellation));
            var note = await files.TextAsync("log/checkpoint", cancellation);
            var head = Checkpoint.Parse(note[..(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 1)]);
            var walk = new EntryWalk(manifest.Query, manifest.First, head.Size);
            var root = new RangeProof(manifest.First, head.Size, await files.HashesAsync("log/range.proof", cancellation));
            var sections = await SectionCheck.ReadAsync(files, cancellation);
            var reports = new EvidenceReports(manifest.Query, sections.Disclosed);
            var attestations = new AttestationCheck(manifest.Query);
            var isPlaced = await WalkAsync(files, walk, root, (reports, sections, attestations, manifest.First), cancellation);
            ImmutableArray<string> rooted = isPlaced && root.Root() is { } derived && head.Root.Span.SequenceEqual(derived)
                ? []
                : [$"{BundleZip.Entries}: these entries and `log/range.proof` do not give the signed root"];
            return
            [
                new CheckedPart("signature", Signature(note, trust.Keys)),
                .. Quorum(note, trust.Policy),
                new CheckedPart("root from leaves", rooted),
                .. walk.Parts(),
                sections.Part(),
                new CheckedPart("previous period", await PreviousAsync(files, head, trust.Kept, cancellation)),
                .. files.Has(BundleAnchors.Token) ? [await StampCheck.RunAsync(files, head, trust, cancellation)] : Array.Empty<CheckedPart>(),
                new CheckedPart("reports", await ReportsAsync(files, reports, head, cancellation)),
                await attestations.PartAsync(files, cancellation),
                new CheckedPart("manifest", await ManifestAsync(files, manifest, cancellation)),
                await AttestationCheck.SignedAsync(files, trust.AttestationKey, manifest.Version >= 2, cancellation),
            ];
        }
        catch (Exception trouble) when (trouble is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"it is no bundle of evidence: {trouble.Message}", trouble);
        }
    }

    private static ImmutableArray<string> Signature(string note, LogKeys keys)
    {
        try
        {
            keys.Verify(SignedNote.Parse(note));
            return [];
        }
        catch (FormatException trouble)
        {
            return [$"log/checkpoint: {trouble.Message}"];
        }
    }

    private static ImmutableArray<CheckedPart> Quorum(string note, TrustPolicy? policy)
    {
        if (policy is null) return [];
        try
        {
            return [new CheckedPart("quorum", [.. policy.Judge(SignedNote.Parse(note)).Failures.Select(failure => $"log/checkpoint: {failure}")])];
        }
        catch (FormatException trouble)
        {
            return [new CheckedPart("quorum", [$"log/checkpoint: {trouble.Message}"])];
        }
    }

    private static async Task<bool> WalkAsync(
        BundleZip files, EntryWalk walk, RangeProof root, (EvidenceReports Reports, SectionCheck Sections, AttestationCheck Attestations, long First) take, CancellationToken cancellation)
    {
        var (isPlaced, index) = (true, take.First);
        await foreach (var leaf in files.EntriesAsync(cancellation))
        {
            isPlaced &= root.Take(MerkleTree.LeafHash(leaf.Span));
            take.Sections.Take(leaf, index++);
            if (!walk.Take(leaf)) continue;
            take.Reports.Take(leaf);
            take.Attestations.Take(index - take.First, leaf);
        }

        return isPlaced;
    }

    private static async Task<ImmutableArray<string>> PreviousAsync(BundleZip files, Checkpoint head, string? kept, CancellationToken cancellation)
    {
        const string Name = "log/checkpoint.prev";
        if (!files.Has(Name)) return kept is null ? [] : [$"{Name}: missing, though an earlier checkpoint was given"];
        var failures = ImmutableArray.CreateBuilder<string>();
        var old = Unsigned(await files.TextAsync(Name, cancellation));
        var proof = await files.HashesAsync("log/consistency.txt", cancellation);
        if (old.Origin != head.Origin || !MerkleProof.VerifyConsistency(old.Size, head.Size, old.Root.Span, head.Root.Span, proof))
            failures.Add($"log/consistency.txt: does not show that {head.Size} entries continue the earlier {old.Size}");
        if (kept is not null && Unsigned(kept).ToString() != old.ToString()) failures.Add($"{Name}: is not the checkpoint that was kept");
        return failures.ToImmutable();
    }

    private static Checkpoint Unsigned(string note)
    {
        var border = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        return Checkpoint.Parse(border < 0 ? note : note[..(border + 1)]);
    }

    private static async Task<ImmutableArray<string>> ReportsAsync(BundleZip files, EvidenceReports reports, Checkpoint head, CancellationToken cancellation)
    {
        using var derived = new BundleFolder();
        await reports.WriteAsync(Readable(files, cancellation), head.Root, derived, cancellation);
        var failures = ImmutableArray.CreateBuilder<string>();
        foreach (var report in await derived.FilesAsync(cancellation))
        {
            if (!files.Has(report.Path)) failures.Add($"{report.Path}: missing");
            else if ((await files.DigestAsync(report.Path, cancellation)).Sha256 != report.Sha256)
                failures.Add($"{report.Path}: is not what the entries give; `verify.py` names the line");
        }

        return failures.ToImmutable();
    }

    // What is no entry was named before, and gives no row.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Readable(BundleZip files, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var leaf in files.EntriesAsync(cancellation))
        {
            if (EntryWalk.IsEntry(leaf)) yield return leaf;
        }
    }

    private static async Task<ImmutableArray<string>> ManifestAsync(BundleZip files, BundleManifest manifest, CancellationToken cancellation)
    {
        var failures = ImmutableArray.CreateBuilder<string>();
        foreach (var file in manifest.Files)
        {
            if (!files.Has(file.Path)) failures.Add($"{BundleTexts.ManifestName}: `{file.Path}` is missing");
            else if (await files.DigestAsync(file.Path, cancellation) != (file.Sha256, file.Bytes))
                failures.Add($"{file.Path}: is not the file that {BundleTexts.ManifestName} names");
        }

        var named = manifest.Files.Select(file => file.Path).Append(BundleTexts.ManifestName).Append(AttestationFiles.SignedManifest).ToHashSet(StringComparer.Ordinal);
        failures.AddRange(files.Names.Where(name => !named.Contains(name)).Select(name => $"{name}: is not named in {BundleTexts.ManifestName}"));
        return failures.ToImmutable();
    }
}
