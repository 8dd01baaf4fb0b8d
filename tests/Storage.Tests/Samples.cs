using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage.Tests;

/// <summary>Plausible values to store.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly RepositoryKey Shop = new(new ConnectionName("hub"), "acme/shop");

    public static CommitId Commit(int number) => CommitId.Parse(number.ToString("x40"));

    public static Delivery Delivery(int number, DateTimeOffset? at = null, string? body = null) => new()
    {
        Id = new DeliveryId(Guid.CreateVersion7(at ?? Noon.AddMilliseconds(number))),
        Connection = new ConnectionName("hub"),
        Forge = "github",
        ForgeId = $"guid-{number}",
        Event = "pull_request",
        Headers = ImmutableDictionary<string, string>.Empty.Add("x-github-event", "pull_request").Add("user-agent", "GitHub-Hookshot/ä"),
        Body = Encoding.UTF8.GetBytes(body ?? $$"""{"number":{{number}},"title":"a change with words, words and words"}"""),
        ReceivedAt = at ?? Noon.AddMilliseconds(number),
    };

    public static ChangeRequest Change(long number, ChangeState state = ChangeState.Open, int head = 1, string target = "main") => new()
    {
        Key = new ChangeKey(Shop, number),
        Title = $"Change {number} \0 with a zero",
        State = state,
        Author = new Person("alice", "7", PersonKind.User),
        SourceBranch = $"feature-{number}",
        TargetBranch = target,
        Head = Commit(head),
        Labels = ["ready"],
        CreatedAt = Noon,
        MergedBy = new Person("bob", "8", PersonKind.Unknown),
    };

    public static Ruling Ruling(ChangeRequest change, Verdict verdict, DateTimeOffset at, DateTimeOffset? waitingSince = null) => new()
    {
        Id = new RulingId(Guid.CreateVersion7(at)),
        Revision = change.Revision,
        Verdict = verdict,
        Summary = "1 approval is missing",
        Findings = [new Finding { Weight = verdict, Rule = "policy/kubernetes.deny", Message = "no limits", Place = new Place("a.yaml", 3) }],
        Requirements =
        [
            new Requirement
            {
                Rule = "prod",
                State = RequirementState.Pending,
                Sentence = "2 asked, 1 given",
                Required = 2,
                WaitingSince = waitingSince,
                Given = [new Approval(new Person("bob", "8", PersonKind.User), Noon, change.Head, "review")],
                Dismissed = [new Dismissal(new Person("eve", "9", PersonKind.Bot), Noon, "a bot")],
                From = ["team:acme/release"],
            },
        ],
        WayToGreen = ["ask `bob`"],
        Bundles = [new BundleUse("kubernetes", "embedded", "abc")],
        EvidenceDigest = new string('e', 64),
        RulesDigest = new string('f', 64),
        RuledAt = at,
    };

    public static AuditDraft Entry(string type = AuditTypes.DecisionEvaluated, string? correlation = null, params string[] populations) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Allow,
        Actor = new AuditActor("user", "a_01KDVDNA00A4F9QWK44VXCX5WN"),
        Correlation = correlation,
        Populations = [.. populations],
        Attributes = ImmutableSortedDictionary.Create<string, AuditValue>(StringComparer.Ordinal).Add("commit", "12").Add("n", 3).Add("ok", true),
    };

    public static Obligation.ReportStatus Status(Ruling ruling) => new(
        ruling.Id, ruling.Revision.Change.Repository, ruling.Revision.Head, "feature", "gitops-gate", ruling.Verdict, ruling.Summary, "http://gate/1");

    public static Obligation.Send Send(ChangeRequest change, Ruling ruling, string id) => new(new DispatchOrder
    {
        Id = id,
        Environment = "prod",
        Target = "cluster",
        Repository = Shop,
        Branch = "main",
        Commit = change.Head,
        Tree = "t",
        Ruling = ruling.Id,
        Change = change.Key,
        OrderedAt = Noon,
    });

    public static Record Record(ChangeRequest change, Ruling ruling, DateTimeOffset at) => new()
    {
        Change = change,
        Ruling = ruling,
        Evidence = Encoding.UTF8.GetBytes("""{"facts":[1,2,3]}"""),
        Entries = [Entry(correlation: change.Key.ToString())],
        Obligations = [Status(ruling)],
        At = at,
    };
}
