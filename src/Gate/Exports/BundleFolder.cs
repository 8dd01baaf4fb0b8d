using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Exports;

/// <summary>A file of a bundle.</summary>
/// <param name="Role">What it is for: <c>record proof report trust verifier text</c>.</param>
internal sealed record BundleFile(string Path, string Sha256, long Bytes, string Role);

/// <summary>
/// The files of a bundle while they are made, in a folder that is gone afterwards. As a zip they stand in the order of their names, all of one
/// time, so that the same files are the same bytes. Not safe to share between threads.
/// </summary>
internal sealed class BundleFolder : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly DateTimeOffset OneTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // A file that its owner may write and all may read (POSIX mode 100644).
    private const int PlainFile = unchecked((int)0x81A4_0000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gate-export-");
    private readonly SortedDictionary<string, string> _roles = new(StringComparer.Ordinal);

    /// <summary>Begins a file.</summary>
    public FileStream Create(string name, string role)
    {
        _roles.Add(name, role);
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
    }

    public FileStream Open(string name) =>
        new(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);

    public async Task TextAsync(string name, string role, string text, CancellationToken cancellation)
    {
        await using var file = Create(name, role);
        await file.WriteAsync(Utf8.GetBytes(text), cancellation);
    }

    /// <summary>All files so far with their digests, in the order of their names.</summary>
    public async Task<ImmutableArray<BundleFile>> FilesAsync(CancellationToken cancellation)
    {
        var files = ImmutableArray.CreateBuilder<BundleFile>(_roles.Count);
        foreach (var (name, role) in _roles)
        {
            await using var file = Open(name);
            var digest = await SHA256.HashDataAsync(file, cancellation);
            files.Add(new BundleFile(name, Convert.ToHexStringLower(digest), file.Length, role));
        }

        return files.ToImmutable();
    }

    /// <summary>Writes all files as a zip; the stream stays open.</summary>
    public async Task ZipAsync(Stream output, CancellationToken cancellation)
    {
        await using var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellation);
        foreach (var name in _roles.Keys)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
            entry.LastWriteTime = OneTime;
            entry.ExternalAttributes = PlainFile;
            await using var file = Open(name);
            await using var packed = await entry.OpenAsync(cancellation);
            await file.CopyToAsync(packed, cancellation);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
