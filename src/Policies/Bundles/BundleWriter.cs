using System.Formats.Tar;
using System.IO.Compression;

namespace GitOpsGate.Policies.Bundles;

/// <summary>Writes bundles as OPA reads them (OPA documentation, "Bundles", section "Bundle File Format").</summary>
public static class BundleWriter
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Writes a <c>.tar.gz</c>. The same files give the same bytes: they stand in ordinal order, and no time or owner is written.
    /// </summary>
    /// <param name="bundle">What is written.</param>
    /// <param name="signatures">The content of <c>.signatures.json</c>; null to leave the bundle's own.</param>
    /// <param name="output">Takes the archive; it is not closed.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public static async Task WriteAsync(
        PolicyBundle bundle, ReadOnlyMemory<byte>? signatures, Stream output, CancellationToken cancellation)
    {
        var files = bundle.Files.Where(file => signatures is null || file.Path != SignatureFile.FileName);
        if (signatures is { } signed) files = files.Append(new BundleFile(SignatureFile.FileName, signed));
        await using var zip = new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true);
        await using var tar = new TarWriter(zip, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            using var content = new MemoryStream(file.Content.ToArray(), writable: false);
            var entry = new UstarTarEntry(TarEntryType.RegularFile, "/" + file.Path)
            {
                DataStream = content,
                Mode = Readable,
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            await tar.WriteEntryAsync(entry, cancellation);
        }
    }
}
