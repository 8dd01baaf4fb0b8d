using GitOpsGate.Configuration;

namespace GitOpsGate.Exports;

/// <summary>What a bundle holds beside entries and reports.</summary>
/// <param name="Attestations">Adds what was attested in the period, and signs the list of files; null for neither.</param>
/// <param name="Anchors">Adds what others hold of the log, which may become more while the checkpoint stays the same; null for nothing.</param>
/// <param name="Witnesses">Whose lines stand below checkpoints; null for nobody's.</param>
public sealed record BundleCompany(AttestationFiles? Attestations = null, BundleAnchors? Anchors = null, WitnessSettings? Witnesses = null);
