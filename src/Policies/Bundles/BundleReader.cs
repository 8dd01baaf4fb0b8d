using System.Formats.Tar;
using System.IO.Compression;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// Reads policy bundles in OPA's formats (OPA documentation, "Bundles"): a folder, a <c>.tar.gz</c>, or files from anywhere else.
/// What is wrong with a bundle is a value; what is wrong with the disk throws <see cref="IOException"/>.
/// </summary>
public static class BundleReader
{
    // Enough to mend a bundle by; an archive of a million links is not worth a million messages.
    private const int MostProblems = 100;

    private static readonly HashSet<TarEntryType> Folders =
        [TarEntryType.Directory, TarEntryType.ExtendedAttributes, TarEntryType.GlobalExtendedAttributes, TarEntryType.LongPath];

    /// <summary>Reads a folder, or a <c>.tar.gz</c> file, whichever stands at the path.</summary>
    public static async Task<BundleReading> ReadAsync(string path, BundleOptions options, CancellationToken cancellation)
    {
        if (Directory.Exists(path)) return await ReadDirectoryAsync(path, options, cancellation);
        if (!File.Exists(path)) return Refuse(null, $"there is no folder and no `.tar.gz` file at `{path}`");
        await using var file = File.OpenRead(path);
        return await ReadArchiveAsync(file, options, cancellation);
    }

    /// <summary>Makes a bundle of files in memory, for instance the tree of a commit.</summary>
    public static BundleReading Read(IReadOnlyCollection<BundleFile> files, BundleOptions options)
    {
        var intake = new Intake(options.Limits);
        foreach (var file in files)
        {
            if (intake.Admit(file.Path, file.Content.Length) is { } path) intake.Files.Add(file with { Path = path });
            if (intake.IsFull) break;
        }

        return BundleAssembly.Assemble(intake.Files, options, intake.Problems);
    }

    /// <summary>Reads a gzipped tar archive. Links in it are refused; the stream is not closed.</summary>
    public static async Task<BundleReading> ReadArchiveAsync(
        Stream archive, BundleOptions options, CancellationToken cancellation)
    {
        var intake = new Intake(options.Limits);
        try
        {
            await using var unzipped = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
            await using var capped = new CappedStream(unzipped, 4 * options.Limits.TotalBytes);
            await using var tar = new TarReader(capped, leaveOpen: true);
            while (!intake.IsFull && await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                    await TakeAsync(entry, intake, options, cancellation);
                else if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                    intake.Problems.Add(new BundleProblem(entry.Name, "is a link; a bundle has plain files only"));
                else if (!Folders.Contains(entry.EntryType))
                    intake.Problems.Add(new BundleProblem(entry.Name, "is a device, a pipe or a file with holes; a bundle has plain files only"));
                if (intake.Problems.Count > MostProblems) break;
            }
        }
        catch (Exception trouble) when (trouble is InvalidDataException or EndOfStreamException or FormatException)
        {
            return Refuse(null, "the archive is not a gzipped tar file, is cut off, or unpacks to far too much");
        }

        return BundleAssembly.Assemble(intake.Files, options, intake.Problems);
    }

    private static async Task<BundleReading> ReadDirectoryAsync(
        string folder, BundleOptions options, CancellationToken cancellation)
    {
        var intake = new Intake(options.Limits);
        var walking = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", walking)
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (IsInDotFolder(path) || options.Ignores(path)) continue;
            if (entry.LinkTarget is not null)
            {
                intake.Problems.Add(new BundleProblem(path, "is a link; a bundle has plain files only"));
                continue;
            }

            if (entry is not FileInfo file || !BundlePath.Counts(path, options)) continue;
            if (intake.Admit(path, file.Length) is { } admitted)
                intake.Files.Add(new BundleFile(admitted, await File.ReadAllBytesAsync(file.FullName, cancellation)));
            if (intake.IsFull) break;
        }

        return BundleAssembly.Assemble(intake.Files, options, intake.Problems);
    }

    // A working copy has a `.git` folder, which is no part of the bundle.
    private static bool IsInDotFolder(string path) => path.Split('/')[..^1].Any(part => part.StartsWith('.'));

    private static async Task TakeAsync(TarEntry entry, Intake intake, BundleOptions options, CancellationToken cancellation)
    {
        var wanted = BundlePath.Normalise(entry.Name, out _) is not { } plain || BundlePath.Counts(plain, options);
        if (!wanted || intake.Admit(entry.Name, entry.Length) is not { } path) return;
        var content = new byte[entry.Length];
        if (entry.DataStream is { } stream) await stream.ReadExactlyAsync(content, cancellation);
        intake.Files.Add(new BundleFile(path, content));
    }

    private static BundleReading.Refused Refuse(string? path, string message) => new([new BundleProblem(path, message)]);

    /// <summary>Counts what was taken in and refuses what is too much before it is read.</summary>
    private sealed class Intake(BundleLimits limits)
    {
        private int _count;
        private long _bytes;

        public List<BundleFile> Files { get; } = [];

        public List<BundleProblem> Problems { get; } = [];

        public bool IsFull { get; private set; }

        public string? Admit(string path, long length)
        {
            if (BundlePath.Normalise(path, out var reason) is not { } plain)
            {
                Problems.Add(new BundleProblem(path, reason));
                return null;
            }

            if (length > limits.FileBytes)
            {
                Problems.Add(new BundleProblem(plain, $"has {length} bytes; {limits.FileBytes} are allowed"));
                return null;
            }

            _count++;
            _bytes += length;
            if (_count <= limits.Files && _bytes <= limits.TotalBytes) return plain;
            IsFull = true;
            Problems.Add(new BundleProblem(null, $"the bundle has more than {limits.Files} files or {limits.TotalBytes} bytes"));
            return null;
        }
    }
}
