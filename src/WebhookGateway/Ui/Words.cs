using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>The states' words as people read them.</summary>
public static class Words
{
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Denied => "denied",
        Verdict.Errored => "errored",
        Verdict.Held => "held",
        Verdict.Allowed => "allowed",
    };

    public static string Of(ChangeState state) => state switch
    {
        ChangeState.Unknown => "unknown",
        ChangeState.Open => "open",
        ChangeState.Closed => "closed",
        ChangeState.Merged => "merged",
    };

    public static string Of(RequirementState state) => state switch
    {
        RequirementState.Errored => "errored",
        RequirementState.Pending => "pending",
        RequirementState.Approved => "approved",
        RequirementState.Skipped => "skipped",
    };

    public static string Of(RuleMode mode) => mode switch
    {
        RuleMode.Enforce => "enforce",
        RuleMode.Warn => "warn",
        RuleMode.Shadow => "shadow",
    };

    public static string Of(DeliveryState state) => state switch
    {
        DeliveryState.Waiting => "waiting",
        DeliveryState.InHand => "in hand",
        DeliveryState.Dead => "dead",
        DeliveryState.Unreadable => "unreadable",
        DeliveryState.Ignored => "ignored",
        DeliveryState.Done => "done",
    };

    public static string Of(ObligationState state) => state switch
    {
        ObligationState.Waiting => "waiting",
        ObligationState.Claimed => "claimed",
        ObligationState.Unclear => "unclear",
        ObligationState.Discharged => "discharged",
        ObligationState.Superseded => "superseded",
        ObligationState.Dead => "dead",
    };

    /// <summary>
    /// Who may approve, as people say it: <c>alice</c> for
    /// <c>user:alice</c>, <c>team acme/release</c> for <c>team:acme/release</c>.
    /// </summary>
    public static string OfApprover(string from) =>
        from.StartsWith("user:", StringComparison.Ordinal) ? from["user:".Length..] : from.Replace(':', ' ');

    /// <summary>A ruling's summary without its first words, which the verdict's mark beside it says already.</summary>
    public static string WithoutVerdict(Ruling ruling)
    {
        var first = ruling.Verdict switch
        {
            Verdict.Denied => "denied: ",
            Verdict.Errored => "cannot be judged: ",
            Verdict.Held => "waiting: ",
            Verdict.Allowed => "allowed: ",
        };
        return ruling.Summary.StartsWith(first, StringComparison.Ordinal) ? ruling.Summary[first.Length..] : ruling.Summary;
    }
}
