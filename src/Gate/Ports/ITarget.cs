using GitOpsGate.Dispatch;

namespace GitOpsGate.Ports;

/// <summary>One configured deployment target. Every member may be called concurrently.</summary>
public interface ITarget
{
    /// <summary>Its name in <c>gate.yaml</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Sends the order once. The order's id makes a repeat harmless: a target that already has it answers
    /// <see cref="Receipt.Accepted"/> with the same reference.
    /// </summary>
    Task<Receipt> SendAsync(DispatchOrder order, Warrant warrant, CancellationToken cancellation);

    /// <summary>Finds out, after no answer came, whether the target has the order. Null when it certainly has not.</summary>
    Task<Receipt?> FindAsync(DispatchOrder order, CancellationToken cancellation);
}

/// <summary>The signed permission that travels with an order: a DSSE envelope around an in-toto statement.</summary>
/// <param name="Envelope">The envelope's JSON text in UTF-8 (DSSE 1.0, payload type <c>application/vnd.in-toto+json</c>).</param>
public sealed record Warrant(ReadOnlyMemory<byte> Envelope);

/// <summary>Signs warrants. Safe to call concurrently.</summary>
public interface IWarrantSigner
{
    /// <summary>Signs an order with the gate's key (ECDSA P-256, SHA-256).</summary>
    Warrant Sign(DispatchOrder order, DateTimeOffset now);

    /// <summary>Signs what an agent is told to run, with the same key and another payload type; the envelope's JSON text in UTF-8.</summary>
    ReadOnlyMemory<byte> Sign(DesiredDocument document);

    /// <summary>The public key, as a PEM <c>PUBLIC KEY</c> block, for those who check warrants.</summary>
    string PublicKey { get; }
}
