using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Tests.Sinks;

/// <summary>Batches and sources to test sinks with.</summary>
internal static class SinkSample
{
    public const string Checkpoint = "gate.example.org/audit/t_1\n9\nroot\n\n— gate.example.org/audit/t_1 signature\n";

    public static LogPlace Place { get; } = new("gate.example.org", "gate.example.org/audit/t_1");

    public static SinkBatch Batch(long first = 5, int count = 3, AuditOutcome outcome = AuditOutcome.Success) =>
        new([.. Enumerable.Range(0, count).Select(at => Leaf(first + at, outcome))], Place, Checkpoint, "proof\n");

    public static SinkSource Source(SinkKind kind, string? address, Secret? secret = null, bool allowPrivate = true) => new()
    {
        Name = "siem",
        Kind = kind,
        Address = address is null ? null : new Uri(address),
        Secret = secret,
        AllowPrivate = allowPrivate,
        AccessKey = "AKIDEXAMPLE",
        Region = "eu-central-1",
    };

    private static AuditLeaf Leaf(long index, AuditOutcome outcome)
    {
        var at = new DateTimeOffset(2026, 6, 1, 9, 59, 59, TimeSpan.Zero).AddSeconds(index);
        var draft = new AuditDraft { Type = AuditTypes.ConfigChanged, Outcome = outcome, Subject = new AuditSubject("config", "gäte.yaml 🔑") };
        var id = Ulid.Create(at, [.. BitConverter.GetBytes(index), 0, 0]);
        var bytes = new PlacedEntry(index, id, at, "t_1", draft, ImmutableSortedDictionary<string, long>.Empty).ToBytes().ToArray();
        return new AuditLeaf(index, bytes, MerkleTree.LeafHash(bytes));
    }
}
