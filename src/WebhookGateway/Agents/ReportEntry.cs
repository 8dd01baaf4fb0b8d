using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Dispatch;

namespace GitOpsGate.WebhookGateway.Agents;

/// <summary>What the audit log says of an agent's report.</summary>
internal static class ReportEntry
{
    /// <param name="about">The order that it is about, or null when the gate knows no such order of this target.</param>
    public static AuditDraft Of(AgentReport report, DispatchOrder? about, Caller agent)
    {
        var attributes = AuditDraft.NoAttributes
            .Add("target", report.Target).Add("version", report.Version).Add("phase", Telemetry.Words.Of(report.Phase)).Add("drift", report.Drift);
        if (about is not null) attributes = attributes.Add("environment", about.Environment).Add("commit", about.Commit.Value);
        if (report.Attack is { } attack) attributes = attributes.Add("attack", AgentReport.Word(attack));
        if (report.Reason.Length > 0) attributes = attributes.Add("reason", report.Reason);
        if (report.Release is { } release) attributes = attributes.Add("release", release);
        return new AuditDraft
        {
            Type = AuditTypes.DeploymentReported,
            Outcome = report.Phase switch
            {
                ReportPhase.Refused => AuditOutcome.Deny,
                ReportPhase.Failed => AuditOutcome.Failure,
                ReportPhase.Applied => report.Drift == 0 ? AuditOutcome.Success : AuditOutcome.Failure,
            },
            Actor = new AuditActor("service", agent.Reference),
            Subject = about is null ? null : new AuditSubject("order", about.Id),
            Correlation = about is null ? null : about.Change?.ToString() ?? about.Commit.Value,
            Occurred = report.At,
            Attributes = attributes,
        };
    }
}
