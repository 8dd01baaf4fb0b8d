using System.Text;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// A bundle's files as one run of bytes, to be kept: whatever names they have, and the same bytes for the same files. Signatures are not part of it,
/// as they are not of the revision. For exchange with others there is <see cref="BundleWriter"/>.
/// </summary>
public static class BundlePack
{
    private const string Form = "gog.bundle/v1";

    /// <summary>The files in ordinal order of their paths, each with its length.</summary>
    public static byte[] Write(PolicyBundle bundle)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            var files = bundle.Files.Where(file => file.Name != SignatureFile.FileName).OrderBy(file => file.Path, StringComparer.Ordinal).ToArray();
            writer.Write(Form);
            writer.Write(files.Length);
            foreach (var file in files)
            {
                writer.Write(file.Path);
                writer.Write(file.Content.Length);
                writer.Write(file.Content.Span);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Reads such a run of bytes, and holds it against the revision that it should have.</summary>
    /// <param name="revision">As <see cref="BundleDigest"/> makes it.</param>
    /// <exception cref="InvalidDataException">It is no such run, or of another revision.</exception>
    public static PolicyBundle Read(ReadOnlyMemory<byte> packed, string revision)
    {
        var files = Files(packed);
        if (BundleDigest.Of(files) is var found && found != revision)
            throw new InvalidDataException($"it has the digest `{found}`: it was changed after it was kept");
        return BundleReader.Read(files, BundleOptions.Default) switch
        {
            BundleReading.Complete complete => complete.Bundle,
            BundleReading.Refused refused => throw new InvalidDataException(string.Join("; ", refused.Problems.Select(one => $"{one.Path}: {one.Message}"))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static List<BundleFile> Files(ReadOnlyMemory<byte> packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed.ToArray(), writable: false), Encoding.UTF8);
        try
        {
            var files = new List<BundleFile>();
            if (reader.ReadString() is var form && form != Form) throw new InvalidDataException($"its form should be `{Form}`");
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var (path, length) = (reader.ReadString(), reader.ReadInt32());
                if (length < 0 || length > packed.Length) throw new InvalidDataException($"`{path}` has no length that can be");
                files.Add(new BundleFile(path, reader.ReadBytes(length)));
            }

            return files;
        }
        catch (Exception trouble) when (trouble is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("it ends too soon", trouble);
        }
    }
}
