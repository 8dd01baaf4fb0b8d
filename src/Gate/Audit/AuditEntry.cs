using System.Collections.Immutable;

namespace GitOpsGate.Audit;

/// <summary>What an entry says came of the act. The zero value is the least certain.</summary>
public enum AuditOutcome
{
    Error,
    Pending,
    Failure,
    Deny,
    Skipped,
    Allow,
    Success,
}

/// <summary>
/// An audit entry before it has its place in the log: sequence number, id and time are given when it is appended. Holds no personal
/// data: people and content appear as opaque references and digests.
/// </summary>
public sealed record AuditDraft
{
    /// <summary>A type of the closed registry <see cref="AuditTypes"/>.</summary>
    public required string Type { get; init; }

    public required AuditOutcome Outcome { get; init; }

    /// <summary>Who acted, or null for the gate itself.</summary>
    public AuditActor? Actor { get; init; }

    /// <summary>What was acted on.</summary>
    public AuditSubject? Subject { get; init; }

    /// <summary>What ties entries together: the change (<c>connection:owner/name#7</c>) or the commit.</summary>
    public string? Correlation { get; init; }

    /// <summary>Ids of the entries that caused this one.</summary>
    public ImmutableArray<string> Causes { get; init; } = [];

    /// <summary>When it happened at its source, if that is known and differs.</summary>
    public DateTimeOffset? Occurred { get; init; }

    /// <summary>Populations (for instance <c>deploy:prod</c>) in which this entry takes the next gapless number.</summary>
    public ImmutableArray<string> Populations { get; init; } = [];

    /// <summary>Flat, typed, not personal: strings, whole numbers and booleans.</summary>
    public ImmutableSortedDictionary<string, AuditValue> Attributes { get; init; } = NoAttributes;

    /// <summary>No attributes, in ordinal order: what others are added to.</summary>
    public static ImmutableSortedDictionary<string, AuditValue> NoAttributes { get; } =
        ImmutableSortedDictionary.Create<string, AuditValue>(StringComparer.Ordinal);

    /// <summary>What is kept outside the tree, encrypted, and only committed to here.</summary>
    public ImmutableArray<SealedSection> Sealed { get; init; } = [];

    /// <summary>What is to be sealed when the entry gets its place; nothing of it ever stands in the leaf.</summary>
    public ImmutableArray<PersonalText> Personal { get; init; } = [];
}

/// <summary>A part of an entry that stands outside the tree so that it can be erased.</summary>
/// <param name="Name">What it is, for instance <c>actor</c>.</param>
/// <param name="Commitment">SHA-256 over a fixed prefix, 32 bytes of salt and the content, in base 64.</param>
/// <param name="KeyId">The key that its box is locked with.</param>
/// <param name="Length">Bytes of the content.</param>
/// <param name="MediaType">The content's media type, where it is not plain text.</param>
public sealed record SealedSection(string Name, string Commitment, string KeyId, long Length, string? MediaType = null);

/// <summary>Who acted: a kind (<c>user app service system forge anonymous</c>) and an opaque reference, never a login.</summary>
public sealed record AuditActor(string Kind, string Reference);

/// <summary>What was acted on, with a digest where there is one.</summary>
/// <param name="Kind"><c>change repo env policy config ruling delivery order obligation token export entry person</c>.</param>
public sealed record AuditSubject(string Kind, string Reference, string? Digest = null);

/// <summary>An attribute's value. Closed: text, whole number within ±(2⁵³−1), truth, a list of texts.</summary>
public abstract record AuditValue
{
    private AuditValue()
    {
    }

    private protected abstract void Close();

    public static implicit operator AuditValue(string value) => new Text(value);

    public static implicit operator AuditValue(long value) => new Number(value);

    public static implicit operator AuditValue(bool value) => new Truth(value);

    public sealed record Text(string Value) : AuditValue
    {
        private protected override void Close()
        {
        }
    }

    public sealed record Number(long Value) : AuditValue
    {
        private protected override void Close()
        {
        }
    }

    public sealed record Truth(bool Value) : AuditValue
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>Texts in the order in which they are given, for instance the rules that decided.</summary>
    public sealed record Texts(ImmutableArray<string> Values) : AuditValue
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>The closed registry of entry types.</summary>
public static class AuditTypes
{
    public const string LogOpened = "log.opened";
    public const string LogRecovered = "log.recovered";
    public const string KeyCreated = "key.created";
    public const string KeyRotated = "key.rotated";
    public const string KeyRevoked = "key.revoked";
    public const string WebhookReceived = "webhook.received";
    public const string WebhookRejected = "webhook.rejected";
    public const string DeliveryReplayed = "delivery.replayed";
    public const string ObligationRetried = "obligation.retried";
    public const string ChangeObserved = "change.observed";
    public const string ChangeMerged = "change.merged";
    public const string ChangeClosed = "change.closed";
    public const string ChangeUnmanaged = "change.unmanaged";
    public const string DecisionEvaluated = "decision.evaluated";
    public const string ApprovalRequested = "approval.requested";
    public const string ApprovalGranted = "approval.granted";
    public const string ApprovalDismissed = "approval.dismissed";
    public const string DispatchRequested = "dispatch.requested";
    public const string DispatchAccepted = "dispatch.accepted";
    public const string DispatchFailed = "dispatch.failed";
    public const string DispatchWithheld = "dispatch.withheld";
    public const string DeploymentReported = "deployment.reported";
    public const string CheckReported = "check.reported";
    public const string CheckOverwritten = "check.overwritten";
    public const string ConfigChanged = "config.changed";
    public const string PolicyActivated = "policy.activated";
    public const string ReconciliationCompleted = "reconciliation.completed";
    public const string HeartbeatRecorded = "heartbeat.recorded";
    public const string PopulationClosed = "population.closed";
    public const string OverrideRequested = "override.requested";
    public const string OverrideUsed = "override.used";
    public const string HoldPlaced = "hold.placed";
    public const string HoldReleased = "hold.released";
    public const string TokenCreated = "token.created";
    public const string SecretStored = "secret.stored";
    public const string SecretRemoved = "secret.removed";
    public const string SessionStarted = "session.started";
    public const string SessionFailed = "session.failed";
    public const string ExportCreated = "export.created";
    public const string PrivacyOpened = "privacy.opened";
    public const string PrivacyRequested = "privacy.requested";
    public const string PrivacyErased = "privacy.erased";
    public const string ExportDownloaded = "export.downloaded";
    public const string LinkCreated = "link.created";
    public const string LinkRevoked = "link.revoked";
    public const string AttestationIssued = "attestation.issued";
    public const string WitnessStale = "witness.stale";
    public const string RetentionApplied = "retention.applied";

    /// <summary>All types, in ordinal order.</summary>
    public static ImmutableSortedSet<string> All { get; } = ImmutableSortedSet.Create(
        StringComparer.Ordinal,
        LogOpened, LogRecovered, KeyCreated, KeyRotated, KeyRevoked, WebhookReceived, WebhookRejected, DeliveryReplayed, ObligationRetried, ChangeObserved, ChangeMerged, ChangeClosed,
        ChangeUnmanaged, DecisionEvaluated, ApprovalRequested, ApprovalGranted, ApprovalDismissed, DispatchRequested, DispatchAccepted, DispatchFailed,
        DispatchWithheld, DeploymentReported, CheckReported, CheckOverwritten, ConfigChanged, PolicyActivated, ReconciliationCompleted, HeartbeatRecorded, PopulationClosed, OverrideRequested, OverrideUsed,
        HoldPlaced, HoldReleased, TokenCreated, SecretStored, SecretRemoved, SessionStarted, SessionFailed, ExportCreated,
        PrivacyOpened, PrivacyRequested, PrivacyErased,
        ExportDownloaded, LinkCreated, LinkRevoked, AttestationIssued, WitnessStale, RetentionApplied);
}
