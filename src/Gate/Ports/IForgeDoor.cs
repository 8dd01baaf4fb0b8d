using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Ports;

/// <summary>
/// What is known of a forge's webhooks: how they are labelled, signed and read. It asks nobody, so it is there for a forge that the gate
/// cannot work with yet, too. Every member may be called concurrently.
/// </summary>
public interface IForgeDoor
{
    /// <summary>The word in <c>gate.yaml</c>, for instance <c>github</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Takes the forge's delivery id and event from the headers (names in lower case).
    /// Null when they are missing: the call is malformed.
    /// </summary>
    DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers);

    /// <summary>
    /// Whether the forge names its deliveries nowhere but in their bodies. Then <see cref="LabelWithin"/> is asked instead of
    /// <see cref="Label"/>, and only once the body is known to be the forge's.
    /// </summary>
    bool LabelsInBody => false;

    /// <summary>Takes the delivery id and event from a body that was verified. Null when they are missing: the call is malformed.</summary>
    DeliveryLabel? LabelWithin(ReadOnlySpan<byte> verified) => null;

    /// <summary>Compares the caller's signature with the body in constant time, against every secret. Never reads the body's meaning.</summary>
    SignatureCheck Verify(Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now);

    /// <summary>Says what a delivery concerns. Pure: the same delivery always reads the same. Never throws for a bad body.</summary>
    Reading Read(Delivery delivery);
}

/// <summary>What the headers of a call say.</summary>
public sealed record DeliveryLabel(string ForgeId, string Event);
