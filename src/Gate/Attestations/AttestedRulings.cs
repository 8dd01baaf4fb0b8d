using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Attestations;

/// <summary>Gathers what a statement of a ruling is written from.</summary>
public sealed class AttestedRulings(
    IGateReader reader, IAttestations issued, IIdentities identities, CheckpointDesk checkpoints, GateConfiguration configuration)
{
    /// <summary>The facts of a ruling, or null when there is no such ruling or it is not in the signed log yet.</summary>
    internal async Task<AttestedFacts?> FindAsync(RulingId id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await reader.RulingAsync(id, cancellation) is not { } stored) return null;
        var ruling = stored.Ruling;
        if (await reader.ChangeAsync(ruling.Revision.Change, cancellation) is not { } summary) return null;
        if (await checkpoints.CurrentAsync(cancellation) is not { } note) return null;
        var (change, connection) = (summary.Change, ConnectionOf(ruling.Revision.Change.Repository));
        var forge = connection?.Forge ?? ruling.Revision.Change.Repository.Connection.Value;
        return new AttestedFacts
        {
            Ruling = ruling,
            Change = change,
            Log = Checkpoint.Parse(note.Text),
            AuditIndex = stored.AuditIndex,
            PublicUrl = configuration.PublicUrl,
            Repository = RepositoryOf(change.Key.Repository),
            Author = await ReferenceAsync(forge, change.Author, cancellation),
            Merger = change.MergedBy is { } merger ? await ReferenceAsync(forge, merger, cancellation) : null,
            OverriddenBy = ruling.Override is { } used ? await ReferenceAsync(forge, used.By, cancellation) : null,
            Approvals = await ApprovalsAsync(ruling, forge, cancellation),
            Inputs = [.. (await issued.OfRulingAsync(id, cancellation)).Select(one => one.Sha256)],
            Now = now,
        };
    }

    /// <summary>What a statement of a push is written from that no ruling covers; null while the log has no signed entry.</summary>
    internal async Task<UncoveredFacts?> FindAsync(AttestedMove move, DateTimeOffset now, CancellationToken cancellation) =>
        await checkpoints.CurrentAsync(cancellation) is { } note
            ? new UncoveredFacts(move, Checkpoint.Parse(note.Text), configuration.PublicUrl, RepositoryOf(move.Repository), now)
            : null;

    private Connection? ConnectionOf(RepositoryKey repository) =>
        configuration.Connections.FirstOrDefault(connection => connection.Name == repository.Connection);

    private string RepositoryOf(RepositoryKey repository) =>
        $"git+{ConnectionOf(repository)?.GitUrl ?? configuration.PublicUrl}/{repository.Path}";

    private async Task<ImmutableArray<AttestedApproval>> ApprovalsAsync(Ruling ruling, string forge, CancellationToken cancellation)
    {
        var approvals = ImmutableArray.CreateBuilder<AttestedApproval>();
        foreach (var requirement in ruling.ForEverybody().Requirements)
        {
            foreach (var approval in requirement.Given)
                approvals.Add(new AttestedApproval(requirement.Rule, await ReferenceAsync(forge, approval.By, cancellation), approval.At, approval.On));
        }

        return approvals.ToImmutable();
    }

    // As the log's entries name people, so that both can be laid side by side.
    private Task<string> ReferenceAsync(string forge, Person person, CancellationToken cancellation) =>
        identities.ReferenceOfAsync(forge, person.Id.Length > 0 ? person.Id : Candidate.KeyOf(person), cancellation);
}
