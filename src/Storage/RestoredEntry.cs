using GitOpsGate.Audit;

namespace GitOpsGate.Storage;

/// <summary>An entry that is known by its bytes alone, as the log's own tables need it: what stands beside the bytes is read from them.</summary>
internal static class RestoredEntry
{
    /// <exception cref="InvalidDataException">The bytes are no entry.</exception>
    public static PlacedEntry Read(ReadOnlyMemory<byte> leaf)
    {
        try
        {
            var fields = LeafFields.Read(leaf);
            var draft = new AuditDraft
            {
                Type = fields.Type,
                Outcome = Enum.GetValues<AuditOutcome>().Single(outcome => PlacedEntry.Word(outcome) == fields.Outcome),
                // The kind stands in the bytes alone.
                Actor = fields.Actor is { } actor ? new AuditActor("", actor) : null,
                Correlation = fields.Correlation,
            };
            return new PlacedEntry(fields.Index, fields.Id, fields.At, fields.Tenant, draft, fields.Numbers);
        }
        catch (Exception trouble) when (trouble is FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"these bytes are no entry of an audit log: {trouble.Message}", trouble);
        }
    }
}
