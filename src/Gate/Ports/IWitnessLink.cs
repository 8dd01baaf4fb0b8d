using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;

namespace GitOpsGate.Ports;

/// <summary>The way to a witness. Safe to call concurrently.</summary>
public interface IWitnessLink
{
    /// <summary>Which one it is.</summary>
    WitnessSource Source { get; }

    /// <summary>
    /// Asks it to cosign (C2SP tlog-witness, <c>add-checkpoint</c>). May be repeated after any failure: a witness cosigns the same checkpoint
    /// as often as it is asked. What it answers is its word alone until its signature was verified.
    /// </summary>
    /// <param name="patience">How long it has for its answer.</param>
    /// <exception cref="IOException">No answer of the protocol came; it may have cosigned all the same.</exception>
    Task<WitnessAnswer> AddAsync(WitnessRequest request, TimeSpan patience, CancellationToken cancellation);
}
