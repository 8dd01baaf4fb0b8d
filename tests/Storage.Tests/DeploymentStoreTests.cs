using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>Deployments that ask are remembered, answered once, and keep the walks of what they wait for from ending; on both databases.</summary>
public class DeploymentStoreTests
{
    private static readonly ChangeKey Seven = new(Samples.Shop, 7);

    private static readonly DeploymentQuestion Asked = new()
    {
        Repository = Samples.Shop,
        Environment = "production: \u00e9 `x`",
        Commit = Samples.Commit(1),
        Run = 77,
        Deployment = 9_000_000_000,
        AskedAt = Samples.Noon,
    };

    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_question_is_read_back_as_it_stands_and_answered_once(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, questions, outbox) = (new GateStore(database), new DeploymentStore(database), new ObligationOutbox(database));
        Assert.Null(await questions.OfAsync(Asked.Key, Cancel));
        await gate.RecordAsync(new Record { Question = Asked, At = Samples.Noon }, Cancel);
        Assert.Equal(Asked, await questions.OfAsync(Asked.Key, Cancel));

        var held = Asked with { Change = Seven, Reports = 1, Told = "waits" };
        Assert.False((await gate.RecordAsync(Told(held), Cancel)).Superseded);
        Assert.Equal(held, await questions.OfAsync(Asked.Key, Cancel));
        var approved = held with { IsApproved = true };
        Assert.False((await gate.RecordAsync(Told(approved), Cancel)).Superseded);
        Assert.True((await gate.RecordAsync(Told(held with { IsApproved = false }), Cancel)).Superseded);
        Assert.True((await gate.RecordAsync(Told(held with { Reports = 2 }), Cancel)).Superseded);
        Assert.Equal(approved, await questions.OfAsync(Asked.Key, Cancel));

        // The report was not sent yet: the answer takes its place.
        var claimed = Assert.Single(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(1), Samples.Noon.AddHours(1), Cancel));
        Assert.Equal(Owed(approved), claimed.Obligation);
        Assert.Equal(2, (await new Reading.AuditReader(database).HeadAsync(Cancel)).Size);
        var shown = await new Reading.GateReader(database).ObligationsAsync(new ObligationFilter(null, Seven.ToString(), null, 10), Cancel);
        Assert.Equal([ObligationState.Claimed, ObligationState.Superseded], shown.Items.Select(item => item.State));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_walk_of_a_change_that_a_deployment_waits_for_is_not_ended(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, questions) = (new GateStore(database), new DeploymentStore(database));
        var change = Samples.Change(7);
        var ruled = Samples.Record(change, Samples.Ruling(change, Verdict.Allowed, Samples.Noon), Samples.Noon) with { LookedAt = [change.Key] };
        await gate.RecordAsync(new Record { Question = Asked with { Change = Seven }, At = Samples.Noon }, Cancel);
        Assert.Equal(new Recorded(-1, false, IsAwaited: true), await gate.RecordAsync(ruled, Cancel));
        Assert.Null(await new Reading.GateReader(database).ChangeAsync(change.Key, Cancel));

        Assert.Equal([Asked.Key], (await questions.WaitingAsync(Seven, Samples.Noon.AddMinutes(-1), 10, Cancel)).Select(one => one.Key));
        Assert.Empty(await questions.WaitingAsync(Seven, Samples.Noon, 10, Cancel));
        Assert.Empty(await questions.WaitingAsync(new ChangeKey(Samples.Shop, 8), Samples.Noon.AddMinutes(-1), 10, Cancel));
        await gate.RecordAsync(Told(Asked with { Change = Seven, IsApproved = false }), Cancel);
        Assert.Empty(await questions.WaitingAsync(Seven, Samples.Noon.AddMinutes(-1), 10, Cancel));
        Assert.False((await gate.RecordAsync(ruled, Cancel)).IsAwaited);
        Assert.NotNull(await new Reading.GateReader(database).ChangeAsync(change.Key, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Every_commit_up_to_which_a_branch_was_covered_is_kept(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, branches) = (new GateStore(database), new BranchStore(database));
        BranchStanding At(string branch, int covered, int seen, DateTimeOffset? held = null) => new()
        {
            Repository = Samples.Shop,
            Branch = branch,
            Covered = Samples.Commit(covered),
            Ordered = Samples.Commit(covered),
            Seen = Samples.Commit(seen),
            HeldSince = held,
        };
        var (one, two, held) = (At("main", 1, 1), At("main", 2, 2), At("main", 2, 3, Samples.Noon));
        BranchMove[] moves = [new(null, one), new(one, two), new(two, held), new(null, At("live", 0, 9, Samples.Noon))];
        for (var at = 0; at < moves.Length; at++)
        {
            await gate.RecordAsync(new Record { Branch = moves[at], Entries = [Samples.Entry()], At = Samples.Noon.AddMinutes(at) }, Cancel);
        }

        Task<string?> CoveredAt(int commit, string? branch = null) => branches.CoveredAtAsync(Samples.Shop, branch, Samples.Commit(commit), Cancel);
        Assert.Equal(("main", "main", null), (await CoveredAt(1), await CoveredAt(2, "main"), await CoveredAt(2, "live")));
        Assert.Null(await CoveredAt(3));
        Assert.True(await branches.AdoptAsync(Samples.Shop, "main", Samples.Commit(3), Samples.Noon.AddHours(1), Cancel));
        Assert.Equal("main", await CoveredAt(3));
        Assert.Equal(Samples.Commit(1), await branches.FirstCoveredAsync(Samples.Shop, "main", Cancel));
        Assert.True((await branches.FirstCoveredAsync(Samples.Shop, "live", Cancel)).IsNone);
        Assert.Null(await branches.CoveredAtAsync(Samples.Shop, null, default, Cancel));
        Assert.Equal(["main", "live"], (await branches.OfRepositoryAsync(Samples.Shop, 10, Cancel)).Select(standing => standing.Branch));
        Assert.Single(await branches.OfRepositoryAsync(Samples.Shop, 1, Cancel));
    }

    private static Obligation.AnswerDeployment Owed(DeploymentQuestion question) => new(question, null, "because");

    private static Record Told(DeploymentQuestion question) => new()
    {
        Question = question,
        Entries = [Samples.Entry()],
        Obligations = [Owed(question)],
        At = Samples.Noon,
    };
}
