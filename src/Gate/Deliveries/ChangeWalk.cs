using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Facts;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>What one concern led to: what is to be recorded, and one line for people.</summary>
public sealed record Walked(Record Record, string Note);

/// <summary>Walks one change request: gather, judge, and say what is owed for it. Safe to call concurrently.</summary>
public sealed class ChangeWalk(EvidenceGatherer gatherer, Judge judge, IGateReader reader, RulingEntries entries, TimeProvider clock)
{
    /// <exception cref="ForgeTroubleException">The forge could not be asked; nothing was recorded.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked; nothing was recorded.</exception>
    public Task<Walked> WalkAsync(Reach reach, ChangeKey key, string publicUrl, CancellationToken cancellation) =>
        WalkAsync(reach, new Concern.Change(key), publicUrl, cancellation);

    /// <exception cref="ForgeTroubleException">The forge could not be asked; nothing was recorded.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked; nothing was recorded.</exception>
    public async Task<Walked> WalkAsync(Reach reach, Concern.Change concern, string publicUrl, CancellationToken cancellation)
    {
        var key = concern.Key;
        var known = await reader.ChangeAsync(key, cancellation);
        var now = Later(known, clock.GetUtcNow());
        var gathered = await gatherer.GatherAsync(reach, key, concern.Shown ?? known?.Change, cancellation);
        if (gathered is null) return new Walked(new Record { At = now }, $"the forge knows no change `{key}`");
        return gathered.Evidence is { } evidence
            // Ruled as of the moment of the evidence: a replay then counts the wait from the same instant.
            ? await RuleAsync(new Seen(reach, known, evidence, Later(known, evidence.GatheredAt)) { Asked = concern.Asked }, publicUrl, cancellation)
            : await EndAsync(reach, known, gathered, now, cancellation);
    }

    // What was recorded later replaces what was recorded earlier. A clock that was set back must not make the newest facts the older ones.
    private static DateTimeOffset Later(ChangeSummary? known, DateTimeOffset at)
    {
        if (known is null) return at;
        var last = known.Latest is { } ruling && ruling.RuledAt > known.UpdatedAt ? ruling.RuledAt : known.UpdatedAt;
        return at >= last ? at : last.AddMilliseconds(1);
    }

    private static IEnumerable<Obligation> Owed(Seen seen, Judgement judgement, bool isOverwritten, string url)
    {
        var ruling = judgement.Ruling;
        var change = seen.Evidence.Change;
        var before = seen.Known?.Latest;
        var context = seen.Reach.Connection.StatusContext;
        var isSame = before is not null && before.Revision == ruling.Revision && before.Verdict == ruling.Verdict && before.Summary == ruling.Summary;
        // Somebody else may have written our status: what is shown must never be laxer than what was ruled, nor stricter for long.
        var shown = seen.Evidence.Statuses.FirstOrDefault(status => status.Name == context);
        var isShown = shown is null || shown.State == CheckState.Succeeded == (ruling.Verdict == Verdict.Allowed);
        if (!isSame || !isShown || isOverwritten || judgement.Chat.IsToldAgain)
        {
            yield return new Obligation.ReportStatus(
                ruling.Id, change.Key.Repository, change.Head, change.SourceBranch, context, ruling.Verdict, ruling.Summary, url);
        }

        var isNews = before is null ? ruling.Verdict != Verdict.Allowed : CommentText.Of(before, "") != CommentText.Of(ruling, "");
        if (isNews || judgement.Chat.IsToldAgain) yield return new Obligation.Explain(ruling.Id, change.Key, CommentText.Of(ruling, url));
        foreach (var answer in judgement.Chat.Answers)
        {
            yield return new Obligation.Answer(ruling.Id, change.Key, answer.Comment, ChatText.Of(answer, ruling, url));
        }

        foreach (var ask in seen.Asked) yield return AskedOverride.Answer(ask, ruling, judgement.Chat.MayOverride, url);
    }

    private async Task<Walked> RuleAsync(Seen seen, string publicUrl, CancellationToken cancellation)
    {
        var (reach, known, evidence, now) = seen;
        var id = new RulingId(Guid.CreateVersion7(now));
        var judgement = await judge.JudgeAsync(evidence, id, now, cancellation);
        var (foreign, fresh) = await ForeignAsync(seen, cancellation);
        judgement = judgement with { Ruling = judgement.Ruling with { Foreign = foreign.IsEmpty ? null : foreign } };
        var (ruling, canonical) = judgement;
        var change = evidence.Change;
        var drafts = ImmutableArray.CreateBuilder<AuditDraft>();
        if (known is null || known.Change.Revision != change.Revision || known.Change.State != change.State)
        {
            drafts.Add(await entries.SeenAsync(AuditTypes.ChangeObserved, change, reach.Forge.Name, null, cancellation));
        }

        drafts.AddRange(await entries.ApprovalsAsync(known?.Latest, ruling, reach.Forge.Name, cancellation));
        drafts.AddRange(await entries.Chat.OfAsync(known?.Latest, ruling, judgement.Chat, reach.Forge.Name, cancellation));
        foreach (var ask in seen.Asked) drafts.Add(await entries.Chat.AskedAsync(ruling, ask, reach.Forge.Name, cancellation));
        foreach (var one in fresh)
        {
            drafts.Add(await entries.ForeignAsync(ruling, one, reach.Connection.StatusContext, reach.Forge.Name, cancellation));
        }

        drafts.Add(RulingEntries.Decided(ruling));
        var record = new Record
        {
            Change = change,
            Ruling = ruling,
            Evidence = canonical,
            Entries = drafts.ToImmutable(),
            Obligations = [.. Owed(seen, judgement, !fresh.IsEmpty, $"{publicUrl}/rulings/{id}")],
            At = now,
        };
        return new Walked(record, $"{change.Revision}: {ruling.Summary}");
    }

    // Those under our name that no ruling of ours about this head says: all that are remembered, and those seen for the first time.
    private async Task<(ImmutableArray<ForeignStatus> All, ImmutableArray<ForeignStatus> Fresh)> ForeignAsync(
        Seen seen, CancellationToken cancellation)
    {
        var head = seen.Evidence.Change.Head;
        var known = seen.Known?.Latest is { } latest && latest.Revision.Head == head ? latest.Foreign ?? [] : [];
        var fresh = ImmutableArray.CreateBuilder<ForeignStatus>();
        // GitHub takes a name in either case of letters for the same.
        foreach (var status in seen.Evidence.Statuses.Where(
            one => string.Equals(one.Name, seen.Reach.Connection.StatusContext, StringComparison.OrdinalIgnoreCase)))
        {
            if (await OwnStatus.IsOursAsync(reader, head, status.State, status.Url, cancellation)) continue;
            var foreign = ForeignStatus.Of(status, seen.Now);
            if (known.Length + fresh.Count < ForeignStatus.Most && !known.Any(foreign.IsSame)) fresh.Add(foreign);
        }

        return ([.. known, .. fresh], fresh.ToImmutable());
    }

    private async Task<Walked> EndAsync(
        Reach reach, ChangeSummary? known, Gathered gathered, DateTimeOffset now, CancellationToken cancellation)
    {
        var change = gathered.Change;
        var record = new Record { Change = change, Obligations = [.. ClosedTalk.Answers(change, gathered.Comments, known?.Latest)], At = now };
        if (known?.Change.State == change.State) return new Walked(record, $"{change.Key} was known to be {Word(change.State)}");
        var type = change.State == ChangeState.Merged ? AuditTypes.ChangeMerged : AuditTypes.ChangeClosed;
        var entry = await entries.SeenAsync(type, change, reach.Forge.Name, known?.Latest, cancellation);
        return new Walked(record with { Entries = [entry] }, $"{change.Key} is {Word(change.State)}");
    }

    private static string Word(ChangeState state) => state == ChangeState.Merged ? "merged" : "closed";

    private sealed record Seen(Reach Reach, ChangeSummary? Known, Evidence Evidence, DateTimeOffset Now)
    {
        public ImmutableArray<OverrideAsk> Asked { get; init; } = [];
    }
}
