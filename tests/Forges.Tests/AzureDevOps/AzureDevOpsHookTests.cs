using System.Text.Json.Nodes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>What is peculiar when Azure DevOps is set up: one subscription for each event, and policies that may be somebody's own.</summary>
public sealed class AzureDevOpsHookTests : IAsyncLifetime
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    private AzureDevOpsStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await AzureDevOpsStage.SetAsync();

    public async ValueTask DisposeAsync() => await _stage.DisposeAsync();

    [Fact]
    public async Task A_webhook_is_a_subscription_for_each_event_of_the_one_repository()
    {
        var registered = await RegisterAsync();
        Assert.False(registered.Tested);
        Assert.StartsWith("Add the branch policy `Status check`", Assert.Single(registered.Advice), StringComparison.Ordinal);
        Assert.Equal(
            [
                "git.push 1.0", "git.pullrequest.created 1.0", "git.pullrequest.updated 1.0", "git.pullrequest.merged 1.0",
                "ms.vss-code.git-pullrequest-comment-event 2.0",
            ],
            _stage.Azure.Subscriptions.Select(one => $"{one.Event} {one.Version}"));
        Assert.All(_stage.Azure.Subscriptions, one => Assert.Equal(_stage.Shop.Id, one.Repository));
        Assert.Equal(registered.Id, _stage.Azure.Subscriptions[0].Id);
        await _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
        Assert.Empty((await RegisterAsync()).Advice);
    }

    [Fact]
    public async Task Another_repositorys_subscriptions_with_our_address_are_left_alone()
    {
        var other = await _stage.Azure.AddRepositoryAsync("acme/other");
        _stage.Azure.AddSubscription(other, "git.push", HookUrl, "theirs");
        await RegisterAsync();
        Assert.Equal(1, await _stage.Forge.RemoveHooksAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation));
        Assert.Equal(other.Id, Assert.Single(_stage.Azure.Subscriptions).Repository);
    }

    [Theory]
    [InlineData("status", "onProbation", true, "is `onProbation`; `enabled` would be right")]
    [InlineData("status", "disabledByInactiveIdentity", false, "is `disabledByInactiveIdentity`")]
    [InlineData("version", "2.0", true, "`git.push` is sent in version `2.0`; `1.0` would be right")]
    [InlineData("branch", "main", true, "for a part of the repository's events only")]
    [InlineData("resourceDetailsToSend", "minimal", true, "without all its details")]
    [InlineData("acceptUntrustedCerts", "true", true, "without checking TLS")]
    public async Task What_is_wrong_with_a_subscription_is_told_and_mended(string what, string value, bool isActive, string problem)
    {
        var id = (await RegisterAsync()).Id;
        var push = _stage.Azure.Subscriptions[0];
        if (what == "status") push.Status = value;
        else if (what == "version") push.Version = value;
        else if (what == "branch") push.Publisher["branch"] = value;
        else push.Consumer[what] = value;
        var health = await HealthAsync();
        Assert.Equal((id, isActive, false), (health.Id, health.IsActive, health.IsWell));
        Assert.Contains(problem, Assert.Single(health.Problems), StringComparison.Ordinal);
        Assert.Equal(id, (await RegisterAsync()).Id);
        Assert.True((await HealthAsync()).IsWell);
    }

    [Fact]
    public async Task A_second_subscription_to_an_event_is_told_and_taken_away()
    {
        await RegisterAsync();
        _stage.AddHook(HookUrl);
        Assert.Equal("2 subscriptions send `git.push`; each call comes as often", Assert.Single((await HealthAsync()).Problems));
        await RegisterAsync();
        Assert.Equal(5, _stage.Azure.Subscriptions.Count);
        Assert.Equal("first secret", Assert.Single(_stage.HookSecrets(HookUrl)));
    }

    [Fact]
    public async Task What_was_missed_cannot_be_sent_again_and_is_not_named()
    {
        var missed = new MissedDelivery("hook", "1", "id", "git.push", DateTimeOffset.UnixEpoch, "no answer");
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.RedeliverAsync(_stage.Connection, _stage.Repository, missed, Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
    }

    [Fact]
    public async Task A_weak_policy_for_the_branch_alone_is_strengthened_in_place_and_keeps_its_name()
    {
        await ProtectAsync();
        var policy = Assert.Single(_stage.Azure.Policies);
        policy.Settings["invalidateOnSourceUpdate"] = false;
        policy.Settings["defaultDisplayName"] = "The gate";
        Assert.False((await ProtectionAsync()).IsRequired);
        var protection = await ProtectAsync();
        Assert.Equal((true, true, $"status check policy `{policy.Id}`"), (protection.IsRequired, protection.IsBoundToUs, protection.By));
        Assert.Equal("The gate", (string?)Assert.Single(_stage.Azure.Policies).Settings["defaultDisplayName"]);
    }

    [Theory]
    [InlineData("authorId", null, true)]
    [InlineData("policyApplicability", "1", false)]
    [InlineData("filenamePatterns", "[\"/docs/*\"]", false)]
    public async Task A_policy_with_a_hole_is_seen_through(string setting, string? value, bool isRequired)
    {
        await ProtectAsync();
        Assert.Single(_stage.Azure.Policies).Settings[setting] = value is null ? null : JsonNode.Parse(value);
        var protection = await ProtectionAsync();
        Assert.Equal((isRequired, false), (protection.IsRequired, protection.IsBoundToUs));
        Assert.Equal(2, protection.Advice.Length);
    }

    [Fact]
    public async Task A_policy_that_covers_more_is_somebodys_own_and_stays_as_it_is()
    {
        await ProtectAsync();
        var wide = Assert.Single(_stage.Azure.Policies);
        wide.Settings["authorId"] = null;
        wide.Settings["scope"]![0]!["repositoryId"] = null;
        var before = wide.Settings.ToJsonString();
        Assert.Equal((true, false), await ProtectionAsync() is var seen ? (seen.IsRequired, seen.IsBoundToUs) : default);
        Assert.True((await ProtectAsync()).IsBoundToUs);
        Assert.Equal(2, _stage.Azure.Policies.Count);
        await _stage.Forge.UnprotectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
        Assert.Equal(before, Assert.Single(_stage.Azure.Policies).Settings.ToJsonString());
    }

    [Fact]
    public async Task Rights_that_are_lacking_are_named_and_those_that_cannot_be_known_are_not()
    {
        _stage.Azure.MissingRights.AddRange([4, 2048, 16384]);
        _stage.Azure.Faults.Add(Fault.Answer(401) with { Path = "/hooks/subscriptions" });
        _stage.Azure.Faults.Add(Fault.Answer(403) with { Path = "/projects/acme/teams" });
        var standing = await StandingAsync();
        Assert.Equal(("gate-account", "Azure DevOps Services"), (standing.Account, standing.Product));
        Assert.Equal(
            [
                "`Contribute`: the first rules cannot be proposed", "`Edit policies`: a branch cannot be protected",
                "`Contribute to pull requests`: neither a status nor a comment can be written",
                "the service hooks cannot be seen: the webhook cannot be registered",
                "the teams cannot be seen: rules that name one are errored",
            ],
            standing.MissingRights);
        _stage.Azure.Faults.Add(Fault.Answer(403) with { Path = "/_apis/permissions/", Times = 3 });
        Assert.Empty((await StandingAsync()).MissingRights);
    }

    private Task<HookRegistration> RegisterAsync() =>
        _stage.Forge.RegisterHookAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation);

    private Task<HookHealth> HealthAsync() => _stage.Forge.HookHealthAsync(_stage.Connection, _stage.Repository, HookUrl, Cancellation);

    private Task<Protection> ProtectAsync() => _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);

    private Task<Protection> ProtectionAsync() => _stage.Forge.ProtectionAsync(_stage.Connection, _stage.Repository, "main", Cancellation);

    private Task<ForgeStanding> StandingAsync() => _stage.Forge.StandingAsync(_stage.Connection, _stage.Repository, Cancellation);
}
