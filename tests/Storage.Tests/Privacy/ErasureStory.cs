using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests.Privacy;

/// <summary>
/// Two people and what the gate keeps of them: a webhook that names both, a change that alix wrote and that bobbin approved and merged, its evidence
/// with names and addresses, an answer to a comment, and the entries of all that.
/// </summary>
internal sealed class ErasureStory
{
    public const string Alix = "alix-writes";
    public const string AlixId = "7001";
    public const string AlixMail = "alix@example.org";
    public const string AlixName = "Alix Ångström";
    public const string Bobbin = "bobbin77";
    public const string BobbinId = "7002";

    /// <summary>What must not stand anywhere once both are erased.</summary>
    public static readonly string[] Needles = [Alix, AlixMail, AlixName, Bobbin, "alix said why", "bobbin's word"];

    private static readonly Person Author = new(Alix, AlixId, PersonKind.User);
    private static readonly Person Approver = new(Bobbin, BobbinId, PersonKind.User);

    private readonly Database _database;

    private ErasureStory(Database database) => _database = database;

    public required string AuthorRef { get; init; }

    public required string ApproverRef { get; init; }

    public Ruling Ruling { get; private set; } = null!;

    public DeliveryId Delivery { get; private set; }

    public static ChangeRequest Change => Samples.Change(5, ChangeState.Merged) with
    {
        Title = $"Faster shop, by @{Alix}",
        Body = $"asked by {AlixMail}",
        Url = $"http://forge/acme/shop/pulls/5?by={Alix}",
        Author = Author,
        MergedBy = Approver,
        SourceBranch = $"{Alix}/faster",
    };

    /// <param name="walks">Whether the webhook is walked to its end, or waits.</param>
    public static async Task<ErasureStory> PlayAsync(Database database, bool walks = true)
    {
        var identities = new Identities(database);
        var story = new ErasureStory(database)
        {
            AuthorRef = await identities.ReferenceOfAsync("github", AlixId, default),
            ApproverRef = await identities.ReferenceOfAsync("github", BobbinId, default),
        };
        await story.TakeInAsync(walks);
        await story.RuleAsync();
        return story;
    }

    private async Task TakeInAsync(bool walks)
    {
        var body = $$$"""{"sender":{"login":"{{{Bobbin}}}"},"commits":[{"author":{"name":"{{{AlixName}}}","email":"{{{AlixMail}}}"}}],"title":"\u0061lix-writes"}""";
        var inbox = new DeliveryInbox(_database);
        // As many as it takes to have the journal made, and then one into it that names somebody.
        for (var number = 0; number < 200 && _database.Intake is { HasJournal: false }; number++)
        {
            await inbox.AcceptAsync(Samples.Delivery(number), default);
            await Task.Delay(10);
        }

        var delivery = Samples.Delivery(1000, body: body);
        Delivery = delivery.Id;
        await inbox.AcceptAsync(delivery, default);
        await _database.SettleAsync();
        if (!walks) return;
        var outcome = new DeliveryOutcome(delivery.Id, DeliveryState.Done, $"judged for {Bobbin}");
        await new GateStore(_database).RecordAsync(new Record { Deliveries = [outcome], At = Samples.Noon }, default);
    }

    private async Task RuleAsync()
    {
        var change = Change;
        var ruling = Samples.Ruling(change, Verdict.Allowed, Samples.Noon);
        Ruling = ruling = ruling with
        {
            Summary = $"`{Bobbin}` approved",
            Requirements = [ruling.Requirements[0] with { Given = [new Approval(Approver, Samples.Noon, change.Head, "review")] }],
        };
        var evidence = $$$"""
            {"change":{"author":{"login":"{{{Alix}}}","id":"{{{AlixId}}}","kind":"user"}},
             "commits":[{"author":{"login":"{{{Alix}}}","name":"{{{AlixName}}}","email":"{{{AlixMail}}}"}}]}
            """;
        var merged = Samples.Entry(AuditTypes.ChangeMerged, change.Key.ToString()) with
        {
            Actor = new AuditActor("user", ApproverRef),
            Attributes = AuditDraft.NoAttributes.Add("author", AuthorRef),
            Personal =
            [
                new PersonalText(PersonalText.Author, AuthorRef, Alix), new PersonalText(PersonalText.Title, AuthorRef, "alix said why"),
                new PersonalText(PersonalText.Actor, ApproverRef, Bobbin),
            ],
        };
        var approved = Samples.Entry(AuditTypes.ApprovalGranted, change.Key.ToString()) with
        {
            Actor = new AuditActor("user", ApproverRef),
            Personal = [new PersonalText(PersonalText.Actor, ApproverRef, Bobbin), new PersonalText(PersonalText.Reason, ApproverRef, "bobbin's word")],
        };
        await new GateStore(_database).RecordAsync(
            new Record
            {
                Change = change,
                Ruling = ruling,
                Evidence = Encoding.UTF8.GetBytes(evidence),
                Entries = [merged, approved, Samples.Entry()],
                Obligations = [Samples.Status(ruling), new Obligation.Answer(ruling.Id, change.Key, "c_1", $"@{Bobbin}: thank you, says {AlixName}")],
                At = Samples.Noon,
            },
            default);
    }
}
