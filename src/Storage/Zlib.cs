using System.IO.Compression;

namespace GitOpsGate.Storage;

/// <summary>
/// Bodies are kept as zlib streams (RFC 1950): the cost of a commit is its bytes, and the fastest level already makes a webhook's JSON
/// a seventh.
/// </summary>
internal static class Zlib
{
    /// <summary>Appends the compressed bytes to a buffer.</summary>
    public static void Compress(ReadOnlySpan<byte> bytes, PooledBuffer into)
    {
        using var stream = new ZLibStream(into, CompressionLevel.Fastest, leaveOpen: true);
        stream.Write(bytes);
    }

    /// <summary>The compressed bytes.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        using var buffer = new PooledBuffer();
        Compress(bytes, buffer);
        return buffer[..].ToArray();
    }

    /// <summary>The bytes that were compressed.</summary>
    /// <param name="length">How many there are.</param>
    /// <exception cref="InvalidDataException">The stream is damaged, or holds fewer or more bytes.</exception>
    public static byte[] Decompress(byte[] compressed, int length)
    {
        using var stream = new ZLibStream(new MemoryStream(compressed, writable: false), CompressionMode.Decompress);
        var bytes = new byte[length];
        if (stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false) != length || stream.ReadByte() >= 0)
            throw new InvalidDataException($"a stored body should have {length} bytes");
        return bytes;
    }
}
