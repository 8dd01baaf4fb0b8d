using GitOpsGate.Audit;
using GitOpsGate.Exports;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>
/// A small log: May's last entry; in June a change that is approved, merged and deployed, one that its author approved, an override, a push past the
/// gate, and all kinds of changes beside; July's first entries.
/// </summary>
internal static class ExportStory
{
    public const string Formula = "=HYPERLINK(\"https://evil.example.org\",\"x\")";
    private const string Shop = "github:acme/shop";

    public static DateTimeOffset June { get; } = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public static ExportQuery Query { get; } = new(June, June.AddMonths(1));

    public static (AuditDraft Draft, DateTimeOffset At)[] Entries { get; } =
    [
        (Draft(AuditTypes.LogOpened), June.AddDays(-2)),
        (Order("o_0", "prod", 6, "a_al a_bo"), June.AddDays(-1)),
        (Draft(AuditTypes.PolicyActivated, "policy", "base") with { Subject = new AuditSubject("policy", "base", "sha256:77") }, June),
        (Draft(AuditTypes.ChangeMerged, "change", $"{Shop}#7", ("mergeCommit", "cafe")) with
        {
            Correlation = $"{Shop}#7", Actor = new AuditActor("user", "a_cy"), Occurred = June.AddHours(1),
        }, June.AddHours(2)),
        (Order("o_1", "prod", 7, "a_al a_bo a_cy"), June.AddHours(3)),
        (Order("o_2", "test", 7, "a_al a_bo a_cy"), June.AddHours(3)),
        (Draft(AuditTypes.DispatchAccepted, "order", "o_1"), June.AddHours(3)),
        (Draft(AuditTypes.DeploymentReported, "order", "o_1", ("phase", "applied")) with { Occurred = June.AddHours(4) }, June.AddHours(5)),
        (Draft(AuditTypes.DispatchFailed, "order", "o_2"), June.AddHours(6)),
        (Order("o_3", "prod", 8, "a_al a_al"), June.AddDays(1)),
        (Draft(AuditTypes.OverrideUsed, "ruling", "r_9", ("reason", Formula), ("rule", "prod")) with
        {
            Populations = ["override"], Correlation = $"{Shop}#9", Actor = new AuditActor("user", "a_di"),
        }, June.AddDays(2)),
        (Overridden(Order("o_4", "prod", 9, "a_bo a_di")), June.AddDays(2)),
        (Draft(AuditTypes.ChangeUnmanaged, "repo", Shop, ("branch", "main"), ("after", "beef"), ("count", 2)) with
        {
            Populations = ["unmanaged"], Correlation = "beef", Outcome = AuditOutcome.Deny,
        }, June.AddDays(3)),
        (Draft(AuditTypes.DispatchWithheld, "repo", Shop, ("branch", "main"), ("count", 2)), June.AddDays(3)),
        (Draft(AuditTypes.WebhookRejected, "config", "github", ("count", 12), ("reason", "bad_signature")), June.AddDays(4)),
        (Draft(AuditTypes.ConfigChanged, "config", "gate.yaml", ("what", "webhook, \"hook\"\nand more")), June.AddDays(5)),
        (Draft(AuditTypes.TokenCreated, "token", "a_t", ("role", "operator")), June.AddDays(6)),
        (Draft(AuditTypes.ReconciliationCompleted, "repo", Shop, ("redelivered", 1), ("backfilled", 0)), June.AddDays(7)),
        (Draft(AuditTypes.ConfigChanged, "config", "gate.yaml"), June.AddMonths(1)),
        (Draft(AuditTypes.ConfigChanged, "config", "gate.yaml"), June.AddMonths(1).AddDays(1)),
    ];

    /// <summary>An order of one merge, with the author and the approvers of it.</summary>
    public static AuditDraft Order(string id, string environment, int change, string duty)
    {
        var order = Draft(
            AuditTypes.DispatchRequested, "order", id, ("approvedAt", "2026-05-30T00:00:00.000Z"), ("branch", "main"), ("change", change), ("commit", "cafe"),
            ("decidedAt", "2026-05-31T00:00:00.000Z"), ("environment", environment), ("forge", "github"), ("given", duty.Count(letter => letter == ' ')),
            ("head", "feed"), ("merges", 1), ("onHead", true), ("repository", Shop), ("required", 1), ("rules", "sha256:12"), ("tree", "7ree"),
            ("verdict", "allowed"));
        return order with
        {
            Correlation = $"{Shop}#{change}",
            Populations = [$"deploy:{environment}"],
            Attributes = order.Attributes.Add("duties", new AuditValue.Texts([duty])).Add("policies", new AuditValue.Texts(["base", "cost"])),
        };
    }

    public static AuditDraft Draft(string type, string kind = "config", string about = "gate.yaml", params (string Name, object Value)[] attributes) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Success,
        Subject = new AuditSubject(kind, about),
        Attributes = attributes.Aggregate(AuditDraft.NoAttributes, (all, one) => all.Add(one.Name, one.Value switch
        {
            string text => text,
            int number => (long)number,
            bool truth => truth,
            _ => throw new ArgumentException($"`{one.Name}` is of no kind that an entry holds"),
        })),
    };

    private static AuditDraft Overridden(AuditDraft order) =>
        order with { Attributes = order.Attributes.Add("overrideBy", new AuditValue.Texts(["a_di"])) };
}
