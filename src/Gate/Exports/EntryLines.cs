using System.Runtime.CompilerServices;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>Reads a file of entries, one in a line, holding one of them at a time.</summary>
internal static class EntryLines
{
    /// <summary>The lines without their breaks, in order.</summary>
    /// <exception cref="FormatException">A line is longer than an entry may be, or the last one has no break.</exception>
    public static IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream file, CancellationToken cancellation) =>
        ReadAsync(file, (PlacedEntry.MaxLength, "an entry"), cancellation);

    /// <summary>The lines of a file of other things.</summary>
    /// <param name="longest">How many bytes a line may have, and what stands in it.</param>
    /// <exception cref="FormatException">A line is longer, or the last one has no break.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        Stream file, (int Bytes, string What) longest, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var room = new byte[(longest.Bytes < 1 << 17 ? 8 : 2) * longest.Bytes];
        var (start, end) = (0, 0);
        while (true)
        {
            var length = room.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0 && length <= longest.Bytes)
            {
                yield return room.AsMemory(start, length).ToArray();
                start += length + 1;
                continue;
            }

            if (end - start > longest.Bytes) throw new FormatException($"a line is longer than the {longest.Bytes} bytes of {longest.What}");
            room.AsSpan(start, end - start).CopyTo(room);
            (start, end) = (0, end - start);
            var read = await file.ReadAsync(room.AsMemory(end), cancellation);
            if (read == 0) break;
            end += read;
        }

        if (end > 0) throw new FormatException("the last line has no line break");
    }
}
