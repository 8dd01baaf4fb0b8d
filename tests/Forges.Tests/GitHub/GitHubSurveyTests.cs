using GitOpsGate.Changes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>What there is on GitHub is found without any webhook, and what webhooks missed is found in their log.</summary>
public sealed class GitHubSurveyTests : IAsyncLifetime
{
    private const string HookUrl = "https://gate.example.org/hooks/c";
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_persons_repositories_are_listed_the_private_ones_too()
    {
        _stage.GitHub.MakePerson("acme");
        _stage.GitHub.MakePerson("other");
        Assert.Equal([_stage.Repository], await _stage.Forge.RepositoriesAsync(_stage.Connection, "Acme", Cancellation));
    }

    [Fact]
    public async Task An_app_sees_what_it_is_installed_on_and_nothing_else()
    {
        await _stage.GitHub.AddRepositoryAsync("acme/web");
        Assert.Equal(["acme/shop", "acme/web"], await PathsAsync());
        _stage.App.Repositories = ["acme/web", "other/shop"];
        Assert.Equal(["acme/web"], await PathsAsync());
    }

    [Fact]
    public async Task More_open_pull_requests_than_a_page_holds_are_listed_whole_and_by_number()
    {
        for (var more = 0; more < 104; more++) await _stage.GitHub.OpenPullAsync(_stage.Shop, "alice", "feature", "One of many");
        var open = await _stage.Forge.OpenChangesAsync(_stage.Connection, _stage.Repository, Cancellation);
        Assert.Equal(Enumerable.Range(1, 105).Select(number => (long)number), open.Select(one => one.Key.Number));
        Assert.Equal(2, _stage.GitHub.Journal.Count("GET", "/pulls?"));
    }

    [Fact]
    public async Task A_delivery_that_arrived_at_a_later_attempt_is_not_missed()
    {
        await using var door = await Door.StartAsync(_stage);
        await RegisterAsync(HookUrl);
        var lost = await _stage.MissDeliveryAsync(HookUrl);
        Assert.Equal([lost], (await MissedAsync(HookUrl)).Select(one => one.ForgeId));
        // The hook is pointed to where somebody listens, and the delivery sent again.
        var there = door.Url + "/hooks";
        _stage.Shop.Hooks[0] = _stage.Shop.Hooks[0] with { Url = there };
        await RedeliverAsync(Assert.Single(await MissedAsync(there)));
        Assert.Equal([lost], door.Ids);
        Assert.Empty(await MissedAsync(there));
        // A further attempt that fails takes nothing back.
        _stage.Shop.Hooks[0] = _stage.Shop.Hooks[0] with { Url = HookUrl };
        await RedeliverAsync(new MissedDelivery($"{_stage.Shop.Hooks[0].Id}", $"{_stage.GitHub.Attempts[^1].Id}", lost, "", default, ""));
        Assert.Empty(await MissedAsync(HookUrl));
    }

    [Fact]
    public async Task Missed_deliveries_are_found_behind_many_others_oldest_first_and_not_before_the_given_moment()
    {
        await RegisterAsync(HookUrl);
        for (var many = 0; many < 120; many++) await _stage.GitHub.ToggleLabelAsync(_stage.Pull, "bob", "busy");
        var missed = await MissedAsync(HookUrl);
        Assert.Equal(120, missed.Count);
        Assert.Equal(missed.OrderBy(one => one.At).Select(one => one.ForgeId), missed.Select(one => one.ForgeId));
        Assert.All(missed, one => Assert.Equal(("pull_request", "failed to connect to host"), (one.Event, one.Why)));
        Assert.Equal(2, _stage.GitHub.Journal.Count("GET", "/deliveries"));
        var later = TimeProvider.System.GetUtcNow().AddMinutes(1);
        Assert.Empty(await _stage.Forge.MissedAsync(_stage.Connection, _stage.Repository, HookUrl, later, Cancellation));
    }

    [Fact]
    public async Task A_hook_whose_deliveries_the_gate_refuses_is_not_well()
    {
        await using var door = await Door.StartAsync(_stage);
        var there = door.Url + "/hooks";
        await RegisterAsync(there);
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "heard");
        Assert.True((await HealthAsync(there)).IsWell);
        _stage.Shop.Hooks[0] = _stage.Shop.Hooks[0] with { Secret = "another", IsInsecure = true, ContentType = "json" };
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "refused");
        var weak = await HealthAsync(there);
        Assert.Equal(2, weak.Problems.Length);
        Assert.Contains(weak.Problems, problem => problem.Contains("certificate", StringComparison.Ordinal));
        Assert.Contains(weak.Problems, problem => problem.Contains("401", StringComparison.Ordinal));
        await RegisterAsync(there);
        await _stage.GitHub.CommentAsync(_stage.Pull, "bob", "heard again");
        Assert.True((await HealthAsync(there)).IsWell);
    }

    [Fact]
    public async Task A_second_hook_with_the_same_address_is_told_and_both_are_taken_away()
    {
        await RegisterAsync(HookUrl);
        _stage.AddHook(HookUrl + "/");
        Assert.Contains((await HealthAsync(HookUrl)).Problems, one => one.StartsWith("2 webhooks have the gate's", StringComparison.Ordinal));
        Assert.Equal(2, await _stage.Forge.RemoveHooksAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation));
        Assert.Empty(_stage.Shop.Hooks);
    }

    [Fact]
    public async Task Rights_that_an_account_lacks_are_named()
    {
        _stage.Shop.Readers.Add(FakeGitHub.GateLogin);
        var standing = await StandingAsync(_stage.AsAccount);
        Assert.Equal((FakeGitHub.GateLogin, $"GitHub Enterprise Server {FakeGitHub.Version}"), (standing.Account, standing.Product));
        Assert.Equal(["`push`", "`admin`"], standing.MissingRights.Select(right => right.Split(':')[0]));
    }

    [Fact]
    public async Task Rights_that_an_app_lacks_are_named()
    {
        (_stage.App.Permissions["administration"], _stage.App.Permissions["actions"]) = ("read", "write");
        _stage.App.Permissions.Remove("checks");
        var standing = await StandingAsync(_stage.AsApp);
        Assert.Equal("gate-app", standing.Account);
        Assert.Equal(
            ["`administration: write`: the status cannot be made required", "`checks: write`: no verdict can be shown"],
            standing.MissingRights);
        _stage.App.Repositories = [];
        Assert.Contains("not installed", Assert.Single((await StandingAsync(_stage.AsApp)).MissingRights), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_proposed_before_is_brought_up_to_date_in_the_same_pull_request()
    {
        var first = new FileProposal("main", "gate/starter", "deploy/rules/.gitopsgate.yaml", "version: 1\n", "Add rules", "A start.");
        var page = await _stage.Forge.ProposeFileAsync(_stage.Connection, _stage.Repository, first, Cancellation);
        var again = first with { Content = string.Concat(Enumerable.Repeat("# zwölf\n", 40)) };
        Assert.Equal(page, await _stage.Forge.ProposeFileAsync(_stage.Connection, _stage.Repository, again, Cancellation));
        Assert.Equal(page, await _stage.Forge.ProposeFileAsync(_stage.Connection, _stage.Repository, again, Cancellation));
        Assert.Equal(again.Content, await _stage.Shop.Git.ReadAsync("gate/starter", again.Path));
        Assert.Equal(2, _stage.GitHub.Journal.Count("PUT", "/contents/"));
    }

    private async Task<IEnumerable<string>> PathsAsync() =>
        (await _stage.Forge.RepositoriesAsync(_stage.AsApp, "acme", Cancellation)).Select((RepositoryKey one) => one.Path);

    private async Task<IReadOnlyList<MissedDelivery>> MissedAsync(string url) => await _stage.Forge.MissedAsync(
        _stage.Connection, _stage.Repository, url, TimeProvider.System.GetUtcNow().AddMinutes(-5), Cancellation);

    // GitHub answers before it sends; the log shows the attempt once it is over.
    private async Task RedeliverAsync(MissedDelivery missed)
    {
        await _stage.Forge.RedeliverAsync(_stage.Connection, _stage.Repository, missed, Cancellation);
        while (_stage.GitHub.Attempts.Any(attempt => attempt.Delivery == missed.ForgeId && !attempt.IsOver)) await Task.Delay(10, Cancellation);
    }

    private Task<ForgeStanding> StandingAsync(Configuration.Connection connection) =>
        _stage.Forge.StandingAsync(connection, _stage.Repository, Cancellation);

    private Task<HookHealth> HealthAsync(string url) =>
        _stage.Forge.HookHealthAsync(_stage.Connection, _stage.Repository, url, Cancellation);

    private Task<HookRegistration> RegisterAsync(string url) =>
        _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, url, Cancellation);
}
