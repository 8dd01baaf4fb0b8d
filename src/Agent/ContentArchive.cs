using System.Formats.Tar;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Agent;

/// <summary>
/// Unpacks the archive that the gateway sends, and trusts nothing in it: names stay below the folder, links point inside and are made last,
/// files and bytes are counted.
/// </summary>
internal static class ContentArchive
{
    private const int MaxEntries = 100_000;

    /// <summary>Writes the archive's files into an empty folder.</summary>
    /// <exception cref="ContentRefusedException">It is too large, or holds what it must not.</exception>
    public static async Task UnpackAsync(Stream archive, string folder, long maxBytes, CancellationToken cancellation)
    {
        var links = new List<(string Path, string Target)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await using var bounded = new BoundedStream(archive, maxBytes);
        await using var tar = new TarReader(bounded, leaveOpen: true);
        try
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                if (seen.Count == MaxEntries) throw new ContentRefusedException(Attack.Oversize, $"the archive holds more than {MaxEntries} files");
                if (!entry.Name.Split('/').All(IsName) || !seen.Add(entry.Name))
                    throw new ContentRefusedException(Attack.DigestMismatch, $"the archive holds `{entry.Name}`, which is not a name to write");
                var path = Path.Combine(folder, entry.Name);
                if (entry.EntryType is TarEntryType.SymbolicLink) links.Add((path, Checked(entry)));
                else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile) await WriteAsync(entry, path, cancellation);
                else throw new ContentRefusedException(Attack.DigestMismatch, $"`{entry.Name}` of the archive is a {entry.EntryType}, neither file nor link");
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new ContentRefusedException(Attack.DigestMismatch, $"the content is not a whole tar archive: {problem.Message}");
        }

        // Links come last: nothing is ever written through one.
        foreach (var (path, target) in links)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.CreateSymbolicLink(path, target);
        }
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (entry.Mode.HasFlag(UnixFileMode.UserExecute)) mode |= UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        await using var file = new FileStream(path, options);
        if (entry.DataStream is { } content) await content.CopyToAsync(file, cancellation);
    }

    // `..` is allowed only at the beginning of a link's target: behind another name it could climb out through a second link.
    private static string Checked(TarEntry entry)
    {
        var parts = entry.LinkName.Split('/');
        var climbs = parts.TakeWhile(part => part == "..").Count();
        return climbs <= entry.Name.Count(letter => letter == '/') && parts.Skip(climbs).All(IsLinkPart)
            ? entry.LinkName
            : throw new ContentRefusedException(Attack.DigestMismatch, $"the link `{entry.Name}` of the archive points outside of the folder");
    }

    private static bool IsName(string part) =>
        part.Length is > 0 and <= 255 && part is not ("." or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase)
        && !part.Any(letter => letter == '\\' || char.IsControl(letter));

    // What the gate's own export lets pass, passes here too.
    private static bool IsLinkPart(string part) => part is not ("" or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses to give more than a number of bytes.</summary>
    private sealed class BoundedStream(Stream inner, long maxBytes) : Stream
    {
        private long _taken;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Count(int bytes)
        {
            _taken += bytes;
            return _taken <= maxBytes ? bytes : throw new ContentRefusedException(Attack.Oversize, $"the content has more than {maxBytes} bytes");
        }
    }
}
