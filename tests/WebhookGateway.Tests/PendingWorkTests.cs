using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using GitOpsGate.WebhookGateway.Tests.Ui;
using GitOpsGate.WebhookGateway.Workers;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A held change is said to be held again and again where the forge gives up waiting, and no longer than it is held.</summary>
public class PendingWorkTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Now);
    private readonly MemoryRooms _rooms = new();
    private readonly ImpatientForge _forge = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_said_again_before_the_forge_gives_up_and_no_more_once_it_is_ruled()
    {
        var work = Work();
        Rule(Verdict.Held);
        Assert.Equal(0, await StepAsync(work, TimeSpan.FromSeconds(60)));
        // The forge waits two minutes: within any two minutes it is said at least once, and not every minute.
        for (var round = 0; round < 10; round++) await StepAsync(work, TimeSpan.FromSeconds(24));
        Assert.InRange(_forge.SaidPending.Count, 2, 4);
        Assert.All(_forge.SaidPending, said => Assert.Equal(Samples.Head, said.Head));
        var said = _forge.SaidPending.Count;
        Rule(Verdict.Allowed);
        for (var round = 0; round < 10; round++) await StepAsync(work, TimeSpan.FromSeconds(24));
        Assert.Equal(said, _forge.SaidPending.Count);
    }

    [Fact]
    public async Task A_ruling_that_comes_between_the_look_and_the_call_is_heard()
    {
        var work = Work();
        Rule(Verdict.Held);
        await work.ClaimAsync(9, Token);
        _clock.Advance(TimeSpan.FromMinutes(2));
        var piece = Assert.Single(await work.ClaimAsync(9, Token));
        Rule(Verdict.Denied);
        Assert.Equal("over", await work.DoAsync(piece, Token));
        Assert.Empty(_forge.SaidPending);
    }

    [Fact]
    public async Task It_ends_some_hours_after_the_ruling_and_begins_at_once_after_a_start()
    {
        Rule(Verdict.Held);
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(1, await StepAsync(Work(), TimeSpan.Zero));
        _clock.Advance(PendingWork.Longest);
        Assert.Equal(0, await StepAsync(Work(), TimeSpan.Zero));
    }

    [Fact]
    public async Task Where_nothing_waits_it_is_seldom_asked_and_trouble_is_waited_out()
    {
        var work = Work();
        Rule(Verdict.Held);
        _forge.IsWaitedFor = false;
        for (var round = 0; round < 20; round++) await StepAsync(work, TimeSpan.FromSeconds(30));
        Assert.InRange(_forge.SaidPending.Count, 1, 2);
        _clock.Advance(TimeSpan.FromMinutes(20));
        var piece = Assert.Single(await work.ClaimAsync(9, Token));
        await work.TroubleAsync(piece, new ForgeTroubleException("slow down", TroubleKind.Unavailable, TimeSpan.FromMinutes(3)), Token);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(await work.ClaimAsync(9, Token));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(await work.ClaimAsync(9, Token));
    }

    [Fact]
    public async Task Only_so_many_are_kept_pending()
    {
        for (var number = 1; number <= PendingWork.Most + 50; number++) Rule(Verdict.Held, number);
        var work = Work();
        await work.ClaimAsync(1000, Token);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(PendingWork.Most, (await work.ClaimAsync(1000, Token)).Length);
    }

    private PendingWork Work()
    {
        var configuration = RunningGateway.Configuration("/nowhere");
        return new PendingWork(new KnownForges(configuration, [_forge]), configuration, _rooms, _clock);
    }

    private async Task<int> StepAsync(PendingWork work, TimeSpan time)
    {
        _clock.Advance(time);
        var pieces = await work.ClaimAsync(9, Token);
        foreach (var piece in pieces) await work.DoAsync(piece, Token);
        return pieces.Length;
    }

    private void Rule(Verdict verdict, long number = 1)
    {
        var change = Samples.Change(number);
        var ruling = Samples.Held() with
        {
            Revision = new Revision(change.Key, change.Head),
            Verdict = verdict,
            RuledAt = _clock.GetUtcNow(),
        };
        _rooms.Changes[change.Key] = new ChangeSummary(change, ruling, 14, _clock.GetUtcNow(), null);
    }
}
