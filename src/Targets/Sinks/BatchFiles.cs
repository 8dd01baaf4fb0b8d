using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// A batch as three files: the entries, packed, the signed checkpoint that covers them, and the proof between the two. Their names follow from the entries alone
/// (<c>YYYY/MM/DD/HH/FIRST-LAST</c>, the hour in which the first of them was recorded), so a batch that comes again takes its own place.
/// </summary>
/// <param name="All">Names with slashes and contents, the entries last: where they lie, what proves them lies, too.</param>
internal sealed record BatchFiles(ImmutableArray<(string Name, byte[] Content)> All)
{
    public static BatchFiles Of(SinkBatch batch, EntryView view)
    {
        var at = LeafFields.Read(batch.Leaves[0].Bytes).At.UtcDateTime;
        // Twelve digits, so that names are in the order of the log.
        var name = string.Create(CultureInfo.InvariantCulture, $"{at:yyyy'/'MM'/'dd'/'HH}/{batch.First:D12}-{batch.Last:D12}");
        return new BatchFiles(
        [
            ($"{name}.checkpoint", Encoding.UTF8.GetBytes(batch.Checkpoint)), ($"{name}.proof", Encoding.UTF8.GetBytes(batch.Proof)),
            ($"{name}.{view.Ending}.gz", Pack(view.Write(batch.Leaves, batch.Place))),
        ]);
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }
}
