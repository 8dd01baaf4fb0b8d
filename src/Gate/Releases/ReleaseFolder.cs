using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Releases;

/// <summary>
/// A folder that releases are served from, by the gateway's directory target or by a sync agent: <c>current</c> → <c>releases/NAME</c>, and <c>.gate</c> with the manifests, one record per
/// order, and the journal of the switch under way. All members but <see cref="Enter"/> want the lock to be held.
/// </summary>
public sealed class ReleaseFolder(string path)
{
    private string Current => Path.Combine(path, "current");

    private string Journal => Path.Combine(path, ".gate", "pending");

    /// <summary>Takes the folder's lock, or gives null when somebody else holds it. The lock ends with its process.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public FileStream? Enter()
    {
        foreach (var part in new[] { "releases", ".gate/orders", ".gate/manifests" }) Directory.CreateDirectory(Path.Combine(path, part));
        try
        {
            return new FileStream(Path.Combine(path, ".gate", "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The release that is served, or null.</summary>
    public string? Served() => new FileInfo(Current).LinkTarget is { } target ? Path.GetFileName(target) : null;

    /// <summary>The release that an order was carried out as, or null when it certainly was not.</summary>
    public string? ReleaseOf(string orderId)
    {
        Settle();
        var record = Record(orderId);
        return File.Exists(record) ? File.ReadAllText(record) : null;
    }

    /// <summary>An empty folder to write a release into; what an earlier try left there is removed.</summary>
    public string Stage()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.Combine(path, "releases"), ".stage-*")) Remove(left);
        var folder = Path.Combine(path, "releases", ".stage-new");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Whether a release is there and still as it was written.</summary>
    public bool IsWhole(string release)
    {
        var (folder, manifest) = (FolderOf(release), ManifestOf(release));
        return Directory.Exists(folder) && File.Exists(manifest) && File.ReadAllText(manifest) == Manifest(folder, flush: false);
    }

    /// <summary>Where a release lies.</summary>
    public string FolderOf(string release) => Path.Combine(path, "releases", release);

    /// <summary>Whether a release's name is taken.</summary>
    public bool Has(string release) => Directory.Exists(FolderOf(release));

    /// <summary>
    /// The name under which a release is there whole or can be written: its own, or one with the order's id when somebody has changed what
    /// stands under its own. That may be what is served, so it is never written over. Null when the second name is spoilt as well.
    /// </summary>
    public string? NameOf(string release, string orderId)
    {
        var second = $"{release}-{orderId[..Math.Min(orderId.Length, 12)]}";
        return Array.Find([release, second], name => !Has(name) || IsWhole(name));
    }

    /// <summary>The files and links of a release that are not as they were written, changed, missing or added, in ordinal order.</summary>
    public IReadOnlyList<string> Differences(string release)
    {
        var manifest = ManifestOf(release);
        var written = File.Exists(manifest) ? File.ReadAllLines(manifest) : [];
        var there = Has(release) ? Manifest(FolderOf(release), flush: false).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
        return [.. written.Except(there).Concat(there.Except(written)).Select(NameIn).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Makes a staged folder a release: flushed to the disk, with its manifest.</summary>
    public void Adopt(string stage, string release)
    {
        Durable.WriteText(ManifestOf(release), Manifest(stage, flush: true));
        Durable.Replace(stage, FolderOf(release));
    }

    /// <summary>Serves a release: the journal first, then the switch in one step, then the order's record.</summary>
    public void Switch(string orderId, string release)
    {
        Durable.WriteText(Journal, $"{orderId}\n{release}");
        var aside = Current + ".tmp";
        File.Delete(aside);
        File.CreateSymbolicLink(aside, Path.Combine("releases", release));
        Durable.Replace(aside, Current);
        Settle();
    }

    /// <summary>Removes the oldest releases beyond a number; never the one that is served.</summary>
    public void Prune(int keep)
    {
        var served = Served();
        var old = new DirectoryInfo(Path.Combine(path, "releases")).EnumerateDirectories()
            .Where(folder => folder.Name != served && !folder.Name.StartsWith('.'))
            .OrderByDescending(folder => File.GetLastWriteTimeUtc(ManifestOf(folder.Name))).Skip(keep - 1).ToList();
        foreach (var folder in old)
        {
            Remove(folder.FullName);
            File.Delete(ManifestOf(folder.Name));
        }
    }

    // A switch that a crash cut off has happened if its release is served, and has not if another one is: the link tells, since every
    // switch settles the one before it.
    private void Settle()
    {
        if (!File.Exists(Journal)) return;
        if (File.ReadAllText(Journal).Split('\n') is [var orderId, var release] && Served() == release)
            Durable.WriteText(Record(orderId), release);
        File.Delete(Journal);
        Durable.FlushFolder(Path.GetDirectoryName(Journal)!);
    }

    // Walks by itself: the framework's recursion would follow links to folders.
    private static string Manifest(string root, bool flush)
    {
        var lines = new List<string>();
        var folders = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                var name = Path.GetRelativePath(root, entry.FullName);
                if (entry.LinkTarget is { } target) lines.Add($"{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(target)))}  {name} -> {target}");
                else if (entry is DirectoryInfo inner) folders.Push(inner);
                else lines.Add($"{Digest(entry.FullName, flush)}  {name}");
            }

            if (flush) Durable.FlushFolder(folder.FullName);
        }

        return string.Concat(lines.Order(StringComparer.Ordinal).Select(line => line + "\n"));
    }

    private static string Digest(string file, bool flush)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
        var digest = SHA256.HashData(stream);
        if (flush) RandomAccess.FlushToDisk(stream.SafeFileHandle);
        return Hex(digest);
    }

    // A line is `sha256  name`, for a link `sha256  name -> target`.
    private static string NameIn(string line) => line[(2 * SHA256.HashSizeInBytes + 2)..].Split(" -> ")[0];

    private static void Remove(string folder) => Directory.Delete(folder, recursive: true);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private string ManifestOf(string release) => Path.Combine(path, ".gate", "manifests", release);

    // An order's id is hashed to be a file name whatever it holds.
    private string Record(string orderId) => Path.Combine(path, ".gate", "orders", Hex(SHA256.HashData(Encoding.UTF8.GetBytes(orderId))));
}
