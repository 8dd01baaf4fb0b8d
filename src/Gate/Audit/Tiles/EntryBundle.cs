using System.Buffers.Binary;

namespace GitOpsGate.Audit.Tiles;

/// <summary>Up to 256 entries in a row (C2SP tlog-tiles, "entry bundles"): each with its length before it, 16 bits, big-endian.</summary>
public static class EntryBundle
{
    /// <exception cref="ArgumentException">An entry is longer than 65,535 bytes.</exception>
    public static byte[] Write(IEnumerable<ReadOnlyMemory<byte>> entries)
    {
        using var bundle = new MemoryStream();
        Span<byte> length = stackalloc byte[2];
        foreach (var entry in entries)
        {
            if (entry.Length > ushort.MaxValue) throw new ArgumentException($"an entry of {entry.Length} bytes has no place in a bundle", nameof(entries));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
            bundle.Write(length);
            bundle.Write(entry.Span);
        }

        return bundle.ToArray();
    }

    /// <exception cref="FormatException">It ends in the middle of an entry.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> bundle)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        for (var rest = bundle; rest.Length > 0;)
        {
            if (rest.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(rest.Span) > rest.Length - 2) throw new FormatException("an entry bundle ends in the middle of an entry");
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest.Span);
            entries.Add(rest.Slice(2, length));
            rest = rest[(2 + length)..];
        }

        return entries;
    }
}
