using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// The content address of a bundle. It is the SHA-256 of one line per file, in ordinal order of the paths: the file's own SHA-256
/// in hex, two spaces, the path, a line feed. That is what <c>sha256sum</c> prints, so anyone can check it with
/// <c>sha256sum $(find . -name '*.rego' … | LC_ALL=C sort) | sha256sum</c>. Signatures are not part of it: signing changes no
/// meaning.
/// </summary>
public static class BundleDigest
{
    /// <summary>The address of these files: <c>sha256:</c> and 64 lower-case hex digits.</summary>
    /// <param name="files">Modules, data files and the manifest; their order does not matter.</param>
    public static string Of(IEnumerable<BundleFile> files)
    {
        var lines = new StringBuilder();
        foreach (var file in files.OrderBy(file => Encoding.UTF8.GetBytes(file.Path), ByteOrder.Instance))
        {
            lines.Append(Convert.ToHexStringLower(SHA256.HashData(file.Content.Span))).Append("  ").Append(file.Path)
                .Append('\n');
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
