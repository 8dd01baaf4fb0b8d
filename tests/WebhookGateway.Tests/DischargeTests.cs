using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using GitOpsGate.WebhookGateway.Workers;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Obligations: done, failed, and failed although it happened.</summary>
public class DischargeTests
{
    private static readonly RepositoryKey Shop = new(new ConnectionName("github"), "acme/shop");
    private static readonly CommitId Head = CommitId.Parse(new string('a', 40));
    private static readonly RulingId Ruling = new(new Guid("01900000-0000-7000-8000-000000000001"));
    private readonly MemoryRooms _rooms = new();
    private readonly MemoryForge _forge = new();
    private readonly MemoryTarget _target = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task A_status_is_reported_and_the_report_recorded()
    {
        var attempt = await TryAsync(Status());
        Assert.Equal(ObligationState.Discharged, attempt.Outcome.State);
        Assert.Equal(Verdict.Held, Assert.Single(_forge.Reports).Verdict);
        Assert.Equal((AuditTypes.CheckReported, AuditOutcome.Success), (attempt.Entry!.Type, attempt.Entry.Outcome));
    }

    [Fact]
    public async Task A_report_carries_the_whole_explanation_and_the_reasons_at_their_lines()
    {
        var seen = At(7, ChangeState.Open, Verdict.Denied);
        Finding[] findings =
        [
            Reason("policy/on-trial", "a.yaml", RuleMode.Shadow), Reason("policy/warned", "b.yaml", RuleMode.Warn), Reason("policy/denied", "c.yaml", RuleMode.Enforce),
        ];
        var ruling = seen.Latest! with { Findings = [.. findings] };
        _rooms.Changes[seen.Change.Key] = seen with { Latest = ruling };
        await TryAsync(Status() with { Ruling = ruling.Id });
        var report = Assert.Single(_forge.Reports);
        Assert.Equal(ruling.Id.ToString(), report.Ruling);
        Assert.Contains("c.yaml", report.Details, StringComparison.Ordinal);
        Assert.Equal(
            [("c.yaml:3", NoteLevel.Failure, "policy/denied"), ("b.yaml:3", NoteLevel.Warning, "policy/warned")],
            report.Notes.Select(note => (note.Place.ToString(), note.Level, note.Rule)));
    }

    [Theory]
    [InlineData(ChangeState.Open, Verdict.Denied)]
    [InlineData(ChangeState.Closed, Verdict.Allowed)]
    public async Task A_commit_never_looks_better_than_the_strictest_ruling_of_the_open_changes_at_it(ChangeState other, Verdict shown)
    {
        _rooms.AtCommit = [At(7, ChangeState.Open, Verdict.Allowed), At(8, other, Verdict.Denied)];
        await TryAsync(Status() with { Verdict = Verdict.Allowed, Url = $"https://x/rulings/{Ruling}" });
        var report = Assert.Single(_forge.Reports);
        Assert.Equal(shown, report.Verdict);
        Assert.Equal(shown == Verdict.Denied, report.Summary.StartsWith("#8 at this commit: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TroubleKind.Unavailable, ObligationState.Waiting)]
    [InlineData(TroubleKind.Forbidden, ObligationState.Waiting)]
    [InlineData(TroubleKind.Missing, ObligationState.Waiting)]
    [InlineData(TroubleKind.Unclear, ObligationState.Unclear)]
    [InlineData(TroubleKind.Refused, ObligationState.Dead)]
    public async Task Trouble_with_a_forge_is_tried_again_unless_it_was_a_refusal(TroubleKind kind, ObligationState expected)
    {
        _forge.Trouble = new ForgeTroubleException("no", kind);
        var attempt = await TryAsync(Status());
        Assert.Equal(expected, attempt.Outcome.State);
        Assert.Equal(expected != ObligationState.Dead, attempt.Outcome.NotBefore is not null);
    }

    [Fact]
    public async Task A_forge_that_asks_to_wait_is_not_asked_sooner()
    {
        _forge.Trouble = new ForgeTroubleException("rate limit", TroubleKind.Unavailable, TimeSpan.FromMinutes(40));
        var attempt = await TryAsync(Status());
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromMinutes(40), attempt.Outcome.NotBefore);
    }

    [Fact]
    public async Task The_twelfth_failure_is_a_dead_letter_with_an_entry()
    {
        _forge.Trouble = new ForgeTroubleException("down", TroubleKind.Unavailable);
        var attempt = await TryAsync(Status(), attempts: 11);
        Assert.Equal(ObligationState.Dead, attempt.Outcome.State);
        Assert.Equal(AuditOutcome.Failure, attempt.Entry?.Outcome);
    }

    [Fact]
    public async Task A_comment_is_updated_under_its_known_id()
    {
        _rooms.KnownReference = "comment-9";
        var attempt = await TryAsync(new Obligation.Explain(Ruling, new ChangeKey(Shop, 7), "text"));
        Assert.Equal(("text", "comment-9"), Assert.Single(_forge.Comments));
        Assert.Equal("comment-9", attempt.Outcome.Reference);
    }

    [Fact]
    public async Task A_comment_is_answered_and_the_answer_recorded()
    {
        var attempt = await TryAsync(new Obligation.Answer(Ruling, new ChangeKey(Shop, 7), "31", "it counts"));
        Assert.Equal(("31", "it counts"), Assert.Single(_forge.Replies));
        Assert.Equal((ObligationState.Discharged, "written", "reply-1"), (attempt.Outcome.State, attempt.Outcome.Note, attempt.Outcome.Reference));
        Assert.Equal((AuditTypes.CheckReported, "answer"), (attempt.Entry!.Type, ((AuditValue.Text)attempt.Entry.Attributes["form"]).Value));
        _forge.Trouble = new ForgeTroubleException("no answer came", TroubleKind.Unclear);
        attempt = await TryAsync(new Obligation.Answer(Ruling, new ChangeKey(Shop, 7), "32", "it counts"));
        Assert.Equal((ObligationState.Unclear, (AuditDraft?)null), (attempt.Outcome.State, attempt.Entry));
    }

    [Theory]
    [InlineData(true, "approved", "deployment")]
    [InlineData(false, "rejected", "deployment")]
    [InlineData(null, "told that it waits", "deployment report")]
    public async Task A_deployment_is_answered_and_the_answer_recorded(bool? isApproved, string note, string form)
    {
        var owed = Deployment(isApproved);
        var attempt = await TryAsync(owed);
        Assert.Equal(new DeploymentAnswer(Shop, "production", 77, isApproved, "because"), Assert.Single(_forge.Deployments));
        Assert.Equal((ObligationState.Discharged, note), (attempt.Outcome.State, attempt.Outcome.Note));
        Assert.Equal(("env", "github:acme/shop:production"), (attempt.Entry!.Subject!.Kind, attempt.Entry.Subject.Reference));
        Assert.Equal((AuditTypes.CheckReported, form), (attempt.Entry.Type, ((AuditValue.Text)attempt.Entry.Attributes["form"]).Value));
    }

    [Theory]
    [InlineData(TroubleKind.Unavailable, 0, ObligationState.Waiting)]
    [InlineData(TroubleKind.Unclear, 0, ObligationState.Unclear)]
    [InlineData(TroubleKind.Refused, 0, ObligationState.Dead)]
    [InlineData(TroubleKind.Unclear, 11, ObligationState.Dead)]
    public async Task A_deployment_that_could_not_be_answered_is_tried_again_and_given_up(TroubleKind kind, int attempts, ObligationState expected)
    {
        _forge.Trouble = new ForgeTroubleException("no", kind);
        var attempt = await TryAsync(Deployment(true), attempts);
        Assert.Equal(expected, attempt.Outcome.State);
        Assert.Equal(expected == ObligationState.Dead ? AuditOutcome.Failure : null, attempt.Entry?.Outcome);
        Assert.Empty(_forge.Deployments);
    }

    [Fact]
    public async Task An_order_that_was_unclear_and_arrived_is_not_sent_again()
    {
        _target.Found = new Receipt.Accepted("job-1");
        var attempt = await TryAsync(Send(), wasUnclear: true);
        Assert.Equal(ObligationState.Discharged, attempt.Outcome.State);
        Assert.Empty(_target.Sent);
        Assert.Equal(AuditTypes.DispatchAccepted, attempt.Entry?.Type);
    }

    [Fact]
    public async Task An_order_that_was_unclear_and_did_not_arrive_is_sent()
    {
        _target.Answers.Enqueue(new Receipt.Accepted("job-2"));
        var attempt = await TryAsync(Send(), wasUnclear: true);
        Assert.Equal((1, 1), (_target.Asked, _target.Sent.Count));
        Assert.Equal("job-2", attempt.Outcome.Reference);
    }

    [Fact]
    public async Task An_order_without_an_answer_is_unclear_and_says_nothing_in_the_log_yet()
    {
        _target.Answers.Enqueue(new Receipt.Unclear("timeout"));
        var attempt = await TryAsync(Send());
        Assert.Equal((ObligationState.Unclear, (AuditDraft?)null), (attempt.Outcome.State, attempt.Entry));
    }

    [Fact]
    public async Task A_refused_order_is_a_dead_letter_at_once()
    {
        _target.Answers.Enqueue(new Receipt.Refused("no such job"));
        var attempt = await TryAsync(Send());
        Assert.Equal((ObligationState.Dead, AuditTypes.DispatchFailed), (attempt.Outcome.State, attempt.Entry?.Type));
    }

    [Fact]
    public void Waits_grow_vary_by_half_and_end()
    {
        var now = _clock.GetUtcNow();
        for (var attempts = 0; attempts < Backoff.Tries - 1; attempts++)
        {
            var full = Math.Min(2 * Math.Pow(2, attempts), 900);
            Assert.InRange((Backoff.Next(attempts, null, now)!.Value - now).TotalSeconds, full / 2, full);
        }

        Assert.Null(Backoff.Next(Backoff.Tries - 1, TimeSpan.FromDays(9), now));
    }

    private static Finding Reason(string rule, string file, RuleMode mode) => new()
    {
        Weight = Verdict.Denied,
        Rule = rule,
        Message = "it should not be so",
        Mode = mode,
        Place = new Place(file, 3),
    };

    private static ChangeSummary At(long number, ChangeState state, Verdict verdict)
    {
        var key = new ChangeKey(Shop, number);
        var change = new ChangeRequest
        {
            Key = key,
            Title = "more replicas",
            State = state,
            Author = new Person("alice", "1", PersonKind.User),
            SourceBranch = "replicas",
            TargetBranch = "main",
            Head = Head,
        };
        var ruling = new Ruling
        {
            Id = new RulingId(new Guid((int)number, 0, 0, new byte[8])),
            Revision = change.Revision,
            Verdict = verdict,
            Summary = "no limits",
            EvidenceDigest = "",
            RulesDigest = "",
            RuledAt = DateTimeOffset.UnixEpoch,
        };
        return new ChangeSummary(change, ruling, number, DateTimeOffset.UnixEpoch, null);
    }

    private static Obligation.ReportStatus Status() => new(Ruling, Shop, Head, "main", "gitops-gate", Verdict.Held, "1 approval missing", "https://x");

    private static Obligation.AnswerDeployment Deployment(bool? isApproved)
    {
        var gate = new DeploymentGate("production", Head, 77);
        return new(DeploymentQuestion.Of(Shop, gate, DateTimeOffset.UnixEpoch) with { IsApproved = isApproved }, null, "because");
    }

    private static Obligation.Send Send() => new(new DispatchOrder
    {
        Id = "o-1",
        Environment = "prod",
        Target = "shop",
        Repository = Shop,
        Branch = "main",
        Commit = Head,
        Tree = new string('b', 40),
        Ruling = Ruling,
        OrderedAt = DateTimeOffset.UnixEpoch,
    });

    private Task<Attempt> TryAsync(Obligation obligation, int attempts = 0, bool wasUnclear = false)
    {
        var discharger = new Discharger(
            new KnownForges(RunningGateway.Configuration("/nowhere"), [_forge]), new TargetRoster([_target], new MemorySigner()), _rooms, _rooms,
            _clock);
        return discharger.TryAsync(new ClaimedObligation(1, obligation, attempts, wasUnclear, 3), TestContext.Current.CancellationToken);
    }
}
