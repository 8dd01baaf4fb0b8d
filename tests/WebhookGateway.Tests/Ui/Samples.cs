using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>What pages are shown with: an honest shop, and strangers who write hostile text.</summary>
internal static class Samples
{
    /// <summary>Markup, an attribute's end, a right-to-left override, and a script's address.</summary>
    public const string Hostile = "<script>alert(1)</script> \"' onfocus=alert(2) \u202Egnp.exe &lt; `code` ]]> --> javascript:alert(3)";

    public static DateTimeOffset Now { get; } = new(2026, 1, 2, 15, 4, 5, TimeSpan.Zero);

    public static RepositoryKey Shop { get; } = new(new ConnectionName("github"), "acme/shop");

    public static CommitId Head { get; } = CommitId.Parse("6c971ab7ef7cc170ec1a06b6d9f305574dd80149");

    public static GateCounts Counts { get; } = new(
        ImmutableSortedDictionary<DeliveryState, long>.Empty.Add(DeliveryState.Done, 1234).Add(DeliveryState.Dead, 1),
        ImmutableSortedDictionary<ObligationState, long>.Empty.Add(ObligationState.Discharged, 7).Add(ObligationState.Dead, 2), 42);

    public static GateCounts NoCounts { get; } = new(
        ImmutableSortedDictionary<DeliveryState, long>.Empty, ImmutableSortedDictionary<ObligationState, long>.Empty, 0);

    public static ChangeRequest Change(long number = 1, string title = "Announce the sale", ChangeState state = ChangeState.Open) => new()
    {
        Key = new ChangeKey(Shop, number),
        Title = title,
        Url = $"https://github.example.org/acme/shop/pull/{number}",
        State = state,
        Author = Person("alice"),
        SourceBranch = "sale",
        TargetBranch = "main",
        Head = Head,
    };

    public static Person Person(string login) => new(login, $"id-{login}", PersonKind.User);

    public static Finding Finding(Verdict weight, string message, int line, RuleMode mode = RuleMode.Enforce) => new()
    {
        Weight = weight,
        Rule = "policy/kubernetes",
        Message = message,
        Mode = mode,
        Place = new Place("deploy/web.yaml", line),
    };

    public static Ruling Denied(params Finding[] findings) => new()
    {
        Id = new RulingId(Guid.Parse("019b0000-0000-7000-8000-000000000001")),
        Revision = new Revision(new ChangeKey(Shop, 1), Head),
        Verdict = Verdict.Denied,
        Summary = "denied: container `web` is privileged (+1 more)",
        Findings = [.. findings],
        WayToGreen = [.. findings.Where(finding => finding.Decides).Select(finding => $"fix `{finding.Place}`: {finding.Message}")],
        Requirements = [Pending()],
        Bundles = [new BundleUse("shipped", "embedded", $"sha256:{new string('b', 64)}")],
        EvidenceDigest = new string('e', 64),
        RulesDigest = new string('f', 64),
        RuledAt = Now.AddMinutes(-200),
    };

    public static Ruling Careless() => Denied(
        Finding(Verdict.Denied, "container `web` is privileged, which gives it the whole node", 20),
        Finding(Verdict.Denied, "container `web` uses `web:latest`, whose tag moves; a digest would be right", 19),
        Finding(Verdict.Denied, "container `web` sets no limit of memory", 23, RuleMode.Warn));

    public static Ruling Held() => Denied() with
    {
        Id = new RulingId(Guid.Parse("019b0000-0000-7000-8000-000000000002")),
        Verdict = Verdict.Held,
        Summary = "waiting: rule `release` asks for 2 approvals, 1 given",
        Findings =
        [
            new Finding { Weight = Verdict.Held, Rule = "approval/release", Message = "rule `release` asks for 2 approvals, 1 given" },
            Finding(Verdict.Allowed, "every manifest is in order", 0),
        ],
        WayToGreen = ["get 1 more approval for rule `release` from team acme/release"],
        Requirements =
        [
            Pending() with
            {
                Given = [new Approval(Person("bob"), Now.AddHours(-1), Head, "review")],
                Dismissed = [new Dismissal(Person("alice"), Now.AddHours(-2), "authors do not approve their own change")],
            },
        ],
        RuledAt = Now.AddMinutes(-30),
    };

    public static BranchStanding Held(string branch) => new()
    {
        Repository = Shop,
        Branch = branch,
        Covered = CommitId.Parse(new string('a', 40)),
        Ordered = CommitId.Parse(new string('a', 40)),
        Seen = CommitId.Parse(new string('b', 40)),
        HeldSince = Now.AddHours(-3),
    };

    public static ChangeSummary Summary(ChangeRequest change, Ruling? latest) =>
        new(change, latest, latest is null ? -1 : 14, Now.AddHours(-5), latest?.Verdict == Verdict.Held ? Now.AddHours(-26) : null);

    public static DeliverySummary Delivery(DeliveryState state, string what = "pull_request", string note = "`sale` of acme/shop is guarded by no rule") =>
        new(
            new DeliveryId(Guid.Parse("019b0000-0000-7000-8000-0000000000d1")), Shop.Connection, "github", "forge-id-1", what, Now.AddSeconds(-30),
            state, note, 3);

    public static StoredDelivery StoredDelivery(string body, string what = "push") => new(Delivery(DeliveryState.Dead, what), new Delivery
    {
        Id = new DeliveryId(Guid.Parse("019b0000-0000-7000-8000-0000000000d1")),
        Connection = Shop.Connection,
        Forge = "github",
        ForgeId = "forge-id-1",
        Event = what,
        Body = Encoding.UTF8.GetBytes(body),
        ReceivedAt = Now.AddSeconds(-30),
    });

    public static ImmutableArray<StoredObligation> Owed(Ruling ruling, string note = "the forge answered 500 eight times") =>
    [
        new(
            8, new Obligation.Explain(ruling.Id, new ChangeKey(Shop, 1), "text"), ObligationState.Dead, 8, Now.AddMinutes(-9), null, note, null, 14),
        new(
            7, new Obligation.ReportStatus(ruling.Id, Shop, Head, "sale", "gitops-gate", ruling.Verdict, ruling.Summary, ""),
            ObligationState.Discharged, 1, Now.AddMinutes(-9), null, "gitops-gate: denied", "status-1", 14),
    ];

    public static AuditLeaf Leaf(long index, string type, string outcome, string kind, string reference)
    {
        var json = $$"""
            {"corr":"github:acme/shop#1","outcome":"{{outcome}}","subject":{"kind":"{{kind}}","ref":"{{reference}}"},"time":"2026-01-02T15:00:00Z","type":"{{type}}"}
            """;
        return new AuditLeaf(index, Encoding.UTF8.GetBytes(json), new byte[32]);
    }

    private static Requirement Pending() => new()
    {
        Rule = "release",
        State = RequirementState.Pending,
        Sentence = "rule `release` asks for 2 approvals, 1 given",
        Required = 2,
        From = ["team:acme/release", "user:carol"],
    };
}
