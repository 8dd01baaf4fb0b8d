using System.ComponentModel.DataAnnotations.Schema;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage.Reading;

// One record per table that the pages read. Names and columns are the migrations'; a test compares the two on both databases.

internal sealed class DeliveryRow
{
    [Column("seq")]
    public long Sequence { get; init; }

    [Column("id")]
    public required byte[] Id { get; init; }

    [Column("connection")]
    public required string Connection { get; init; }

    [Column("forge")]
    public required string Forge { get; init; }

    [Column("forge_id")]
    public required string ForgeId { get; init; }

    [Column("event")]
    public required string Event { get; init; }

    [Column("received_ms")]
    public long ReceivedMilliseconds { get; init; }

    [Column("state")]
    public DeliveryState State { get; init; }

    [Column("attempts")]
    public int Attempts { get; init; }

    [Column("note")]
    public required string Note { get; init; }
}

internal sealed class ChangeRow
{
    [Column("seq")]
    public long Sequence { get; init; }

    [Column("key")]
    public required string Key { get; init; }

    [Column("repository")]
    public required string Repository { get; init; }

    [Column("state")]
    public ChangeState State { get; init; }

    [Column("target_branch")]
    public required string TargetBranch { get; init; }

    [Column("head")]
    public required string Head { get; init; }

    [Column("json")]
    public required string Json { get; init; }

    [Column("updated_ms")]
    public long UpdatedMilliseconds { get; init; }

    [Column("ruling_seq")]
    public long? RulingSequence { get; init; }

    [Column("ruled_head")]
    public string? RuledHead { get; init; }

    [Column("ruled_ms")]
    public long? RuledMilliseconds { get; init; }

    [Column("verdict")]
    public Verdict? Verdict { get; init; }

    [Column("waiting_ms")]
    public long? WaitingMilliseconds { get; init; }

    [Column("list_rank")]
    public long Rank { get; init; }
}

internal sealed class RulingRow
{
    [Column("seq")]
    public long Sequence { get; init; }

    [Column("id")]
    public required byte[] Id { get; init; }

    [Column("change_key")]
    public required string ChangeKey { get; init; }

    [Column("audit_index")]
    public long AuditIndex { get; init; }

    [Column("json")]
    public required string Json { get; init; }
}

internal sealed class EvidenceRow
{
    [Column("ruling_seq")]
    public long RulingSequence { get; init; }

    [Column("body")]
    public required byte[] Body { get; init; }

    [Column("length")]
    public int Length { get; init; }
}

internal sealed class ObligationRow
{
    [Column("id")]
    public long Id { get; init; }

    [Column("kind")]
    public required string Kind { get; init; }

    [Column("lane")]
    public required string Lane { get; init; }

    [Column("change_key")]
    public string? ChangeKey { get; init; }

    [Column("state")]
    public ObligationState State { get; init; }

    [Column("due_ms")]
    public long? DueMilliseconds { get; init; }

    [Column("attempts")]
    public int Attempts { get; init; }

    [Column("created_ms")]
    public long CreatedMilliseconds { get; init; }

    [Column("note")]
    public required string Note { get; init; }

    [Column("reference")]
    public string? Reference { get; init; }

    [Column("audit_index")]
    public long AuditIndex { get; init; }

    [Column("json")]
    public required string Json { get; init; }
}

internal sealed class TokenRow
{
    [Column("sha256")]
    public required byte[] Sha256 { get; init; }

    [Column("reference")]
    public required string Reference { get; init; }

    [Column("name")]
    public required string Name { get; init; }

    [Column("role")]
    public Role Role { get; init; }

    [Column("created_ms")]
    public long CreatedMilliseconds { get; init; }

    [Column("revoked_ms")]
    public long? RevokedMilliseconds { get; init; }

    [Column("target")]
    public string? Target { get; init; }
}

internal sealed class SecretRow
{
    [Column("name")]
    public required string Name { get; init; }

    [Column("seal")]
    public required byte[] Seal { get; init; }

    [Column("changed_ms")]
    public long ChangedMilliseconds { get; init; }
}

internal sealed class AgentOrderRow
{
    [Column("order_id")]
    public required string OrderId { get; init; }

    [Column("target")]
    public required string Target { get; init; }

    [Column("published")]
    public long Published { get; init; }

    [Column("version")]
    public long Version { get; init; }

    [Column("expires_ms")]
    public long ExpiresMilliseconds { get; init; }

    [Column("lifetime_ms")]
    public long LifetimeMilliseconds { get; init; }

    [Column("document")]
    public required byte[] Document { get; init; }

    [Column("json")]
    public required string Json { get; init; }
}

internal sealed class IdentityRow
{
    [Column("forge")]
    public required string Forge { get; init; }

    [Column("person_id")]
    public required string PersonId { get; init; }

    [Column("reference")]
    public required string Reference { get; init; }
}

internal sealed class LeafRow
{
    [Column("seq")]
    public long Sequence { get; init; }

    [Column("type")]
    public required string Type { get; init; }

    [Column("corr")]
    public string? Correlation { get; init; }

    [Column("body")]
    public required byte[] Body { get; init; }

    [Column("hash")]
    public required byte[] Hash { get; init; }
}

internal sealed class BranchRow
{
    [Column("repository")]
    public required string Repository { get; init; }

    [Column("name")]
    public required string Name { get; init; }

    [Column("covered")]
    public required string Covered { get; init; }

    [Column("ordered")]
    public required string Ordered { get; init; }

    [Column("seen")]
    public required string Seen { get; init; }

    [Column("held_ms")]
    public long? HeldMilliseconds { get; init; }

    [Column("controls")]
    public required string Controls { get; init; }

    [Column("updated_ms")]
    public long UpdatedMilliseconds { get; init; }
}
