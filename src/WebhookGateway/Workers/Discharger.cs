using System.Diagnostics;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>How an attempt went, and what the log says of it; no entry when nothing certain can be said.</summary>
internal sealed record Attempt(ObligationOutcome Outcome, AuditDraft? Entry);

/// <summary>Carries out one obligation once, and says how it went. Safe for concurrent use on different lanes.</summary>
internal sealed class Discharger(
    KnownForges forges, TargetRoster targets, IObligationOutbox outbox, IGateReader reader, TimeProvider clock)
{
    public Task<Attempt> TryAsync(ClaimedObligation claimed, CancellationToken cancellation) => claimed.Obligation switch
    {
        Obligation.ReportStatus status => AskForgeAsync(claimed, status.Repository, async (forge, connection) =>
        {
            // Asked at this moment, because statuses of one commit are sent one after the other: the last one knows all rulings.
            var there = await reader.ChangesAtAsync(status.Repository, status.Commit, cancellation);
            var shown = SharedCommit.Strictest(status, there);
            var ruling = await reader.RulingAsync(shown.Ruling, cancellation);
            await forge.ReportAsync(connection, ReportOf(claimed, shown, ruling?.Ruling), cancellation);
            return $"{shown.Context}: {Telemetry.Words.Of(shown.Verdict)}";
        }),
        Obligation.Explain comment => AskForgeAsync(claimed, comment.Change.Repository, async (forge, connection) =>
        {
            var known = await outbox.ReferenceAsync(comment.Lane, cancellation);
            return await forge.ExplainAsync(connection, comment.Change, comment.Markdown, known, cancellation);
        }),
        Obligation.Answer answer => AskForgeAsync(
            claimed, answer.Change.Repository,
            (forge, connection) => forge.ReplyAsync(connection, answer.Change, answer.Comment, answer.Markdown, cancellation)),
        Obligation.AnswerDeployment answer => AskForgeAsync(
            claimed, answer.Question.Repository, (forge, connection) => AnswerAsync(forge, connection, answer, cancellation)),
        Obligation.Send send => SendAsync(claimed, send.Order, cancellation),
        _ => throw new UnreachableException(),
    };

    private async Task<Attempt> AskForgeAsync(
        ClaimedObligation claimed, RepositoryKey repository, Func<IForge, Connection, Task<string>> ask)
    {
        if (forges.Find(repository.Connection) is not var (forge, connection))
        {
            return Dead(claimed, $"connection `{repository.Connection}` is not in gate.yaml any more", CheckEntry(claimed, AuditOutcome.Failure));
        }

        try
        {
            var made = await ask(forge, connection);
            var isComment = claimed.Obligation is Obligation.Explain or Obligation.Answer;
            var outcome = new ObligationOutcome(claimed.Id, ObligationState.Discharged, null, isComment ? "written" : made, isComment ? made : null);
            return new Attempt(outcome, CheckEntry(claimed, AuditOutcome.Success));
        }
        catch (ForgeTroubleException trouble)
        {
            return AfterTrouble(claimed, trouble);
        }
    }

    private static async Task<string> AnswerAsync(
        IForge forge, Connection connection, Obligation.AnswerDeployment owed, CancellationToken cancellation)
    {
        var asked = owed.Question;
        if (forge is not IForgeDeployments deployments)
        {
            throw new ForgeTroubleException($"`{forge.Name}` takes no answers about deployments from the gate", TroubleKind.Refused);
        }

        var answer = new DeploymentAnswer(asked.Repository, asked.Environment, asked.Run, asked.IsApproved, owed.Comment);
        await deployments.AnswerDeploymentAsync(connection, answer, cancellation);
        return asked.IsApproved switch { true => "approved", false => "rejected", null => "told that it waits" };
    }

    /// <summary>Reports and comments are idempotent, so an unclear one is simply sent again.</summary>
    private Attempt AfterTrouble(ClaimedObligation claimed, ForgeTroubleException trouble)
    {
        var state = trouble.Kind switch
        {
            TroubleKind.Unclear => ObligationState.Unclear,
            TroubleKind.Unavailable => ObligationState.Waiting,
            // Rights and hooks get repaired by people within the hour; a plain refusal does not change.
            TroubleKind.Forbidden => ObligationState.Waiting,
            TroubleKind.Missing => ObligationState.Waiting,
            TroubleKind.Refused => ObligationState.Dead,
        };
        return state == ObligationState.Dead
            ? Dead(claimed, trouble.Message, CheckEntry(claimed, AuditOutcome.Failure))
            : Later(claimed, state, trouble.Message, trouble.RetryAfter, CheckEntry(claimed, AuditOutcome.Failure));
    }

    private async Task<Attempt> SendAsync(ClaimedObligation claimed, DispatchOrder order, CancellationToken cancellation)
    {
        var target = targets.Find(order.Target);
        if (target is null)
        {
            return Dead(claimed, $"target `{order.Target}` is not in gate.yaml any more", OrderEntry(order, AuditTypes.DispatchFailed));
        }

        // An earlier attempt may have arrived: ask before sending once more.
        var found = claimed.WasUnclear ? await target.FindAsync(order, cancellation) : null;
        var receipt = found ?? await target.SendAsync(order, targets.Sign(order, clock.GetUtcNow()), cancellation);
        return receipt switch
        {
            Receipt.Accepted accepted => new Attempt(
                new ObligationOutcome(claimed.Id, ObligationState.Discharged, null, $"accepted as {accepted.Reference}", accepted.Reference),
                OrderEntry(order, AuditTypes.DispatchAccepted)),
            Receipt.Refused refused => Dead(claimed, refused.Why, OrderEntry(order, AuditTypes.DispatchFailed)),
            Receipt.NotYet later => Later(
                claimed, ObligationState.Waiting, later.Why, later.RetryAfter, OrderEntry(order, AuditTypes.DispatchFailed)),
            Receipt.Unclear unclear => Later(
                claimed, ObligationState.Unclear, unclear.Why, null, OrderEntry(order, AuditTypes.DispatchFailed)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Tried again without an entry; when the tries are used up, given up with one.</summary>
    private Attempt Later(ClaimedObligation claimed, ObligationState state, string note, TimeSpan? asked, AuditDraft givenUp) =>
        Backoff.Next(claimed.Attempts, asked, clock.GetUtcNow()) is { } next
            ? new Attempt(new ObligationOutcome(claimed.Id, state, next, note, null), null)
            : Dead(claimed, $"given up after {Backoff.Tries} tries: {note}", givenUp);

    private static Attempt Dead(ClaimedObligation claimed, string note, AuditDraft entry) =>
        new(new ObligationOutcome(claimed.Id, ObligationState.Dead, null, note, null), entry);

    private static StatusReport ReportOf(ClaimedObligation claimed, Obligation.ReportStatus status, Ruling? ruling) => new(
        status.Repository, status.Commit, status.Branch, status.Context, status.Verdict, status.Summary, status.Url)
    {
        IsNew = claimed is { Attempts: <= 1, WasUnclear: false },
        Ruling = status.Ruling.ToString(),
        Details = ruling is null ? "" : CommentText.Of(ruling, status.Url),
        Notes = ruling is null ? [] : LineNotes.Of(ruling),
    };

    private static AuditDraft CheckEntry(ClaimedObligation claimed, AuditOutcome outcome)
    {
        var (subject, correlation, form) = claimed.Obligation switch
        {
            Obligation.ReportStatus status => (OfRuling(status.Ruling), status.Commit.Value, "status"),
            Obligation.Explain comment => (OfRuling(comment.Ruling), comment.Change.ToString(), "comment"),
            Obligation.Answer answer => (OfRuling(answer.Ruling), answer.Change.ToString(), "answer"),
            Obligation.AnswerDeployment { Question: var asked } => (
                new AuditSubject("env", asked.Subject), asked.Change?.ToString() ?? asked.Commit.Value,
                asked.IsApproved is null ? "deployment report" : "deployment"),
            _ => throw new UnreachableException("an order is not reported to a forge"),
        };
        return new AuditDraft
        {
            Type = AuditTypes.CheckReported,
            Outcome = outcome,
            Subject = subject,
            Correlation = correlation,
            Attributes = AuditDraft.NoAttributes.Add("form", form).Add("promise", claimed.AuditIndex),
        };
    }

    private static AuditSubject OfRuling(RulingId ruling) => new("ruling", ruling.ToString());

    private static AuditDraft OrderEntry(DispatchOrder order, string type) => new()
    {
        Type = type,
        Outcome = type == AuditTypes.DispatchAccepted ? AuditOutcome.Success : AuditOutcome.Failure,
        Subject = new AuditSubject("order", order.Id),
        Correlation = order.Change?.ToString() ?? order.Commit.Value,
        Attributes = AuditDraft.NoAttributes.Add("environment", order.Environment).Add("target", order.Target).Add("commit", order.Commit.Value),
    };
}

/// <summary>The configured targets by name, and the signer of the warrants that go to them. Safe for concurrent use.</summary>
internal sealed class TargetRoster(IEnumerable<ITarget> targets, IWarrantSigner signer)
{
    private readonly Dictionary<string, ITarget> _byName = targets.ToDictionary(target => target.Name, StringComparer.Ordinal);

    public ITarget? Find(string name) => _byName.GetValueOrDefault(name);

    public Warrant Sign(DispatchOrder order, DateTimeOffset now) => signer.Sign(order, now);
}
