using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Agent.Engines;

/// <summary>Derives the id that Git gives to a folder's content, from nothing but its files.</summary>
internal static class GitTree
{
    private const int Sha256Digits = 64;

    private sealed record Entry(string Mode, byte[] Name, byte[] Id)
    {
        // Git sorts by bytes, and a folder as if its name ended in a slash.
        public byte[] Key { get; } = Mode == "40000" ? [.. Name, (byte)'/'] : Name;
    }

    /// <summary>The tree id of a folder, in lower-case hex. Folders without files do not count, as Git does not know them.</summary>
    /// <param name="digits">40 for a repository that uses SHA-1, 64 for SHA-256.</param>
    public static string IdOf(string folder, int digits)
    {
        var algorithm = digits == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        return Convert.ToHexStringLower(Tree(new DirectoryInfo(folder), algorithm) ?? Hash(algorithm, "tree", 0, Stream.Null));
    }

    private static byte[]? Tree(DirectoryInfo folder, HashAlgorithmName algorithm)
    {
        var entries = new List<Entry>();
        foreach (var one in folder.EnumerateFileSystemInfos())
        {
            var name = Encoding.UTF8.GetBytes(one.Name);
            if (one.LinkTarget is { } target)
            {
                var text = Encoding.UTF8.GetBytes(target);
                entries.Add(new Entry("120000", name, Hash(algorithm, "blob", text.Length, new MemoryStream(text))));
            }
            else if (one is DirectoryInfo inner)
            {
                if (Tree(inner, algorithm) is { } id) entries.Add(new Entry("40000", name, id));
            }
            else
            {
                using var file = new FileStream(one.FullName, FileMode.Open, FileAccess.Read);
                var isProgram = !OperatingSystem.IsWindows() && one.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
                entries.Add(new Entry(isProgram ? "100755" : "100644", name, Hash(algorithm, "blob", file.Length, file)));
            }
        }

        if (entries.Count == 0) return null;
        entries.Sort((one, other) => one.Key.AsSpan().SequenceCompareTo(other.Key));
        byte[] listing = [.. entries.SelectMany(entry => (byte[])[.. Encoding.ASCII.GetBytes(entry.Mode), (byte)' ', .. entry.Name, 0, .. entry.Id])];
        return Hash(algorithm, "tree", listing.Length, new MemoryStream(listing));
    }

    private static byte[] Hash(HashAlgorithmName algorithm, string type, long length, Stream content)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(Encoding.ASCII.GetBytes($"{type} {length}\0"));
        var buffer = new byte[64 * 1024];
        while (content.Read(buffer) is > 0 and var count) hash.AppendData(buffer.AsSpan(0, count));
        return hash.GetHashAndReset();
    }
}
