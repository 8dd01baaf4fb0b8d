using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>What holds a merge on GitHub is read as it is, made as strict as it can be, and never weakened.</summary>
public sealed class GitHubProtectionTests : IAsyncLifetime
{
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task As_an_app_the_status_is_bound_so_that_nobody_else_can_forge_it()
    {
        var protection = await ProtectAsync(_stage.AsApp);
        Assert.Equal((true, true, true, "ruleset `gitops-gate`"), Strength(protection));
        Assert.Empty(protection.Advice);
        await _stage.GitHub.PostStatusAsync(_stage.Shop, "mallory", _stage.Pull.Head, "gitops-gate", "success");
        await _stage.GitHub.RunCheckAsync(_stage.Shop, "mallory-app", _stage.Pull.Head, "gitops-gate", "success");
        await Assert.ThrowsAsync<GitHubRefusedException>(() => _stage.GitHub.MergeAsync(_stage.Pull, "root", asAdmin: true));
        var report = new StatusReport(_stage.Repository, _stage.Head, "feature", "gitops-gate", Verdict.Allowed, "allowed", "");
        await _stage.Forge.ReportAsync(_stage.AsApp, report, Cancellation);
        Assert.NotEqual("", await _stage.GitHub.MergeAsync(_stage.Pull, "bob"));
    }

    [Fact]
    public async Task With_a_token_a_person_is_told_that_others_can_post_the_status_too()
    {
        var protection = await ProtectAsync(_stage.AsAccount);
        Assert.Equal((true, false, true, "ruleset `gitops-gate`"), Strength(protection));
        Assert.Contains("Sign in as a GitHub App", Assert.Single(protection.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_was_required_with_a_token_is_bound_once_there_is_an_app()
    {
        await ProtectAsync(_stage.AsAccount);
        Assert.Contains("from the gate's app alone", Assert.Single((await LookAsync(_stage.AsApp)).Advice), StringComparison.Ordinal);
        Assert.True((await ProtectAsync(_stage.AsApp)).IsBoundToUs);
        Assert.Single(_stage.Shop.Rulesets);
        await ProtectAsync(_stage.AsAccount);
        Assert.True((await LookAsync(_stage.AsApp)).IsBoundToUs);
    }

    [Fact]
    public async Task A_key_that_is_none_protects_nothing_and_is_not_told()
    {
        var wrong = _stage.AsApp with { App = new AppIdentity(_stage.App.ClientId, new Secret("no key at all")) };
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => ProtectAsync(wrong));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
        Assert.DoesNotContain("no key at all", trouble.ToString(), StringComparison.Ordinal);
        Assert.Empty(_stage.Shop.Rulesets);
    }

    [Fact]
    public async Task Whoever_may_bypass_a_ruleset_is_told_and_taken_out_of_our_own()
    {
        await ProtectAsync(_stage.AsAccount);
        _stage.Shop.Rulesets[0]["bypass_actors"] = new JsonArray(
            new JsonObject { ["actor_id"] = 1, ["actor_type"] = "Team", ["bypass_mode"] = "pull_request" });
        var weak = await LookAsync(_stage.AsAccount);
        Assert.False(weak.IsWithoutBypass);
        Assert.Contains(weak.Advice, advice => advice.Contains("Team may merge past it", StringComparison.Ordinal));
        Assert.True((await ProtectAsync(_stage.AsAccount)).IsWithoutBypass);
    }

    [Fact]
    public async Task A_bypass_list_that_may_not_be_seen_is_no_proof_that_there_is_none()
    {
        await ProtectAsync(_stage.AsAccount);
        _stage.Shop.Readers.Add(FakeGitHub.GateLogin);
        var seen = await LookAsync(_stage.AsAccount);
        Assert.Equal((true, false), (seen.IsRequired, seen.IsWithoutBypass));
        Assert.Contains(seen.Advice, advice => advice.Contains("does not show it to us", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Classic_protection_counts_and_says_whether_administrators_get_round_it(bool holdsAdministrators)
    {
        _stage.Shop.ClassicProtection = new JsonObject
        {
            ["required_status_checks"] = new JsonObject
            {
                ["contexts"] = new JsonArray("GitOps-Gate"),
                ["checks"] = new JsonArray(new JsonObject { ["context"] = "GitOps-Gate", ["app_id"] = _stage.App.Id }),
            },
            ["enforce_admins"] = new JsonObject { ["enabled"] = holdsAdministrators },
        };
        var protection = await LookAsync(_stage.AsApp);
        Assert.Equal((true, true, holdsAdministrators, "branch protection of `main`"), Strength(protection));
        Assert.True((await ProtectAsync(_stage.AsApp)).IsWithoutBypass);
        Assert.Equal(holdsAdministrators ? 0 : 1, _stage.Shop.Rulesets.Count);
    }

    [Fact]
    public async Task What_people_put_into_our_ruleset_stays_when_we_strengthen_it_and_when_we_leave()
    {
        await ProtectAsync(_stage.AsAccount);
        var set = _stage.Shop.Rulesets[0];
        (set["rules"] as JsonArray)!.Add(new JsonObject { ["type"] = "non_fast_forward" });
        set["enforcement"] = "disabled";
        Assert.False((await LookAsync(_stage.AsAccount)).IsRequired);
        await ProtectAsync(_stage.AsAccount);
        Assert.Equal("active", (string?)set["enforcement"]);
        Assert.Equal(["required_status_checks", "non_fast_forward"], Rules(set));
        await UnprotectAsync("main");
        Assert.Equal(["non_fast_forward"], Rules(Assert.Single(_stage.Shop.Rulesets)));
        Assert.False(_stage.IsStatusRequired());
    }

    [Fact]
    public async Task Branches_share_the_ruleset_and_leave_it_one_by_one()
    {
        await ProtectAsync(_stage.AsAccount);
        await _stage.Forge.ProtectAsync(_stage.AsAccount, _stage.Repository, "release/1", Cancellation);
        Assert.Single(_stage.Shop.Rulesets);
        Assert.True((await _stage.Forge.ProtectionAsync(_stage.AsAccount, _stage.Repository, "release/1", Cancellation)).IsRequired);
        await UnprotectAsync("main");
        Assert.False(_stage.IsStatusRequired());
        Assert.NotEmpty(_stage.GitHub.Required(_stage.Shop, "release/1"));
        await UnprotectAsync("release/1");
        Assert.Empty(_stage.Shop.Rulesets);
    }

    [Fact]
    public async Task A_branch_is_not_taken_out_of_a_ruleset_that_holds_other_rules_for_other_branches()
    {
        await ProtectAsync(_stage.AsAccount);
        await _stage.Forge.ProtectAsync(_stage.AsAccount, _stage.Repository, "release/1", Cancellation);
        (_stage.Shop.Rulesets[0]["rules"] as JsonArray)!.Add(new JsonObject { ["type"] = "deletion" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => UnprotectAsync("main"));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.True(_stage.IsStatusRequired());
    }

    [Fact]
    public async Task What_others_require_is_not_ours_to_undo()
    {
        _stage.Shop.RequiredContexts.Add("gitops-gate");
        await UnprotectAsync("main");
        Assert.True(_stage.IsStatusRequired());
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task Undoing_can_be_done_again_when_it_failed_or_failed_but_happened(FaultKind fault)
    {
        await ProtectAsync(_stage.AsAccount);
        _stage.GitHub.Faults.Add(new Fault(fault) { Method = "DELETE", Path = "/rulesets/", Status = 503 });
        await Assert.ThrowsAsync<ForgeTroubleException>(() => UnprotectAsync("main"));
        await UnprotectAsync("main");
        Assert.Empty(_stage.Shop.Rulesets);
    }

    private static (bool, bool, bool, string) Strength(Protection protection) =>
        (protection.IsRequired, protection.IsBoundToUs, protection.IsWithoutBypass, protection.By);

    private static IEnumerable<string?> Rules(JsonObject set) => (set["rules"] as JsonArray)!.Select(rule => (string?)rule!["type"]);

    private Task<Protection> ProtectAsync(Connection connection) =>
        _stage.Forge.ProtectAsync(connection, _stage.Repository, "main", Cancellation);

    private Task<Protection> LookAsync(Connection connection) =>
        _stage.Forge.ProtectionAsync(connection, _stage.Repository, "main", Cancellation);

    private Task UnprotectAsync(string branch) =>
        _stage.Forge.UnprotectAsync(_stage.AsAccount, _stage.Repository, branch, Cancellation);
}
