using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Storage.Privacy;

namespace GitOpsGate.Storage;

/// <summary>The log's name, which it keeps, and its owner's.</summary>
internal sealed record LogName(string Origin, string Tenant);

/// <summary>An entry with its id, sealed and written but for its place: what costs time is done before the one writer is asked.</summary>
internal sealed record ReadyEntry(LogName Log, string Id, AuditDraft Draft, ReadyLeaf Leaf, ImmutableArray<LockedBox> Boxes)
{
    /// <param name="keys">Of everybody whom the draft says something personal of; null when it says nothing.</param>
    /// <exception cref="ArgumentException">Its type is not in the registry, or a key is missing.</exception>
    /// <exception cref="FormatException">It does not fit the form of a leaf.</exception>
    public static ReadyEntry Of(AuditDraft draft, LogName log, DateTimeOffset now, IReadOnlyDictionary<string, SubjectKey>? keys)
    {
        if (!AuditTypes.All.Contains(draft.Type))
            throw new ArgumentException($"`{draft.Type}` is not a type of the audit log's registry", nameof(draft));
        Span<byte> chance = stackalloc byte[Ulid.ChanceLength];
        RandomNumberGenerator.Fill(chance);
        var id = Ulid.Create(now, chance);
        var (shown, boxes) = Sealing.Of(draft, log.Origin, id, keys);
        return new ReadyEntry(log, id, shown, new ReadyLeaf(shown, id, log.Tenant), boxes);
    }
}
