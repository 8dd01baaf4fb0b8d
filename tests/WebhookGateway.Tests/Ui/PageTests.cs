using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Ui;
using GitOpsGate.WebhookGateway.Ui.Audit;
using GitOpsGate.WebhookGateway.Ui.Changes;
using GitOpsGate.WebhookGateway.Ui.Deliveries;
using GitOpsGate.WebhookGateway.Ui.Obligations;
using GitOpsGate.WebhookGateway.Ui.Privacy;
using GitOpsGate.WebhookGateway.Ui.Rulings;
using GitOpsGate.WebhookGateway.Ui.Unmanaged;
using Xunit;
using OpenedSectionView = GitOpsGate.WebhookGateway.Api.OpenedSectionView;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>Each page as committed HTML: empty, one, many, and for somebody who may only look.</summary>
public class PageTests
{
    public static TheoryData<string> ChangeLists => ["empty", "one", "many", "hostile"];

    public static TheoryData<string> RulingPages =>
        ["denied", "held", "superseded", "merged", "many", "hostile", "unknown-change", "foreign"];

    [Theory]
    [MemberData(nameof(ChangeLists))]
    public async Task The_list_of_change_requests(string kind)
    {
        ImmutableArray<ChangeSummary> rows = kind switch
        {
            "one" => [Samples.Summary(Samples.Change(), Samples.Held())],
            "many" =>
            [
                Samples.Summary(Samples.Change(1), Samples.Held()),
                Samples.Summary(Samples.Change(2, "Raise the limit"), Samples.Careless()),
                Samples.Summary(Samples.Change(3, ""), null),
                Samples.Summary(
                    Samples.Change(4, "Done long ago", ChangeState.Merged),
                    Samples.Careless() with { Verdict = Verdict.Allowed, Summary = "allowed: 2 rules hold" }),
                Samples.Summary(
                    Samples.Change(5, "A rule file that nobody can read"),
                    Samples.Careless() with { Verdict = Verdict.Errored, Summary = "cannot be judged: `.gitopsgate.yaml` is not YAML" }),
            ],
            "hostile" => [Samples.Summary(HostileChange() with { TargetBranch = Samples.Hostile }, null)],
            _ => [],
        };
        var page = new PageOf<ChangeSummary>(rows, kind == "many" ? "a+b/c=" : null);
        var (tab, counts) = kind == "many" ? ("all", Samples.Counts) : ("open", Samples.NoCounts);
        var view = ChangesView.Of(tab, page, counts, Samples.Now);
        Golden.Matches($"changes-{kind}.html", await PagePaper.RenderAsync<ChangesPage>(("View", view)));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("many")]
    public async Task The_list_of_unmanaged_changes(string kind)
    {
        ImmutableArray<UnmanagedRow> rows = kind == "empty"
            ? []
            : [Unmanaged(1), Unmanaged(2)];
        Golden.Matches($"unmanaged-{kind}.html", await PagePaper.RenderAsync<UnmanagedPage>(("Rows", rows)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_branches_that_unmanaged_changes_hold_back(bool mayAdopt)
    {
        ImmutableArray<UnmanagedRow> rows = [Unmanaged(1)];
        ImmutableArray<HeldRow> held = [HeldRow.Of(Samples.Held("main"), Samples.Now), HeldRow.Of(Samples.Held(Samples.Hostile) with { Covered = default }, Samples.Now)];
        var html = await PagePaper.RenderAsync<UnmanagedPage>(("Rows", rows), ("Held", held), ("MayAdopt", mayAdopt));
        Golden.Matches($"unmanaged-held-{(mayAdopt ? "admin" : "viewer")}.html", html);
    }

    [Theory]
    [MemberData(nameof(RulingPages))]
    public async Task The_page_of_a_ruling(string kind)
    {
        var ruling = kind switch
        {
            "held" => Samples.Held(),
            "foreign" => Samples.Held() with
            {
                Foreign =
                [
                    new ForeignStatus("71", CheckState.Succeeded, "mallory", "https://ci.example.org/71", Samples.Now.AddMinutes(-4)),
                    new ForeignStatus("", CheckState.Skipped, "", "", Samples.Now.AddMinutes(-3)),
                    new ForeignStatus("72", CheckState.Failed, Samples.Hostile, Samples.Hostile, Samples.Now.AddMinutes(-2)),
                ],
            },
            "many" => Samples.Denied(
                [.. Enumerable.Range(1, 200).Select(line => Samples.Finding(Verdict.Denied, $"line {line} is wrong", line))]),
            "hostile" => Samples.Denied(
                Samples.Finding(Verdict.Denied, Samples.Hostile, 1) with { Rule = Samples.Hostile, Place = new Place(Samples.Hostile, 7) }),
            _ => Samples.Careless(),
        };
        var change = kind == "hostile"
            ? HostileChange()
            : Samples.Change(1, "Announce the sale", kind == "merged" ? ChangeState.Merged : ChangeState.Open);
        var stored = new StoredRuling(ruling, 14);
        ImmutableArray<StoredRuling> history = kind is "superseded" ? [new StoredRuling(Samples.Held(), 23), stored] : [stored];
        var note = kind == "hostile" ? Samples.Hostile : "the forge answered 500 eight times";
        var owed = kind == "merged" ? [] : Samples.Owed(ruling, note);
        var view = RulingView.Of(
            stored, kind == "unknown-change" ? null : Samples.Summary(change, history[0].Ruling), history, owed, Samples.Now);
        Golden.Matches($"ruling-{kind}.html", await PagePaper.RenderAsync<RulingPage>(("View", view)));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("one")]
    [InlineData("hostile")]
    public async Task The_list_of_deliveries(string kind)
    {
        ImmutableArray<DeliverySummary> rows = kind switch
        {
            "one" => [Samples.Delivery(DeliveryState.Dead)],
            "hostile" => [Samples.Delivery(DeliveryState.Unreadable, Samples.Hostile, Samples.Hostile)],
            _ => [],
        };
        var counts = kind == "one" ? Samples.Counts : Samples.NoCounts;
        var view = DeliveriesView.Of("all", new PageOf<DeliverySummary>(rows, null), counts, Samples.Now);
        Golden.Matches($"deliveries-{kind}.html", await PagePaper.RenderAsync<DeliveriesPage>(("View", view)));
    }

    [Theory]
    [InlineData("operator", """{"ref":"refs/heads/main"}""")]
    [InlineData("viewer", """{"ref":"refs/heads/main"}""")]
    [InlineData("hostile", "</code></pre><script>alert(1)</script>")]
    public async Task One_delivery(string kind, string body)
    {
        var view = DeliveryView.Of(Samples.StoredDelivery(body), Samples.Now);
        Golden.Matches(
            $"delivery-{kind}.html", await PagePaper.RenderAsync<DeliveryPage>(("View", view), ("MayReplay", kind == "operator")));
    }

    [Fact]
    public async Task A_delivery_whose_body_has_ended_says_so_and_offers_no_replay()
    {
        var stored = Samples.StoredDelivery("") with { Gone = "its body ended on 2026-06-03 by retention" };
        Golden.Matches(
            "delivery-ended.html", await PagePaper.RenderAsync<DeliveryPage>(("View", DeliveryView.Of(stored, Samples.Now)), ("MayReplay", true)));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("operator")]
    [InlineData("viewer")]
    public async Task The_list_of_obligations(string kind)
    {
        var rows = kind == "empty" ? [] : Samples.Owed(Samples.Careless());
        var counts = kind == "empty" ? Samples.NoCounts : Samples.Counts;
        var view = ObligationsView.Of("all", new PageOf<StoredObligation>(rows, null), counts, Samples.Now);
        Golden.Matches(
            $"obligations-{kind}.html",
            await PagePaper.RenderAsync<ObligationsPage>(("View", view), ("MayRetry", kind == "operator")));
    }

    [Theory]
    [InlineData("empty", null)]
    [InlineData("one", 41L)]
    [InlineData("absent", 900L)]
    [InlineData("broken", null)]
    public async Task The_audit_log(string kind, long? at)
    {
        ImmutableArray<AuditLeaf> leaves = kind == "empty"
            ? []
            :
            [
                Samples.Leaf(40, "webhook.received", "skipped", "delivery", "019b0000-0000-7000-8000-0000000000d1"),
                Samples.Leaf(41, "decision.evaluated", "deny", "ruling", "019b0000-0000-7000-8000-000000000001"),
                Samples.Leaf(42, "<script>alert(1)</script>", "<b>", "<i>", "' onclick=alert(1)"),
            ];
        var verification = kind == "broken"
            ? new AuditVerification(43, new byte[32], ["entry `41`: its hash does not fit its bytes"])
            : null;
        var head = new AuditHead(kind == "empty" ? 0 : 99, new byte[32], Samples.Now);
        var view = AuditView.Of(head, leaves, at, verification, Samples.Now);
        Golden.Matches(
            $"audit-{kind}.html", await PagePaper.RenderAsync<AuditPage>(
                ("View", view), ("MayVerify", kind == "broken"), ("Export", ExportForm.For(Samples.Now))));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("many")]
    [InlineData("asked")]
    [InlineData("own")]
    [InlineData("held")]
    [InlineData("erased")]
    public async Task The_page_of_erasures(string kind)
    {
        var (now, caller) = (Samples.Now, new Caller("a_me", "me", Role.Admin));
        ErasureStanding standing = new("a_zoe", "gdpr-17-1", "a_other", false, null);
        ImmutableArray<ErasureRecord> rows = kind == "empty" ? [] :
        [
            new ErasureRecord(standing, now.AddHours(-3), null, null),
            new ErasureRecord(new ErasureStanding("a_yan", null, null, true, null), null, "a_me", now.AddDays(-2)),
            new ErasureRecord(new ErasureStanding("a_xi", "gdpr-17-1", "a_me", false, now.AddDays(-1)), now.AddDays(-4), null, null),
        ];
        var found = kind switch
        {
            "many" => standing with { RequestedBy = null, Basis = null },
            "asked" => standing,
            "own" => standing with { RequestedBy = "a_me" },
            "held" => standing with { IsHeld = true },
            "erased" => standing with { ErasedAt = now.AddHours(-1) },
            _ => null,
        };
        var would = new ErasureReport(1, 12, 3, 1, kind == "many" ? 1 : 0, kind == "many" ? 2 : 0);
        var view = new PrivacyView([.. rows.Select(row => PrivacyRow.Of(row, now))], found is null ? null : FoundPerson.Of(found, would, caller, now));
        Golden.Matches($"privacy-{kind}.html", await PagePaper.RenderAsync<PrivacyPage>(("View", view), ("Notice", kind == "own" ? "The erasure is asked for." : null)));
    }

    [Fact]
    public async Task What_an_entry_keeps_sealed_as_an_admin_sees_it()
    {
        const string Leaf = """{"id":"01KD","outcome":"success","sealed":[{"c":"AAAA","k":"k_1","len":5,"n":"actor"}],"time":"2026-07-04T11:00:00.000Z","type":"override.used"}""";
        var leaf = new AuditLeaf(42, Encoding.UTF8.GetBytes(Leaf), new byte[32]);
        var view = AuditView.Of(new AuditHead(43, new byte[32], Samples.Now), [leaf], 42, null, Samples.Now);
        Golden.Matches(
            "audit-admin.html", await PagePaper.RenderAsync<AuditPage>(
                ("View", view), ("MayVerify", true), ("MayOpen", true), ("Export", ExportForm.For(Samples.Now))));
        ImmutableArray<OpenedSectionView> sections = [new("actor", "AAAA", "BBBB", Samples.Hostile, null), new("reason", "CCCC", null, null, "erased")];
        Golden.Matches("sealed.html", await PagePaper.RenderAsync<SealedPage>(("Index", 42L), ("Sections", sections)));
        Golden.Matches("sealed-none.html", await PagePaper.RenderAsync<SealedPage>(("Index", 43L), ("Sections", ImmutableArray<OpenedSectionView>.Empty)));
    }

    [Fact]
    public async Task The_sinks_of_the_log_and_the_page_of_an_auditors_link()
    {
        SinkRow[] sinks =
        [
            new("siem", "https, cloudevents", "https://siem.example.org/in", "1,204", MomentView.Of(Samples.Now.AddMinutes(-3), Samples.Now), "the receiver answered 503: `<b>`"),
            new("disk", "files, jsonl", "/srv/audit", "0", null, null),
        ];
        var view = AuditView.Of(new AuditHead(0, new byte[32], Samples.Now), [], null, null, Samples.Now);
        Golden.Matches(
            "audit-sinks.html", await PagePaper.RenderAsync<AuditPage>(
                ("View", view), ("MayVerify", false), ("Export", ExportForm.For(Samples.Now)), ("Sinks", sinks.ToImmutableArray())));
        var anchors = new AnchorTable(
            [new("Git commit", "https://git.example.org/checkpoints.git", "git push failed: `<b>`"), new("Time stamp", "https://tsa.example.org/tsr", null)],
            [new("Time stamp", "1,204", MomentView.Of(Samples.Now.AddMinutes(-3), Samples.Now), "10a4"), new("Git commit", "1,100", MomentView.Of(Samples.Now.AddHours(-2), Samples.Now), new string('c', 40))]);
        Golden.Matches(
            "audit-anchors.html", await PagePaper.RenderAsync<AuditPage>(
                ("View", view), ("MayVerify", false), ("Export", ExportForm.For(Samples.Now)), ("Anchors", anchors)));
        var page = new AuditorView(
            MomentView.Of(Samples.Now.AddDays(-90), Samples.Now), MomentView.Of(Samples.Now, Samples.Now), "prod", "1,204",
            MomentView.Of(Samples.Now.AddDays(30), Samples.Now), "gate.example.org/audit/t_1+1a2b3c4d+AQ==");
        Golden.Matches("auditor.html", await PagePaper.RenderAsync<AuditorPage>(("View", page)));
    }

    [Fact]
    public async Task The_witnesses_of_the_log_and_what_must_be_looked_at()
    {
        WitnessRow[] rows =
        [
            new("audit-firm", "https://w.example.org/", "1,204", MomentView.Of(Samples.Now.AddMinutes(-3), Samples.Now), null),
            new("peer", "https://gate.example.net/w/", "not known", null, "it answered 500: `<b>`"),
        ];
        var view = AuditView.Of(new AuditHead(0, new byte[32], Samples.Now), [], null, null, Samples.Now);
        var witnesses = new WitnessesView([.. rows], "2 of 2 make a quorum; it has cosigned 1,000 entries.", "The log has grown for more than 15 minutes.");
        Golden.Matches(
            "audit-witnesses.html", await PagePaper.RenderAsync<AuditPage>(
                ("View", view), ("MayVerify", false), ("Export", ExportForm.For(Samples.Now)), ("Witnesses", witnesses)));
    }

    [Fact]
    public async Task Signing_in_and_its_failure()
    {
        Golden.Matches("sign-in.html", await PagePaper.RenderAsync<SignInPage>(("Return", "/audit?at=14")));
        Golden.Matches(
            "sign-in-again.html",
            await PagePaper.RenderAsync<SignInPage>(("Return", Samples.Hostile), ("Problem", "This token is unknown.")));
    }

    [Fact]
    public async Task Messages_for_the_forbidden_and_the_missing()
    {
        Golden.Matches(
            "forbidden.html",
            await PagePaper.RenderAsync<MessagePage>(("Title", "Not allowed"), ("Text", "`replay` asks for role `operator`")));
        Golden.Matches(
            "missing.html",
            await PagePaper.RenderAsync<MessagePage>(("Title", "Not found"), ("Text", Samples.Hostile), ("IsSignedIn", false)));
    }

    private static UnmanagedRow Unmanaged(int count) => UnmanagedRow.Of(
        GitOpsGate.WebhookGateway.Api.UnmanagedView.Of(new AuditLeaf(count, Pushed(count), new byte[32])), Samples.Now);

    private static byte[] Pushed(int count) => Encoding.UTF8.GetBytes($$"""
        {"attrs":{"after":"{{new string('b', 40)}}","before":"{{new string('a', 40)}}","branch":"main","commits":["{{new string('b', 40)}}"],
         "count":{{count}},"forced":{{(count > 1 ? "true" : "false")}}},"subject":{"kind":"repo","ref":"github:acme/shop"},"time":"2026-01-01T11:00:00.000Z"}
        """);

    private static ChangeRequest HostileChange() =>
        Samples.Change(1, Samples.Hostile + new string('x', 500 - Samples.Hostile.Length)) with
        {
            Url = "javascript:alert(4)",
            Author = Samples.Person(Samples.Hostile),
        };
}
