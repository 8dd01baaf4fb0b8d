using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.AuditBench;

/// <summary>
/// What the log holds of one change from its first webhook to its deployment: fourteen entries, made by the same code as the gate's where that is
/// open to us, five sections of them sealed.
/// </summary>
internal sealed class Story(IIdentities identities)
{
    /// <summary>Entries of a change.</summary>
    public const int Length = 14;

    private const string Forge = "github";
    private const int People = 40;
    private static readonly ConnectionName Connection = new("bench");
    private readonly RulingEntries _entries = new(identities);

    /// <param name="number">Which change; the same one has the same entries, but for the references of people.</param>
    public async Task<ImmutableArray<AuditDraft>> OfAsync(int number, DateTimeOffset at, CancellationToken cancellation)
    {
        var change = Change(number, at);
        var approvals = new[] { Approver(number, 1, at, change.Head), Approver(number, 2, at, change.Head) };
        var (waiting, allowed) = (Ruling(change, number, at, []), Ruling(change, number, at.AddMinutes(20), approvals));
        var key = change.Key.ToString();
        var merged = change with { State = ChangeState.Merged, MergeCommit = Commit(number, "merge"), MergedAt = at.AddMinutes(30), MergedBy = approvals[0].By };
        return
        [
            Webhook(number, 0, at, key),
            await _entries.SeenAsync(AuditTypes.ChangeObserved, change, Forge, waiting, cancellation),
            RulingEntries.Decided(waiting),
            .. await _entries.ApprovalsAsync(null, waiting, Forge, cancellation),
            Webhook(number, 1, at, key),
            Webhook(number, 2, at, key),
            .. await _entries.ApprovalsAsync(waiting, allowed, Forge, cancellation),
            RulingEntries.Decided(allowed),
            Webhook(number, 3, at, key),
            await _entries.SeenAsync(AuditTypes.ChangeMerged, merged, Forge, allowed, cancellation),
            await RequestedAsync(merged, allowed, cancellation),
            Followed(AuditTypes.DispatchAccepted, number, key, AuditDraft.NoAttributes.Add("target", "cluster").Add("reference", Hex(number, "run")[..20])),
            Followed(AuditTypes.DeploymentReported, number, key, AuditDraft.NoAttributes.Add("phase", "applied").Add("agent", "prod-1")) with
            {
                Occurred = at.AddMinutes(40),
            },
        ];
    }

    /// <summary>The log's word that it goes on, as the gateway writes it every five minutes.</summary>
    public static AuditDraft Heartbeat(int number) => new()
    {
        Type = AuditTypes.HeartbeatRecorded,
        Outcome = AuditOutcome.Success,
        Actor = new AuditActor("system", "gate"),
        Attributes = AuditDraft.NoAttributes
            .Add("checkpoint", $"sha256:{Hex(number, "checkpoint")}").Add("checkpointSize", (long)number).Add("clockParted", 0L)
            .Add("deliveriesDead", 0L).Add("deliveriesWaiting", number % 7L).Add("obligationsDead", 0L).Add("obligationsWaiting", 0L),
    };

    private static AuditDraft Webhook(int number, int which, DateTimeOffset at, string key)
    {
        var delivery = new Delivery
        {
            Id = new DeliveryId(Id(at, number, $"delivery {which}")),
            Connection = Connection,
            Forge = Forge,
            ForgeId = Id(at, number, $"forge {which}").ToString(),
            Event = which < 2 ? "pull_request" : "pull_request_review",
            Headers = ImmutableDictionary<string, string>.Empty,
            Body = Encoding.UTF8.GetBytes($"{number} {which}"),
            ReceivedAt = at.AddSeconds(which),
        };
        return RulingEntries.Received(delivery, DeliveryState.Done, key);
    }

    private static AuditDraft Followed(string type, int number, string key, ImmutableSortedDictionary<string, AuditValue> attributes) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Success,
        Subject = new AuditSubject("order", Hex(number, "order")),
        Correlation = key,
        Attributes = attributes,
    };

    // What PushEntries and OrderStanding make of a push, which nobody outside of the domain may call.
    private async Task<AuditDraft> RequestedAsync(ChangeRequest change, Ruling ruling, CancellationToken cancellation)
    {
        var number = (int)change.Key.Number;
        var author = await identities.ReferenceOfAsync(Forge, change.Author.Id, cancellation);
        var given = ruling.Requirements[0].Given;
        var approvers = new List<string>();
        foreach (var one in given) approvers.Add(await identities.ReferenceOfAsync(Forge, one.By.Id, cancellation));
        return Followed(AuditTypes.DispatchRequested, number, change.Key.ToString(), AuditDraft.NoAttributes
            .Add("approvedAt", Text(given.Max(one => one.At))).Add("branch", change.TargetBranch).Add("change", (long)number)
            .Add("commit", change.MergeCommit.Value).Add("decidedAt", Text(ruling.RuledAt))
            .Add("duties", new AuditValue.Texts([$"{author} {string.Join(' ', approvers)}"])).Add("environment", "prod").Add("forge", Forge)
            .Add("given", (long)given.Count).Add("head", change.Head.Value).Add("merges", 1L).Add("onHead", true)
            .Add("policies", new AuditValue.Texts(["base", "kubernetes"])).Add("repository", change.Key.Repository.ToString())
            .Add("required", 2L).Add("ruling", ruling.Id.ToString()).Add("rules", $"sha256:{ruling.RulesDigest}").Add("target", "cluster")
            .Add("tree", Hex(number, "tree")[..40]).Add("verdict", "allowed")) with
        {
            Outcome = AuditOutcome.Pending,
            Populations = ["deploy:prod"],
        };
    }

    private static ChangeRequest Change(int number, DateTimeOffset at) => new()
    {
        Key = new ChangeKey(new RepositoryKey(Connection, $"acme/service-{number % 60}"), number),
        Title = $"Raise the limits of service {number % 60} to what {number} asks for",
        State = ChangeState.Open,
        Author = Person(number),
        SourceBranch = $"limits-{number}",
        TargetBranch = "main",
        Head = Commit(number, "head"),
        CreatedAt = at,
    };

    private static Ruling Ruling(ChangeRequest change, int number, DateTimeOffset at, Approval[] approvals) => new()
    {
        Id = new RulingId(Id(at, number, "ruling")),
        Revision = change.Revision,
        TargetBranch = "main",
        MergeBase = Commit(number, "base"),
        Verdict = approvals.Length < 2 ? Verdict.Held : Verdict.Allowed,
        Summary = "as rules and policies have it",
        Findings = [],
        Requirements =
        [
            new Requirement
            {
                Rule = "production",
                State = approvals.Length < 2 ? RequirementState.Pending : RequirementState.Approved,
                Sentence = "2 approvals",
                Required = 2,
                Given = approvals,
            },
        ],
        Bundles = [new BundleUse("base", "embedded", Hex(number % 9, "base")), new BundleUse("kubernetes", "embedded", Hex(number % 9, "kubernetes"))],
        EvidenceDigest = Hex(number, $"evidence {approvals.Length}"),
        RulesDigest = Hex(number % 9, "rules"),
        RuledAt = at,
    };

    private static Approval Approver(int number, int which, DateTimeOffset at, CommitId head) =>
        new(Person(number + which), at.AddMinutes(10 + which), head, "review");

    private static Person Person(int number) => new($"user-{number % People}", $"{1000 + (number % People)}", PersonKind.User);

    private static CommitId Commit(int number, string what) => CommitId.Parse(Hex(number, what)[..40]);

    private static Guid Id(DateTimeOffset at, int number, string what)
    {
        var chance = SHA256.HashData(Encoding.UTF8.GetBytes($"{what} {number}"));
        var id = Guid.CreateVersion7(at).ToByteArray(bigEndian: true);
        chance.AsSpan(0, 7).CopyTo(id.AsSpan(9));
        return new Guid(id, bigEndian: true);
    }

    private static string Hex(int number, string what) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{what} {number}")));

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
}
