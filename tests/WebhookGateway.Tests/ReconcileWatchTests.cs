using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Workers;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>What workers meet calls for a round where it can help.</summary>
public class ReconcileWatchTests
{
    private static readonly RepositoryKey Shop = new(new ConnectionName("hub"), "acme/shop");
    private static readonly DeliveryWalk Walk = new([], [new Concern.Change(new ChangeKey(Shop, 7))], []);

    private readonly ManualTimeProvider _clock = new();
    private readonly ReconcileSchedule _schedule;
    private readonly OneWord _work = new();

    public ReconcileWatchTests()
    {
        _schedule = new ReconcileSchedule(ReconcileSettings.Usual, _clock, new Random(7));
        _schedule.Know([Shop]);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var round = Assert.Single(_schedule.Take(1));
        _schedule.Done(round, new RoundReport(Reconciled.Never(Shop), 0, IsAll: true, null));
        _clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Empty(_schedule.Take(1));
    }

    private ReconcileWatch<DeliveryWalk> Watched => new ReconcileWatch<DeliveryWalk>(_work, _schedule, ReconcileWatch.Of);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TroubleKind.Unavailable, true)]
    [InlineData(TroubleKind.Forbidden, false)]
    public async Task A_forge_that_works_again_after_it_was_away_is_compared_soon(TroubleKind kind, bool isDue)
    {
        await Watched.TroubleAsync(Walk, new ForgeTroubleException("no", kind), Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_schedule.Take(1));
        Assert.Equal("walked", await Watched.DoAsync(Walk, Token));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var round = _schedule.Take(1).SingleOrDefault();
        Assert.Equal(isDue, round is not null);
        if (isDue) Assert.Equal(_clock.GetUtcNow().AddMinutes(-1), round!.Doubt);
    }

    [Theory]
    [InlineData("waiting", "walked", true)]
    [InlineData("unclear", "discharged", true)]
    [InlineData("dead", null, true)]
    [InlineData("walked", "walked", false)]
    public async Task What_waited_and_then_went_well_or_was_given_up_calls_for_a_round(string first, string? then, bool isDue)
    {
        _work.Word = first;
        await Watched.DoAsync(Walk, Token);
        if (then is not null)
        {
            _work.Word = then;
            await Watched.DoAsync(Walk, Token);
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(isDue, !_schedule.Take(1).IsEmpty);
    }

    [Fact]
    public async Task A_delivery_that_is_given_up_calls_for_a_round()
    {
        await Watched.TroubleAsync(Walk, new GitTroubleException("the commit is gone", isPermanent: true), Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(_schedule.Take(1));
    }

    [Fact]
    public void A_status_and_a_comment_are_about_the_forge_and_an_order_is_not()
    {
        var ruling = new RulingId(Guid.CreateVersion7(_clock.GetUtcNow()));
        var status = new Obligation.ReportStatus(ruling, Shop, default, "", "gitops-gate", Verdict.Held, "", "");
        var comment = new Obligation.Explain(ruling, new ChangeKey(Shop, 7), "");
        Assert.Equal([Shop], ReconcileWatch.Of(Claimed(status)).Repositories);
        Assert.Equal([Shop], ReconcileWatch.Of(Claimed(comment)).Repositories);
        Assert.Empty(ReconcileWatch.Of(Claimed(new Obligation.Send(null!))).Repositories);
    }

    private static ClaimedObligation Claimed(Obligation obligation) => new(1, obligation, 0, false, 0);

    private sealed class OneWord : IWork<DeliveryWalk>
    {
        public string Word { get; set; } = "walked";

        public string Name => "test";

        public int Width => 1;

        public Task<ImmutableArray<DeliveryWalk>> ClaimAsync(int limit, CancellationToken cancellation) =>
            Task.FromResult(ImmutableArray<DeliveryWalk>.Empty);

        public Task<string> DoAsync(DeliveryWalk piece, CancellationToken cancellation) => Task.FromResult(Word);

        public Task TroubleAsync(DeliveryWalk piece, Exception trouble, CancellationToken cancellation) => Task.CompletedTask;

        public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.CompletedTask;
    }
}
