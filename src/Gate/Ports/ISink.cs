using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Exports.Views;

namespace GitOpsGate.Ports;

/// <summary>
/// Somewhere the audit log's entries are copied to. Called by one caller at a time. The same batch may come again, with the same id and the same
/// entries: after an answer that was lost, the receiver has it already.
/// </summary>
public interface ISink
{
    /// <summary>Its name in <c>gate.yaml</c>.</summary>
    string Name { get; }

    /// <summary>Hands a batch over. Never throws for what the receiver or the network does.</summary>
    Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation);
}

/// <summary>Entries on their way to a sink.</summary>
/// <param name="Leaves">At least one, in order and without a gap.</param>
/// <param name="Place">The log that they are of.</param>
/// <param name="Checkpoint">The log's signed head, which covers them all.</param>
/// <param name="Proof">The hashes that lead from exactly these entries to that head's root, in base 64, one in a line.</param>
public sealed record SinkBatch(ImmutableArray<AuditLeaf> Leaves, LogPlace Place, string Checkpoint, string Proof)
{
    public long First => Leaves[0].Index;

    public long Last => Leaves[^1].Index;

    /// <summary>The same each time that these entries are sent, and no other batch's: the id of the first of them, and how many they are.</summary>
    public string Id => $"{LeafFields.Read(Leaves[0].Bytes).Id}-{Leaves.Length}";
}

/// <summary>What came of a batch. Closed.</summary>
public abstract record SinkAnswer
{
    private SinkAnswer()
    {
    }

    private protected abstract void Close();

    /// <summary>The receiver has all of it, and said so.</summary>
    public sealed record Kept : SinkAnswer
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>It did not say so: it may have nothing, a part, or all of it. The batch comes again.</summary>
    /// <param name="Why">One line for people.</param>
    /// <param name="RetryAfter">How long it asks to wait, or null.</param>
    public sealed record NotKept(string Why, TimeSpan? RetryAfter = null) : SinkAnswer
    {
        private protected override void Close()
        {
        }
    }
}
