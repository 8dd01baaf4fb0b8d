using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>Reads the files of a bundle that somebody gave. Each has a bound, and so has their number.</summary>
internal sealed class BundleZip
{
    public const string Entries = "log/entries.jsonl";

    /// <summary>How many bytes are read of a file that is read as a whole.</summary>
    public const int LongestText = 1 << 26;

    private const int MostFiles = 64;
    private const int MostDisclosed = 500_000;
    private const int LongestSection = 1 << 16;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly SortedDictionary<string, ZipArchiveEntry> _files = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">It holds a name twice, or too many files.</exception>
    public BundleZip(ZipArchive zip)
    {
        var disclosed = zip.Entries.Count(entry => entry.FullName.StartsWith(SealedFiles.Folder, StringComparison.Ordinal));
        if (disclosed > MostDisclosed) throw new InvalidDataException($"it discloses more than {MostDisclosed} sections");
        if (zip.Entries.Count - disclosed > MostFiles) throw new InvalidDataException($"it holds more than {MostFiles} files");
        foreach (var entry in zip.Entries)
        {
            if (!_files.TryAdd(entry.FullName, entry)) throw new InvalidDataException($"it holds `{entry.FullName}` twice");
        }
    }

    public IEnumerable<string> Names => _files.Keys;

    public bool Has(string name) => _files.ContainsKey(name);

    /// <exception cref="InvalidDataException">It is missing, longer than a text of a bundle, or not UTF-8.</exception>
    public async Task<string> TextAsync(string name, CancellationToken cancellation)
    {
        await using var file = Open(name);
        using var text = new MemoryStream();
        var room = new byte[1 << 16];
        for (int read; (read = await file.ReadAsync(room, cancellation)) > 0;)
        {
            if (text.Length + read > LongestText) throw new InvalidDataException($"`{name}` is longer than {LongestText} bytes");
            text.Write(room, 0, read);
        }

        try
        {
            return Utf8.GetString(text.GetBuffer(), 0, (int)text.Length);
        }
        catch (DecoderFallbackException trouble)
        {
            throw new InvalidDataException($"`{name}` is not UTF-8", trouble);
        }
    }

    /// <summary>A disclosed section: salt and content.</summary>
    /// <exception cref="InvalidDataException">It is longer than a section may be.</exception>
    public Task<byte[]> SectionAsync(string name, CancellationToken cancellation) => BytesAsync(name, LongestSection, cancellation);

    /// <summary>A small file.</summary>
    /// <exception cref="InvalidDataException">It is missing, or longer than it may be.</exception>
    public async Task<byte[]> BytesAsync(string name, int longest, CancellationToken cancellation)
    {
        await using var file = Open(name);
        var room = new byte[longest + 1];
        var length = await file.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellation);
        return length <= longest ? room[..length] : throw new InvalidDataException($"`{name}` is longer than {longest} bytes");
    }

    /// <summary>Hashes in base 64, one in a line.</summary>
    /// <exception cref="FormatException">A line is no hash.</exception>
    /// <exception cref="InvalidDataException">The file is missing or too long.</exception>
    public async Task<IReadOnlyList<byte[]>> HashesAsync(string name, CancellationToken cancellation)
    {
        var lines = (await TextAsync(name, cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[][] hashes = [.. lines.Select(Convert.FromBase64String)];
        return hashes.All(hash => hash.Length == MerkleTree.HashLength) ? hashes : throw new FormatException($"a line of `{name}` is no hash");
    }

    /// <summary>The entries, one after the other.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> EntriesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = Open(Entries);
        await foreach (var line in EntryLines.ReadAsync(file, cancellation)) yield return line;
    }

    /// <summary>The lines of a file, one after the other.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(
        string name, int longest, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = Open(name);
        await foreach (var line in EntryLines.ReadAsync(file, (longest, "an attestation"), cancellation)) yield return line;
    }

    public async Task<(string Sha256, long Bytes)> DigestAsync(string name, CancellationToken cancellation)
    {
        await using var file = Open(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (room, bytes) = (new byte[1 << 16], 0L);
        for (int read; (read = await file.ReadAsync(room, cancellation)) > 0; bytes += read) hash.AppendData(room, 0, read);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    private Stream Open(string name) =>
        _files.TryGetValue(name, out var entry) ? entry.Open() : throw new InvalidDataException($"it is no bundle of evidence: `{name}` is missing");
}
