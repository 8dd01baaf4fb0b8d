using System.Collections.Immutable;

namespace GitOpsGate.Attestations;

/// <summary>What an attestation says of a revision.</summary>
/// <param name="Word">What it is asked for by.</param>
/// <param name="Type">The URI that names it in the statement.</param>
/// <param name="IsOfMerge">Whether it is about a branch, so that there is none before the merge.</param>
public sealed record AttestationPredicate(string Word, string Type, bool IsOfMerge)
{
    /// <summary>The decision with all that it rests on.</summary>
    public static readonly AttestationPredicate Decision = new("decision", "https://gitops-gate.dev/gate-decision/v1", false);

    /// <summary>SLSA's verification summary: which source level and properties a merged revision has by this gate's word.</summary>
    public static readonly AttestationPredicate Vsa = new("vsa", "https://slsa.dev/verification_summary/v1", true);

    /// <summary>How the revision came into its branch.</summary>
    public static readonly AttestationPredicate Provenance = new("provenance", "https://gitops-gate.dev/source-provenance/v1", true);

    public static readonly ImmutableArray<AttestationPredicate> All = [Decision, Vsa, Provenance];

    /// <summary>The one of a word, or null.</summary>
    public static AttestationPredicate? Find(string word) => All.FirstOrDefault(one => one.Word == word);
}
