using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Workers;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>When repositories are compared with their forges.</summary>
public class ReconcileScheduleTests
{
    private static readonly ConnectionName Hub = new("hub");
    private static readonly ConnectionName Lab = new("lab");
    private static readonly RepositoryKey Shop = new(Hub, "acme/shop");
    private static readonly RepositoryKey Blog = new(Hub, "acme/blog");
    private static readonly RepositoryKey Docs = new(Lab, "acme/docs");

    private readonly ManualTimeProvider _clock = new();
    private readonly DateTimeOffset _start;
    private ReconcileSchedule _schedule;

    public ReconcileScheduleTests()
    {
        _start = _clock.GetUtcNow();
        _schedule = Of(ReconcileSettings.Usual);
    }

    [Fact]
    public void All_are_due_within_a_minute_of_the_start_and_not_at_one_moment()
    {
        RepositoryKey[] many = [.. Enumerable.Range(0, 60).Select(number => new RepositoryKey(Hub, $"acme/{number}"))];
        _schedule.Know(many);
        var counts = new List<int>();
        for (var second = 0; second <= 60; second++)
        {
            var due = _schedule.Take(100);
            Assert.All(due, round => Assert.Equal((true, _start), (round.IsWhole, round.Doubt)));
            counts.Add(due.Length);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(60, counts.Sum());
        Assert.InRange(counts.Max(), 1, 10);
    }

    [Fact]
    public void What_is_in_hand_is_not_given_out_again_and_a_repository_that_went_is_forgotten()
    {
        _schedule.Know([Shop, Blog]);
        Pass(TimeSpan.FromMinutes(1));
        var first = Assert.Single(_schedule.Take(1));
        var second = Assert.Single(_schedule.Take(5));
        Assert.NotEqual(first.Repository, second.Repository);
        _schedule.Know([first.Repository]);
        _schedule.Done(first, Report(first));
        _schedule.Done(second, Report(second));
        Pass(TimeSpan.FromHours(1));
        Assert.Equal([first.Repository], _schedule.Take(5).Select(round => round.Repository));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public void The_timer_comes_round_about_as_often_as_it_is_told_and_hooks_are_looked_at_within_a_quarter_of_an_hour(int minutes)
    {
        _schedule = Of(new ReconcileSettings { Every = TimeSpan.FromMinutes(minutes) });
        _schedule.Know([Shop]);
        var (whole, looked, last, longest) = (0, 0, _start, TimeSpan.Zero);
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            foreach (var round in _schedule.Take(1))
            {
                var gap = _clock.GetUtcNow() - last;
                (longest, last, looked) = (gap > longest ? gap : longest, _clock.GetUtcNow(), looked + 1);
                whole += round.IsWhole ? 1 : 0;
                _schedule.Done(round, Report(round));
            }

            Pass(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(longest, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(15));
        Assert.InRange(whole, 20 * 60 / minutes, 27 * 60 / minutes);
        Assert.True(looked >= 96);
    }

    [Fact]
    public void After_a_round_without_trouble_nothing_is_doubted_any_more()
    {
        _schedule.Know([Shop]);
        DoAll();
        Assert.Equal(default, NextOf(Shop).Doubt);
    }

    [Fact]
    public void A_forge_that_is_away_is_asked_less_and_less_and_soon_after_it_works_again()
    {
        _schedule.Know([Shop, Blog, Docs]);
        var waits = new List<TimeSpan>();
        Pass(TimeSpan.FromMinutes(1));
        foreach (var round in _schedule.Take(5)) Fail(round);
        for (var (time, minute) = (_clock.GetUtcNow(), 0); minute < 600; minute++)
        {
            foreach (var round in _schedule.Take(5).OrderBy(round => round.Repository.Path, StringComparer.Ordinal))
            {
                if (round.Repository == Shop) (waits, time) = ([.. waits, _clock.GetUtcNow() - time], _clock.GetUtcNow());
                Fail(round);
            }

            Pass(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(waits[0], TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.InRange(waits[^1], TimeSpan.FromMinutes(100), TimeSpan.FromMinutes(135));
        var works = _clock.GetUtcNow();
        _schedule.Works(Hub);
        Pass(TimeSpan.FromMinutes(6));
        var due = _schedule.Take(5).Where(round => round.Repository.Connection == Hub).ToArray();
        Assert.Equal([Blog, Shop], due.Select(round => round.Repository).OrderBy(key => key.Path, StringComparer.Ordinal));
        Assert.All(due, round => Assert.Equal(works, round.Doubt));
    }

    [Fact]
    public void A_repository_that_is_not_there_any_more_is_not_asked_for_because_others_work()
    {
        _schedule.Know([Shop]);
        Pass(TimeSpan.FromMinutes(1));
        for (var failure = 0; failure < 8; failure++)
        {
            var round = NextOf(Shop);
            _schedule.Done(round, Report(round, new ForgeTroubleException("gone", TroubleKind.Missing)));
        }

        _schedule.Troubled(Hub, mayHaveLost: false);
        _schedule.Works(Hub);
        Pass(TimeSpan.FromMinutes(30));
        Assert.Empty(_schedule.Take(5));
    }

    [Fact]
    public void What_was_given_up_hastens_a_round_but_not_beyond_twice_the_timers_pace()
    {
        _schedule.Know([Shop]);
        Pass(TimeSpan.FromMinutes(1));
        var (rounds, began) = (0, _clock.GetUtcNow());
        while (_clock.GetUtcNow() - began < TimeSpan.FromHours(2))
        {
            _schedule.GaveUp(Shop);
            foreach (var round in _schedule.Take(1))
            {
                rounds++;
                _schedule.GaveUp(Shop);
                _schedule.Done(round, Report(round));
            }

            Pass(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(rounds, 20, 26);
    }

    [Fact]
    public void What_one_round_left_is_taken_up_a_minute_later_and_doubted_until_then()
    {
        _schedule.Know([Shop]);
        Pass(TimeSpan.FromMinutes(1));
        var round = Assert.Single(_schedule.Take(1));
        _schedule.Done(round, Report(round) with { IsAll = false });
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(round, Assert.Single(_schedule.Take(1)));
        _schedule.Done(round, Report(round) with { IsAll = false });
        Pass(TimeSpan.FromMinutes(1));
        Assert.Empty(_schedule.Take(1));
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(round, Assert.Single(_schedule.Take(1)));
    }

    [Fact]
    public void A_longer_rest_that_the_forge_asks_for_is_kept_and_a_bug_is_no_end_of_it()
    {
        _schedule.Know([Shop]);
        Pass(TimeSpan.FromMinutes(1));
        var round = Assert.Single(_schedule.Take(1));
        _schedule.Done(round, Report(round, new ForgeTroubleException("slow down", TroubleKind.Unavailable, TimeSpan.FromMinutes(20))));
        Pass(TimeSpan.FromMinutes(19));
        Assert.Empty(_schedule.Take(1));
        Pass(TimeSpan.FromMinutes(1));
        round = Assert.Single(_schedule.Take(1));
        _schedule.Done(round, null);
        Pass(TimeSpan.FromMinutes(2));
        Assert.Single(_schedule.Take(1));
    }

    private static RoundReport Report(ReconcileRound round, ForgeTroubleException? trouble = null) =>
        new(Reconciled.Never(round.Repository), 0, IsAll: true, trouble);

    private ReconcileSchedule Of(ReconcileSettings settings) => new(settings, _clock, new Random(7));

    private void Fail(ReconcileRound round)
    {
        _schedule.Done(round, Report(round, new ForgeTroubleException("502", TroubleKind.Unavailable)));
        _schedule.Troubled(round.Repository.Connection, mayHaveLost: true);
    }

    private void DoAll()
    {
        Pass(TimeSpan.FromMinutes(1));
        foreach (var round in _schedule.Take(10)) _schedule.Done(round, Report(round));
    }

    private ReconcileRound NextOf(RepositoryKey repository)
    {
        for (var minute = 0; minute < 600; minute++)
        {
            if (_schedule.Take(10).FirstOrDefault(round => round.Repository == repository) is { } found) return found;
            Pass(TimeSpan.FromMinutes(1));
        }

        throw new TimeoutException("it was never due");
    }

    private void Pass(TimeSpan time) => _clock.Advance(time);
}
