using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Facts;

/// <summary>What was gathered.</summary>
/// <param name="Evidence">Null for a change request that is merged or closed: there is nothing left to rule on.</param>
public sealed record Gathered(ChangeRequest Change, Evidence? Evidence)
{
    /// <summary>The comments of a change request that is merged or closed, oldest first.</summary>
    public ImmutableArray<Comment> Comments { get; init; } = [];
}

/// <summary>
/// Asks the forge and Git for the facts of a change request, in at most three steps one after the other, and asks for no more than the
/// rules need: team members only for teams that a rule in force names, and only of people whose review decides something. When a guess at
/// the change request is at hand, Git is read by it beside the forge; what was read counts only if the forge then names the same head and
/// target branch. Trouble with the forge or with Git is thrown, to be tried again. Safe to call concurrently.
/// </summary>
public sealed class EvidenceGatherer(GateConfiguration configuration, IGitMirror mirror, IGateReader reader, TimeProvider clock)
{
    private const int MostSpeakers = 50;

    /// <summary>The evidence of a change request at its head, or null when the forge says that there is none.</summary>
    /// <param name="guess">The change request as somebody showed it earlier, or null; nothing in it is taken for a fact.</param>
    public async Task<Gathered?> GatherAsync(Reach reach, ChangeKey key, ChangeRequest? guess, CancellationToken cancellation)
    {
        var at = clock.GetUtcNow();
        if (guess is not { State: ChangeState.Open, Head.IsNone: false } || guess.Key != key) guess = null;
        using var early = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var guessed = guess is null ? null : mirror.ReadAsync(reach.Connection, guess, early.Token);
        try
        {
            if (await reach.Forge.DescribeAsync(reach.Connection, key, guess?.Head ?? default, cancellation) is not { } facts) return null;
            if (facts.Change.State is ChangeState.Merged or ChangeState.Closed) return new Gathered(facts.Change, null) { Comments = facts.Comments };
            var isRight = guess is not null && facts.Change is { State: ChangeState.Open } change
                && (change.Head, change.TargetBranch) == (guess.Head, guess.TargetBranch);
            var content = isRight ? guessed! : mirror.ReadAsync(reach.Connection, facts.Change, cancellation);
            return await AddAsync(reach, facts, content, at, cancellation);
        }
        finally
        {
            // A wrong guess is given up; what becomes of it is nobody's business any more.
            await early.CancelAsync();
            if (guessed is not null) await guessed.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
        }
    }

    private async Task<Gathered> AddAsync(
        Reach reach, ForgeFacts facts, Task<Content> content, DateTimeOffset at, CancellationToken cancellation)
    {
        var repository = facts.Change.Key.Repository;
        var people = PeopleOf(facts);
        var early = EarlyTeams(facts.Change);
        var members = MembersAsync(reach, repository, early, people, cancellation);
        var rulings = reader.RulingsOfAsync(facts.Change.Key, cancellation);
        await Task.WhenAll(content, members, rulings);
        var before = (await rulings).Select(stored => stored.Ruling).ToArray();

        var evidence = new Evidence
        {
            Change = facts.Change,
            Forge = reach.Forge.Name,
            Reviews = facts.Reviews,
            Comments = facts.Comments,
            Statuses = facts.Statuses,
            Content = await content,
            Memberships = (await members).Memberships,
            Gaps = (await members).Gaps,
            GatheredAt = at,
            HeadSeenAt = Earliest(before.Where(ruling => ruling.Revision.Head == facts.Change.Head)),
            HeadSince = Earliest(before.TakeWhile(
                ruling => (ruling.Revision.Head, ruling.TargetBranch) == (facts.Change.Head, facts.Change.TargetBranch))),
            Chat = before.FirstOrDefault()?.Chat ?? ChatMemory.Empty,
        };
        var late = LateTeams(evidence).Except(early).ToImmutableArray();
        var more = await MembersAsync(reach, repository, late, people, cancellation);
        return new Gathered(facts.Change, evidence with
        {
            Memberships = [.. evidence.Memberships, .. more.Memberships],
            Gaps = [.. evidence.Gaps, .. more.Gaps],
        });
    }

    // Anybody can write comments, so only so many of those who do are asked about: the latest. Of others nothing is known, and
    // that never counts for a yes.
    private static ImmutableArray<Person> PeopleOf(ForgeFacts facts) =>
    [
        .. Candidate.Fold(facts.Reviews).Where(candidate => candidate.Review.State != ReviewState.Dismissed).Select(candidate => candidate.By)
            .Concat(
                ChatCommands.Read(facts.Comments).Where(said => !said.Comment.IsEdited && said.Commands.Any(NeedsRight))
                    .Select(said => said.By).Reverse().DistinctBy(Candidate.KeyOf).Take(MostSpeakers))
            .DistinctBy(Candidate.KeyOf),
    ];

    private static bool NeedsRight(ChatCommand command) =>
        command.Word is ChatWord.Approve or ChatWord.Hold or ChatWord.Release or ChatWord.Override;

    private static Task<TeamFacts> MembersAsync(
        Reach reach, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation) =>
        teams.IsEmpty || people.IsEmpty
            ? Task.FromResult(new TeamFacts([], []))
            : reach.Forge.MembersAsync(reach.Connection, repository, teams, people, cancellation);

    // Known before Git has answered: the server's rules for this repository and branch, whatever the paths.
    private ImmutableArray<string> EarlyTeams(ChangeRequest change) =>
    [
        .. RuleSet.Of(configuration, change.Key.Repository, null).Approvals
            .Where(rule => rule.When.Branches.IsEmpty || Glob.AnyMatches(rule.When.Branches, change.TargetBranch))
            .SelectMany(rule => rule.Teams).Distinct().Order(StringComparer.Ordinal),
    ];

    private IEnumerable<string> LateTeams(Evidence evidence)
    {
        var rules = RuleSet.Of(configuration, evidence.Change.Key.Repository, evidence.Content.RuleFile);
        var isAsked = ChatCommands.Read(evidence.Comments).Any(said => said.Commands.Any(command => command.Word == ChatWord.Override));
        return rules.Approvals.Where(rule => Scope.Ask(rule.When, evidence).Holding != Holding.No).SelectMany(rule => rule.Teams)
            .Concat(isAsked ? rules.Overrides.SelectMany(rule => rule.Teams) : [])
            .Distinct().Order(StringComparer.Ordinal);
    }

    private static DateTimeOffset? Earliest(IEnumerable<Ruling> rulings) => rulings.Min(ruling => (DateTimeOffset?)ruling.RuledAt);
}
