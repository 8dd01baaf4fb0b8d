using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Answers a merge queue: the group's temporary commit is shown the standing ruling of the change request that it tries to merge, and
/// nothing laxer. A group whose change request is not known is shown an error.
/// </summary>
public sealed class MergeGroupWalk(GateConfiguration configuration, IGateReader reader, TimeProvider clock)
{
    public async Task<Walked> WalkAsync(Reach reach, Concern.MergeGroup group, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var change = group.Number > 0 ? await reader.ChangeAsync(new ChangeKey(group.Repository, group.Number), cancellation) : null;
        var ruling = change?.Latest;
        var isOfHead = ruling is not null && ruling.Revision.Head == change!.Change.Head && ruling.TargetBranch == change.Change.TargetBranch;
        var (verdict, summary) = ruling is null ? (Verdict.Errored, "cannot be judged: no ruling of the queued change is known")
            : isOfHead ? (ruling.Verdict, ruling.Summary)
            : (Verdict.Held, "waiting: the queued change is not judged yet at its head and for its target branch");
        var id = ruling?.Id ?? new RulingId(Guid.CreateVersion7(now));
        var url = ruling is null ? configuration.PublicUrl : $"{configuration.PublicUrl}/rulings/{id}";
        var record = new Record
        {
            Entries =
            [
                new AuditDraft
                {
                    Type = AuditTypes.DecisionEvaluated,
                    Outcome = verdict switch
                    {
                        Verdict.Denied => AuditOutcome.Deny,
                        Verdict.Errored => AuditOutcome.Error,
                        Verdict.Held => AuditOutcome.Pending,
                        Verdict.Allowed => AuditOutcome.Allow,
                    },
                    Subject = new AuditSubject("ruling", id.ToString()),
                    Correlation = group.Number > 0 ? new ChangeKey(group.Repository, group.Number).ToString() : group.Head.Value,
                    Attributes = AuditDraft.NoAttributes.Add("head", group.Head.Value).Add("mergeGroup", true),
                },
            ],
            Obligations =
            [
                new Obligation.ReportStatus(
                    id, group.Repository, group.Head, group.Branch, reach.Connection.StatusContext, verdict, summary, url),
            ],
            At = now,
        };
        return new Walked(record, $"merge queue: {summary}");
    }
}
