using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Attestations;

/// <summary>What the log says of an attestation before anybody has it.</summary>
internal static class AttestationEntries
{
    /// <param name="about">Where the commit is: the repository, and the branch without <c>refs/heads/</c>, or null for a revision that is not merged.</param>
    public static AuditDraft Issued(IssuedAttestation attestation, AuditActor actor, (RepositoryKey Repository, string? Branch) about, string correlation)
    {
        var said = AuditDraft.NoAttributes
            .Add("predicate", attestation.Predicate)
            .Add("repository", about.Repository.ToString())
            .Add("commit", attestation.Commit.Value);
        return new AuditDraft
        {
            Type = AuditTypes.AttestationIssued,
            Outcome = AuditOutcome.Success,
            Actor = actor,
            Subject = new AuditSubject("attestation", attestation.Ruling?.ToString() ?? attestation.Commit.Value, $"sha256:{attestation.Sha256}"),
            Correlation = correlation,
            Attributes = about.Branch is { } branch ? said.Add("branch", Words.Plain(branch)) : said,
        };
    }
}
