using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Attestations;

/// <summary>
/// Attests a move of a guarded branch, as it was promised: its provenance, and the summary that names the provenance. Doing it again does nothing. Safe to
/// call concurrently.
/// </summary>
public sealed class MergeAttestations(AttestedRulings rulings, IAttestations issued, AttestationSigner signer, TimeProvider clock)
{
    private static readonly AuditActor Gate = new("system", "gate");

    /// <summary>Issues both; durable on return.</summary>
    /// <returns>Null, or why it cannot be done now.</returns>
    public async Task<string?> IssueAsync(AttestedMove move, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (await WriterAsync(move, now, cancellation) is not { } write) return move.Ruling is { } gone
            ? $"ruling `{gone}` is not in the signed log"
            : "the log has no signed entry";
        var provenance = Make(AttestationPredicate.Provenance, write(AttestationPredicate.Provenance, ""));
        var summary = Make(AttestationPredicate.Vsa, write(AttestationPredicate.Vsa, provenance.Sha256));
        var correlation = move.Change?.ToString() ?? move.Commit.Value;
        ImmutableArray<(IssuedAttestation, AuditDraft)> both =
        [
            .. from one in (IssuedAttestation[])[provenance, summary]
               select (one, AttestationEntries.Issued(one, Gate, (move.Repository, move.Branch), correlation)),
        ];
        await issued.FulfilAsync(move.Key, both, cancellation);
        return null;

        IssuedAttestation Make(AttestationPredicate predicate, byte[] statement)
        {
            var envelope = signer.Sign(statement);
            return new IssuedAttestation(Convert.ToHexStringLower(SHA256.HashData(envelope)), move.Ruling, predicate.Word, now, envelope) { Commit = move.Commit };
        }
    }

    // The statement of a predicate; the digest of what a summary rests on is known once that is signed.
    private async Task<Func<AttestationPredicate, string, byte[]>?> WriterAsync(AttestedMove move, DateTimeOffset now, CancellationToken cancellation)
    {
        if (move.Ruling is not { } ruling)
        {
            return await rulings.FindAsync(move, now, cancellation) is { } bare
                ? (predicate, _) => UncoveredStatements.Write(predicate, bare)
                : null;
        }

        return await rulings.FindAsync(ruling, now, cancellation) is { } facts
            ? (predicate, input) => Statements.Write(
                predicate, facts with { Move = move, Inputs = input.Length == 0 ? facts.Inputs : [.. facts.Inputs, input] })
            : null;
    }
}
