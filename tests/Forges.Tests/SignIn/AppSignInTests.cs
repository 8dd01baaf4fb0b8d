using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.SignIn;

/// <summary>A GitHub App signs in with short-lived tokens that nobody has to think of.</summary>
public sealed class AppSignInTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private AppStand _hub = null!;
    private SignInRoom _room = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (_hub, _room) = (await AppStand.StartAsync(_clock), new SignInRoom(_clock));

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_call_is_signed_by_a_token_of_the_installation_on_its_repository_and_so_are_later_pages()
    {
        _hub.Installations["umbrella"] = 8;
        Assert.Equal([1, 2], (await Link().ListAsync("/repos/acme/shop/things", null, Cancellation)).Select(thing => thing.GetInt32()));
        await Link().GetAsync("/orgs/umbrella/thing", Cancellation);
        Assert.Equal(["Bearer ghs_7_1", "Bearer ghs_7_1", "Bearer ghs_8_2"], _hub.Signed);
    }

    [Fact]
    public async Task Many_callers_at_once_need_one_exchange()
    {
        _hub.Latency = TimeSpan.FromMilliseconds(20);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Link().SendAsync(HttpMethod.Post, "/repos/acme/shop/statuses", null, Cancellation)));
        Assert.Equal((1, 1), (_hub.Exchanges, _hub.Journal.Count("GET", "/installation")));
        Assert.Equal(20, _hub.Signed.Count);
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_take_the_token_from_the_others()
    {
        _hub.Faults.Add(new Fault(FaultKind.AnswerLate) { Path = "/access_tokens", Delay = TimeSpan.FromMilliseconds(300) });
        using var givenUp = new CancellationTokenSource();
        var impatient = Link().GetAsync("/orgs/acme/thing", givenUp.Token);
        var patient = Link().SendAsync(HttpMethod.Post, "/repos/acme/shop/statuses", null, Cancellation);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await patient;
        Assert.Equal(1, _hub.Exchanges);
    }

    [Fact]
    public async Task A_token_is_kept_and_renewed_well_before_its_end()
    {
        await ThingAsync();
        _clock.Advance(TimeSpan.FromMinutes(49));
        await ThingAsync();
        Assert.Equal(1, _hub.Exchanges);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await ThingAsync();
        Assert.Equal((2, "Bearer ghs_7_2"), (_hub.Exchanges, _hub.Signed[^1]));
    }

    [Fact]
    public async Task While_the_old_token_holds_a_renewal_that_fails_stops_nobody_and_is_not_tried_at_every_call()
    {
        await ThingAsync();
        _clock.Advance(TimeSpan.FromMinutes(51));
        _hub.Faults.Add(Fault.Answer(500) with { Path = "/access_tokens", Times = 2 });
        await ThingAsync();
        await ThingAsync();
        Assert.Equal((2, "Bearer ghs_7_1"), (_hub.Exchanges, _hub.Signed[^1]));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TroubleKind.Unavailable, (await TroubleAsync(ThingAsync)).Kind);
        await ThingAsync();
        Assert.Equal("Bearer ghs_7_2", _hub.Signed[^1]);
    }

    [Fact]
    public async Task A_token_that_is_not_taken_any_more_is_dropped_and_the_call_made_once_anew()
    {
        await ThingAsync();
        _hub.RevokeAll();
        await Link().SendAsync(HttpMethod.Post, "/repos/acme/shop/statuses", null, Cancellation);
        Assert.Equal([401, 201], _hub.Journal.Entries.Where(entry => entry.Path.EndsWith("/statuses")).Select(entry => entry.Status));
        Assert.Equal(2, _hub.Exchanges);
    }

    [Fact]
    public async Task A_forge_that_takes_no_token_at_all_is_not_asked_for_ever()
    {
        _hub.Faults.Add(Fault.Answer(401) with { Path = "/things", Times = 100 });
        Assert.Equal(TroubleKind.Forbidden, (await TroubleAsync(ThingAsync)).Kind);
        Assert.Equal((2, 2), (_hub.Exchanges, _hub.Journal.Count("GET", "/things")));
    }

    [Fact]
    public async Task Where_the_app_is_not_installed_nothing_is_sent_and_the_reason_is_said()
    {
        var trouble = await TroubleAsync(() => Link().GetAsync("/repos/other/shop/things", Cancellation));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
        Assert.Contains("the app of connection `hub` is not installed on `other/shop`, or no longer", trouble.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Signed);
    }

    [Fact]
    public async Task An_app_that_is_taken_away_is_told_and_one_that_is_installed_again_is_found_under_its_new_number()
    {
        await ThingAsync();
        _hub.RevokeAll();
        _hub.Installations.Clear();
        Assert.Contains("is not installed on `acme/shop`", (await TroubleAsync(ThingAsync)).Message, StringComparison.Ordinal);
        _hub.Installations["acme"] = 9;
        await ThingAsync();
        Assert.StartsWith("Bearer ghs_9_", _hub.Signed[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.DropRequest, 1)]
    [InlineData(FaultKind.DropAnswer, 2)]
    public async Task An_exchange_that_failed_or_failed_but_happened_is_made_again_and_the_call_was_certainly_not_sent(FaultKind kind, int made)
    {
        _hub.Faults.Add(new Fault(kind) { Method = "POST", Path = "/access_tokens" });
        var trouble = await TroubleAsync(() => Link().SendAsync(HttpMethod.Post, "/repos/acme/shop/statuses", null, Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Empty(_hub.Signed);
        await Link().SendAsync(HttpMethod.Post, "/repos/acme/shop/statuses", null, Cancellation);
        Assert.Equal((made, 1), (_hub.Made, _hub.Signed.Count));
    }

    [Fact]
    public async Task A_token_may_be_of_any_length()
    {
        _hub.Padding = "_" + new string('x', 4000);
        await ThingAsync();
        Assert.True(_hub.Signed[^1].Length > 4000);
    }

    [Fact]
    public async Task The_apps_own_affairs_are_signed_by_the_app_itself()
    {
        Assert.Single(await Link().ListAsync("/app/installations?per_page=100", null, Cancellation));
        var asApp = _room.Http.Open(_hub.Connection(), SignInRoom.Dress, SignInScope.App);
        Assert.Equal(7, (await asApp.GetAsync("/orgs/acme/installation", Cancellation)).Number("id"));
        Assert.Equal(0, _hub.Exchanges);
    }

    [Fact]
    public async Task A_call_that_says_nobody_goes_to_the_only_installation_and_to_none_of_several()
    {
        await Link().GetAsync("/installation/repositories", Cancellation);
        Assert.Equal(["Bearer ghs_7_1"], _hub.Signed);
        _hub.Installations["umbrella"] = 8;
        await using var later = new SignInRoom(_clock);
        var trouble = await TroubleAsync(() => later.Link(_hub.Connection()).GetAsync("/installation/repositories", Cancellation));
        Assert.Contains("installed on several accounts", trouble.Message, StringComparison.Ordinal);
        var one = later.Http.Open(_hub.Connection(), SignInRoom.Dress, SignInScope.Installation(8));
        await one.GetAsync("/installation/repositories", Cancellation);
        Assert.StartsWith("Bearer ghs_8_", _hub.Signed[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_changed_while_the_gate_runs_signs_from_then_on()
    {
        var key = _hub.PrivateKey;
        var connection = _hub.Connection(new Secret(() => key));
        await _room.Link(connection).GetAsync("/orgs/acme/thing", Cancellation);
        _hub.ChangeKey();
        key = _hub.PrivateKey;
        _hub.RevokeAll();
        await _room.Link(connection).GetAsync("/orgs/acme/thing", Cancellation);
        Assert.Equal("Bearer ghs_7_2", _hub.Signed[^1]);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_with_what_would_be_right_and_stands_in_no_log_and_no_message()
    {
        var right = _hub.PrivateKey;
        _hub.ChangeKey();
        foreach (var key in (string[])[right, "no key at all: hunter2"])
        {
            await using var room = new SignInRoom(_clock);
            var trouble = await TroubleAsync(() => room.Link(_hub.Connection(new Secret(key))).GetAsync("/orgs/acme/thing", Cancellation));
            Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
            Assert.Contains("`privateKey`", trouble.Message, StringComparison.Ordinal);
            var secret = key.Split('\n') is [_, var line, ..] ? line : "hunter2";
            Assert.DoesNotContain(secret, trouble.ToString(), StringComparison.Ordinal);
            Assert.All(room.Log.Lines, line => Assert.DoesNotContain(secret, line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Neither_tokens_nor_signatures_are_logged_or_told()
    {
        await ThingAsync();
        _hub.Faults.Add(Fault.Answer(500) with { Path = "/things" });
        var trouble = await TroubleAsync(ThingAsync);
        foreach (var text in (string[])[.. _room.Log.Lines, trouble.ToString()])
        {
            Assert.DoesNotContain("ghs_", text, StringComparison.Ordinal);
            Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
        }

        Assert.Contains(_room.Log.Lines, line => line.Contains("/access_tokens", StringComparison.Ordinal));
    }

    private static Task<ForgeTroubleException> TroubleAsync(Func<Task> call) => Assert.ThrowsAsync<ForgeTroubleException>(call);

    private ForgeLink Link() => _room.Link(_hub.Connection());

    private Task ThingAsync() => Link().ListAsync("/repos/acme/shop/things", null, Cancellation);
}
