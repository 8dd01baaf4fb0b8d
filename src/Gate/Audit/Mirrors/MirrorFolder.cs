using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Releases;

namespace GitOpsGate.Audit.Mirrors;

/// <summary>
/// A copy of a log in a folder, in the layout of C2SP tlog-tiles: any client reads it where a web server gives the folder out. Files come there
/// whole and flushed; the checkpoint comes last. Safe to read concurrently; one process writes (<see cref="Hold"/>).
/// </summary>
/// <param name="path">Absolute. It need not be there before the first file is written.</param>
public sealed class MirrorFolder(string path) : ILogSource
{
    /// <summary>The address of a log's head.</summary>
    public const string CheckpointName = "checkpoint";

    public string Path { get; } = path;

    /// <summary>Keeps other processes from writing here, until it is disposed of.</summary>
    /// <exception cref="IOException">The folder cannot be used, or another process writes.</exception>
    public IDisposable Hold()
    {
        Directory.CreateDirectory(Path);
        return new FileStream(PathOf("mirror.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>The head of what was copied; null as long as nothing was copied to its end.</summary>
    /// <exception cref="FormatException">What is there is no signed note.</exception>
    public SignedNote? Newest() => File.Exists(PathOf(CheckpointName)) ? SignedNote.Parse(File.ReadAllBytes(PathOf(CheckpointName))) : null;

    public async Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation)
    {
        var file = new FileInfo(PathOf(address));
        if (!file.Exists) return null;
        return file.Length <= most
            ? await File.ReadAllBytesAsync(file.FullName, cancellation)
            : throw new LogRefusedException($"`{address}` has {file.Length} bytes, at most {most} fit");
    }

    public bool Has(TilePath tile) => File.Exists(PathOf(tile.ToString()));

    /// <summary>Puts a file in its place; all of it is on the disk on return.</summary>
    public async Task WriteAsync(TilePath tile, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var target = PathOf(tile.ToString());
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        var aside = target + ".part";
        await using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(bytes, cancellation);
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, target, overwrite: true);
    }

    /// <summary>Makes a checkpoint the head of the copy, once all that it covers is here.</summary>
    public void Write(SignedNote head)
    {
        Directory.CreateDirectory(Path);
        Durable.WriteText(PathOf(CheckpointName), head.ToString());
    }

    /// <summary>Takes a file away; that it is not there is no trouble.</summary>
    public void Remove(TilePath tile)
    {
        var file = PathOf(tile.ToString());
        if (!Directory.Exists(System.IO.Path.GetDirectoryName(file))) return;
        File.Delete(file);
        if (!tile.IsFull && !Directory.EnumerateFileSystemEntries(System.IO.Path.GetDirectoryName(file)!).Any())
            Directory.Delete(System.IO.Path.GetDirectoryName(file)!);
    }

    private string PathOf(string address) => System.IO.Path.Combine(Path, address.Replace('/', System.IO.Path.DirectorySeparatorChar));
}
