using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GitOpsGate.Audit;

/// <summary>
/// A sample that nobody can steer: drawn from the root of a log, which was fixed before the auditor named a nonce, and from that nonce, which
/// was unknown when the root was fixed.
/// </summary>
public static class Sample
{
    private static ReadOnlySpan<byte> Prefix => "gog.sample/v1\n"u8;

    /// <summary>
    /// Draws without putting back: HMAC-SHA256(root ‖ nonce, prefix ‖ counter), its first eight bytes, and those beyond the largest multiple of
    /// the population drawn again.
    /// </summary>
    /// <param name="root">32 bytes.</param>
    /// <param name="population">How many there are.</param>
    /// <param name="count">How many are drawn, at most the population.</param>
    /// <returns>Places in the population, from 0, in rising order.</returns>
    public static IReadOnlyList<long> Draw(ReadOnlySpan<byte> root, ReadOnlySpan<byte> nonce, long population, int count)
    {
        if (root.Length != MerkleTree.HashLength) throw new ArgumentException("a root has 32 bytes", nameof(root));
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        byte[] key = [.. root, .. nonce];
        var message = new byte[Prefix.Length + 8];
        Prefix.CopyTo(message);
        var drawn = new SortedSet<long>();
        var size = (ulong)population;
        // The values at the end that would make small places likelier: 2^64 mod population of them.
        var surplus = size == 0 ? 0 : (ulong.MaxValue % size + 1) % size;
        for (var counter = 0UL; drawn.Count < count; counter++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(Prefix.Length), counter);
            var value = BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(key, message));
            if (value <= ulong.MaxValue - surplus) drawn.Add((long)(value % size));
        }

        return [.. drawn];
    }
}
