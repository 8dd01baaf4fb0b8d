using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Walks deployments that a forge holds until the gate has answered. The question is remembered first and judged afterwards, from what is
/// in the store; one that must wait is judged again whenever the change request that it waits for was looked at. Safe to call concurrently.
/// </summary>
public sealed class DeploymentWalk(
    GateConfiguration configuration, KnownForges forges, DeploymentJudge judge, IDeploymentStore questions, TimeProvider clock)
{
    // Fewer than the ten that GitHub shows: one whose answer got lost may be shown twice.
    private const int MaxReports = 5;
    private const int MaxWaiting = 100;

    // GitHub fails a job that has waited for so long.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Remembers a question that was not heard before.</summary>
    public async Task<Walked> AskAsync(RepositoryKey repository, DeploymentGate gate, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var question = DeploymentQuestion.Of(repository, gate, now);
        var known = await questions.OfAsync(question.Key, cancellation);
        var note = known?.IsApproved is { } isApproved ? $"it was {(isApproved ? "approved" : "rejected")} before" : "it waits for the gate";
        var record = new Record { Question = known is null ? question : null, At = now };
        return new Walked(record, $"deployment of `{gate.Commit.Short}` to `{Words.Plain(gate.Environment)}`: {note}");
    }

    /// <summary>Judges one question, unless it has its answer. Without news the record is empty.</summary>
    /// <exception cref="ForgeTroubleException">The forge could not be asked; the question waits on.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked; the question waits on.</exception>
    public async Task<Walked?> AnswerAsync(string key, CancellationToken cancellation) =>
        await questions.OfAsync(key, cancellation) is { IsApproved: null } open ? await AnswerAsync(open, cancellation) : null;

    /// <summary>The keys of the questions that wait for a change request.</summary>
    public async Task<ImmutableArray<string>> WaitingAsync(ChangeKey change, CancellationToken cancellation)
    {
        var waiting = await questions.WaitingAsync(change, clock.GetUtcNow() - Longest, MaxWaiting, cancellation);
        return [.. waiting.Select(question => question.Key)];
    }

    private async Task<Walked> AnswerAsync(DeploymentQuestion question, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var place = $"deployment of `{question.Commit.Short}` to `{Words.Plain(question.Environment)}`";
        if (forges.Find(question.Repository.Connection) is not { } reach)
        {
            return new Walked(new Record { At = now }, $"{place}: connection `{question.Repository.Connection}` is not in `gate.yaml` any more");
        }

        var ruled = await judge.JudgeAsync(reach, question, now, cancellation);
        var note = $"{place}: {ruled.Reason}";
        if (ruled.Verdict != Verdict.Held) return new Walked(Ended(question, ruled, now), note);
        var waiting = question with { Change = ruled.Change };
        if (ruled.Reason == question.Told || question.Reports >= MaxReports)
        {
            return new Walked(new Record { Question = waiting == question ? null : waiting, At = now }, note);
        }

        waiting = waiting with { Told = ruled.Reason, Reports = question.Reports + 1 };
        return new Walked(Promised(waiting, ruled, now), note);
    }

    private Record Ended(DeploymentQuestion question, DeploymentRuling ruled, DateTimeOffset now) =>
        Promised(question with { IsApproved = ruled.Verdict == Verdict.Allowed, Change = ruled.Change }, ruled, now);

    private Record Promised(DeploymentQuestion question, DeploymentRuling ruled, DateTimeOffset now) => new()
    {
        Question = question,
        Entries = [Evaluated(question, ruled)],
        Obligations = [new Obligation.AnswerDeployment(question, ruled.Ruling?.Id, Comment(ruled))],
        At = now,
    };

    private string Comment(DeploymentRuling ruled)
    {
        var text = $"GitOps Gate: {ruled.Reason}.";
        return ruled.Ruling is { } ruling ? $"{text} [The ruling]({configuration.PublicUrl}/rulings/{ruling.Id})" : text;
    }

    private static AuditDraft Evaluated(DeploymentQuestion question, DeploymentRuling ruled)
    {
        var attributes = AuditDraft.NoAttributes
            .Add("deployment", true)
            .Add("commit", question.Commit.Value)
            .Add("run", question.Run);
        return new AuditDraft
        {
            Type = AuditTypes.DecisionEvaluated,
            Outcome = ruled.Verdict switch
            {
                Verdict.Denied => AuditOutcome.Deny,
                Verdict.Errored => AuditOutcome.Error,
                Verdict.Held => AuditOutcome.Pending,
                Verdict.Allowed => AuditOutcome.Allow,
            },
            Subject = new AuditSubject("env", question.Subject),
            Correlation = ruled.Change?.ToString() ?? question.Commit.Value,
            // A reason that quotes a ruling may name people: then the ruling is named, which holds it.
            Attributes = ruled.Ruling is { } ruling
                ? attributes.Add("ruling", ruling.Id.ToString())
                : attributes.Add("reason", Words.Plain(ruled.Reason, 300)),
        };
    }
}
