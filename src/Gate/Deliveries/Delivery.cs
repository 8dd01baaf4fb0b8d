using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Deliveries;

/// <summary>Our id of a delivery: a version 7 UUID, so ids sort by arrival.</summary>
public readonly record struct DeliveryId(Guid Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>One webhook call that passed the door, exactly as it arrived.</summary>
public sealed record Delivery
{
    public required DeliveryId Id { get; init; }

    public required ConnectionName Connection { get; init; }

    /// <summary>The forge of the connection, for instance <c>github</c>; never guessed from headers.</summary>
    public required string Forge { get; init; }

    /// <summary>The forge's own id of the delivery; a redelivery carries it again.</summary>
    public required string ForgeId { get; init; }

    /// <summary>The forge's word for what happened, from its event header.</summary>
    public required string Event { get; init; }

    /// <summary>The headers that a reader may look at, names in lower case; secrets and signatures are not kept.</summary>
    public ImmutableDictionary<string, string> Headers { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The raw bytes that the signature was checked over.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Why the door did not take a call. The zero value is the least specific refusal.</summary>
public enum Refusal
{
    Malformed,
    BadSignature,
    UnknownConnection,
    TooLarge,
    Overloaded,
}

/// <summary>What a forge said about a signature. The zero value is the safe one.</summary>
public enum SignatureCheck
{
    Mismatch,
    Missing,

    /// <summary>The signature is right, but its timestamp is outside the tolerance: a replay.</summary>
    Stale,
    Match,
}
