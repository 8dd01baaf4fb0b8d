using System.Diagnostics.Metrics;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Forges.Tests.SignIn;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.Budget;

/// <summary>What forges still take is known, and a part of it is kept for those who wait.</summary>
public sealed class BudgetTests : IAsyncLifetime
{
    // The clock stands at 2026-01-02 03:04:05, which is 60 seconds before this moment.
    private const long Soon = 1767323105;

    private readonly ManualTimeProvider _clock = new();
    private ScriptedForge _forge = null!;
    private SignInRoom _room = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_forge, _room) = (await ScriptedForge.StartAsync(), new SignInRoom(_clock));
        _forge.On("/api/thing", _ => ScriptedForge.Json("{}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _forge.DisposeAsync();
    }

    [Theory]
    [InlineData("x-ratelimit-limit=5000;x-ratelimit-remaining=4711;x-ratelimit-reset=1767323105;x-ratelimit-resource=core", "core 4711/5000 60")]
    [InlineData("RateLimit-Limit=2000;RateLimit-Remaining=1999;RateLimit-Reset=1767323105;RateLimit-Name=throttle_api", "throttle_api 1999/2000 60")]
    [InlineData("X-RateLimit-Limit=200;X-RateLimit-Remaining=7;X-RateLimit-Reset=1767323105;X-RateLimit-Resource=Git/api", "Git/api 7/200 60")]
    [InlineData("X-RateLimit-Limit=60;X-RateLimit-Remaining=30;X-RateLimit-Interval-Seconds=1;X-RateLimit-FillRate=5", " 30/60 6")]
    [InlineData("RateLimit-Limit=100;RateLimit-Remaining=99;RateLimit-Reset=30", " 99/100 30")]
    public async Task A_budget_is_read_from_what_a_forge_says(string headers, string stands)
    {
        Says("/api/thing", headers);
        await Link().GetAsync("/thing", Cancellation);
        var account = Assert.Single(Budget().Accounts);
        var window = Assert.Single(account.Windows);
        Assert.Equal(stands, $"{window.Resource} {window.Left}/{window.Limit} {(window.ResetsAt - _clock.GetUtcNow()).TotalSeconds}");
        Assert.Equal((1, "", false), (Budget().Calls, account.Account, window.IsCounted));
    }

    [Theory]
    [InlineData("x-ratelimit-limit=0;x-ratelimit-remaining=0")]
    [InlineData("x-ratelimit-limit=-5;x-ratelimit-remaining=3;x-ratelimit-reset=99999999999999999999")]
    [InlineData("x-ratelimit-remaining=many")]
    [InlineData("")]
    public async Task A_forge_that_says_nothing_sensible_has_no_budget_and_stops_nobody(string headers)
    {
        Says("/api/thing", headers);
        using var background = ForgeWork.Background();
        await Link().GetAsync("/thing", Cancellation);
        await Link().GetAsync("/thing", Cancellation);
        Assert.Empty(Budget().Accounts[0].Windows);
    }

    [Fact]
    public async Task Where_the_forge_says_nothing_of_what_is_left_the_calls_of_the_last_hour_are_counted()
    {
        var bitbucket = _forge.Connection with { Forge = "bitbucket-cloud" };
        for (var i = 0; i < 5; i++) await _room.Link(bitbucket).GetAsync("/thing", Cancellation);
        _clock.Advance(TimeSpan.FromMinutes(40));
        await _room.Link(bitbucket).GetAsync("/thing", Cancellation);
        Assert.Equal((994, 1000, true), Window());
        _clock.Advance(TimeSpan.FromMinutes(21));
        Assert.Equal((999, 1000, true), Window());
        Says("/api/thing", "X-RateLimit-Limit=5000;X-RateLimit-NearLimit=false");
        await _room.Link(bitbucket).GetAsync("/thing", Cancellation);
        Assert.Equal((4998, 5000, true), Window());

        (long, long, bool) Window()
        {
            var window = Assert.Single(Budget().Accounts[0].Windows);
            return (window.Left, window.Limit, window.IsCounted);
        }
    }

    [Fact]
    public async Task Background_work_leaves_a_fifth_of_the_budget_to_those_who_wait()
    {
        Says("/api/thing", $"x-ratelimit-limit=100;x-ratelimit-remaining=19;x-ratelimit-reset={Soon}");
        await Link().GetAsync("/thing", Cancellation);
        using (ForgeWork.Background())
        {
            var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => Link().GetAsync("/thing", Cancellation));
            Assert.Equal((TroubleKind.Unavailable, TimeSpan.FromSeconds(60)), (trouble.Kind, trouble.RetryAfter));
            Assert.Contains("19 of 100 calls are left", trouble.Message, StringComparison.Ordinal);
            using var urgent = ForgeWork.Interactive();
            await Link().GetAsync("/thing", Cancellation);
        }

        await Link().GetAsync("/thing", Cancellation);
        Assert.Equal(3, _forge.Journal.Count("GET"));
        _clock.Advance(TimeSpan.FromSeconds(61));
        using (ForgeWork.Background()) await Link().GetAsync("/thing", Cancellation);
    }

    [Fact]
    public async Task Each_part_of_a_forge_with_several_limits_draws_from_its_own()
    {
        Says("/api/search/code", $"x-ratelimit-limit=30;x-ratelimit-remaining=1;x-ratelimit-reset={Soon};x-ratelimit-resource=search");
        Says("/api/repos/a", $"x-ratelimit-limit=5000;x-ratelimit-remaining=4000;x-ratelimit-reset={Soon};x-ratelimit-resource=core");
        await Link().GetAsync("/search/code", Cancellation);
        await Link().GetAsync("/repos/a", Cancellation);
        using var background = ForgeWork.Background();
        await Link().GetAsync("/repos/a", Cancellation);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => Link().GetAsync("/search/code", Cancellation));
        Assert.Equal(["core", "search"], Budget().Accounts[0].Windows.Select(window => window.Resource));
    }

    [Fact]
    public async Task An_answer_that_was_overtaken_does_not_fill_the_budget_again()
    {
        Says("/api/thing", $"x-ratelimit-limit=100;x-ratelimit-remaining=50;x-ratelimit-reset={Soon}");
        await Link().GetAsync("/thing", Cancellation);
        Says("/api/thing", $"x-ratelimit-limit=100;x-ratelimit-remaining=51;x-ratelimit-reset={Soon}");
        await Link().GetAsync("/thing", Cancellation);
        Assert.Equal(50, Budget().Accounts[0].Windows[0].Left);
    }

    [Fact]
    public async Task Installations_of_an_app_have_budgets_of_their_own_and_one_may_rest_alone()
    {
        await using var hub = await AppStand.StartAsync(_clock);
        hub.Installations["umbrella"] = 8;
        await _room.Link(hub.Connection()).GetAsync("/orgs/umbrella/thing", Cancellation);
        hub.Faults.Add(Fault.TooMany(30) with { Path = "/orgs/acme/thing" });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => _room.Link(hub.Connection()).GetAsync("/orgs/acme/thing", Cancellation));
        await Assert.ThrowsAsync<ForgeTroubleException>(() => _room.Link(hub.Connection()).GetAsync("/orgs/acme/thing", Cancellation));
        await _room.Link(hub.Connection()).GetAsync("/orgs/umbrella/thing", Cancellation);
        Assert.Equal(1, hub.Journal.Count("GET", "/orgs/acme/thing"));
        Assert.Equal(
            ["app False", "installation 7 True", "installation 8 False"],
            _room.Http.Budgets.Of(new ConnectionName("hub")).Accounts.Select(account => $"{account.Account} {account.RestsUntil is not null}"));
    }

    [Fact]
    public async Task A_forge_that_says_slow_down_and_not_for_how_long_is_given_more_time_each_time()
    {
        const string secondary = """{"message":"You have exceeded a secondary rate limit"}""";
        _forge.On("/api/thing", _ => ScriptedForge.Json(secondary, 403));
        foreach (var seconds in (int[])[60, 120, 240])
        {
            await Assert.ThrowsAsync<ForgeTroubleException>(() => Link().GetAsync("/thing", Cancellation));
            Assert.Equal(_clock.GetUtcNow().AddSeconds(seconds), Budget().Accounts[0].RestsUntil);
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        _clock.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<ForgeTroubleException>(() => Link().GetAsync("/thing", Cancellation));
        Assert.Equal(_clock.GetUtcNow().AddSeconds(60), Budget().Accounts[0].RestsUntil);
    }

    [Fact]
    public async Task Writes_go_one_by_one_and_a_second_apart_only_after_they_were_too_fast()
    {
        var hub = _forge.Connection with { Forge = "github" };
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => WriteAsync(hub)));
        _forge.Faults.Add(Fault.TooMany(10));
        await Assert.ThrowsAsync<ForgeTroubleException>(() => WriteAsync(hub));
        _clock.Advance(TimeSpan.FromSeconds(10));
        _forge.Journal.Clear();
        var writes = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WriteAsync(hub)));
        for (var sent = 1; sent <= 3; sent++)
        {
            await UntilAsync(() => _forge.Journal.Count("POST") == sent);
            await Task.Delay(50, Cancellation);
            Assert.Equal(sent, _forge.Journal.Count("POST"));
            // Reading is not held up by it.
            await _room.Link(hub).GetAsync("/thing", Cancellation);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await writes;
        _clock.Advance(TimeSpan.FromMinutes(11));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WriteAsync(hub)));
    }

    [Fact]
    public async Task What_is_left_and_what_was_saved_is_measured()
    {
        using var listener = new MeterListener();
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Name is "gate.forge.budget.left" or "gate.forge.calls.saved") listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            // Others of this process measure too.
            var all = tags.ToArray();
            if (all.Contains(new("connection", "measured"))) seen[$"{instrument.Name} {string.Join(' ', all.Skip(1).Select(tag => tag.Value))}"] = value;
        });
        listener.Start();
        var connection = _forge.Connection with { Name = new ConnectionName("measured") };
        _forge.On("/api/thing", context =>
        {
            (context.Response.Headers.ETag, context.Response.Headers["x-ratelimit-limit"]) = ("\"v1\"", "100");
            (context.Response.Headers["x-ratelimit-remaining"], context.Response.Headers["x-ratelimit-resource"]) = ("99", "core");
            return context.Request.Headers.IfNoneMatch == "\"v1\"" ? Results.StatusCode(304) : ScriptedForge.Json("{}");
        });
        await _room.Link(connection).GetAsync("/thing", Cancellation);
        await _room.Link(connection).GetAsync("/thing", Cancellation);
        listener.RecordObservableInstruments();
        Assert.Equal(
            ["gate.forge.budget.left  core=99", "gate.forge.calls.saved not changed=1"], seen.Select(one => $"{one.Key}={one.Value}"));
        Assert.Equal((2, 1, 1), (Of(connection).Calls, Of(connection).Unchanged, Of(connection).Saved));

        BudgetView Of(Connection one) => _room.Http.Budgets.Of(one.Name);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var tries = 0; !holds() && tries < 500; tries++) await Task.Delay(10, Cancellation);
        Assert.True(holds());
    }

    private Task<JsonElement> WriteAsync(Connection connection) =>
        _room.Link(connection).SendAsync(HttpMethod.Post, "/thing", null, Cancellation);

    private BudgetView Budget() => _room.Http.Budgets.Of(_forge.Connection.Name);

    private ForgeLink Link() => _room.Link(_forge.Connection);

    private void Says(string path, string headers) => _forge.On(path, context =>
    {
        foreach (var header in headers.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            context.Response.Headers[header.Split('=')[0]] = header.Split('=')[1];
        }

        return ScriptedForge.Json("{}");
    });
}
