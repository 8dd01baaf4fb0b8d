using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Exports;

/// <summary>Where a verified log names an attestation as issued.</summary>
/// <param name="Seq">The entry's number; null when none of those at hand names it.</param>
/// <param name="Failures">Why the log at hand is not believed; empty when it is. Then nothing was looked for.</param>
public sealed record AttestationTrace(long? Seq, ImmutableArray<string> Failures)
{
    /// <summary>Looks in a bundle of evidence, once its signature, its entries and their order were found right.</summary>
    /// <param name="sha256">Of the envelope, lower-case hex.</param>
    /// <exception cref="InvalidDataException">It is no bundle.</exception>
    public static async Task<AttestationTrace> InBundleAsync(Stream bundle, LogKeys keys, string sha256, CancellationToken cancellation)
    {
        var parts = await BundleCheck.RunAsync(bundle, keys, null, cancellation);
        var failures = parts.Where(part => part.Name is "signature" or "root from leaves" or "sequence")
            .SelectMany(part => part.Failures.Select(failure => $"{part.Name}: {failure}")).ToImmutableArray();
        if (!failures.IsEmpty) return new AttestationTrace(null, failures);
        bundle.Position = 0;
        using var zip = new ZipArchive(bundle, ZipArchiveMode.Read, leaveOpen: true);
        await foreach (var leaf in new BundleZip(zip).EntriesAsync(cancellation))
        {
            if (SeqOf(leaf, sha256) is { } seq) return new AttestationTrace(seq, []);
        }

        return new AttestationTrace(null, []);
    }

    /// <summary>Looks in a copy of the log, once all of it was verified again.</summary>
    /// <param name="sha256">Of the envelope, lower-case hex.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static async Task<AttestationTrace> InMirrorAsync(MirrorFolder folder, LogKeys keys, string sha256, CancellationToken cancellation)
    {
        try
        {
            var (size, tiles) = ((await new MirrorCopy(folder, folder, keys) { IsAgain = true }.RunAsync(cancellation)).Head.Size, new SourceTiles(folder));
            for (var at = 0L; at < size; at += TiledTree.Width)
            {
                var path = new TilePath(TilePath.Entries, at / TiledTree.Width, (int)Math.Min(TiledTree.Width, size - at));
                foreach (var leaf in EntryBundle.Read(await tiles.ReadAsync(path, cancellation)))
                {
                    if (SeqOf(leaf, sha256) is { } seq) return new AttestationTrace(seq, []);
                }
            }

            return new AttestationTrace(null, []);
        }
        catch (LogRefusedException trouble)
        {
            return new AttestationTrace(null, [trouble.Message]);
        }
    }

    private static long? SeqOf(ReadOnlyMemory<byte> leaf, string sha256)
    {
        if (leaf.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(sha256)) < 0) return null;
        try
        {
            using var read = ReportLeaf.Read(leaf);
            return NamedAttestation.DigestOf(read) == sha256 && long.TryParse(read.Text("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
                ? seq
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
