using System.Text.Json.Nodes;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Gitea;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>Merges really wait, and a rule that was there keeps what it had.</summary>
public sealed class GiteaProtectionTests : IAsyncLifetime
{
    private GiteaStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GiteaStage.SetAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_merges_or_pushes_past_it_until_the_verdict_allows_it(bool isForgejo)
    {
        await using var stage = await GiteaStage.SetAsync(isForgejo);
        var protection = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Equal((true, false, true), (protection.IsRequired, protection.IsBoundToUs, protection.IsWithoutBypass));
        foreach (var verdict in (Verdict?[])[null, Verdict.Held, Verdict.Denied, Verdict.Errored])
        {
            if (verdict is { } shown) await ReportAsync(stage, shown);
            foreach (var asAdmin in (bool[])[false, true])
            {
                var refusal = await Assert.ThrowsAsync<GiteaRefusedException>(
                    () => stage.Gitea.MergeAsync(stage.Pull, "bob", asAdmin: asAdmin));
                Assert.Equal(405, refusal.Status);
            }
        }

        var push = await Assert.ThrowsAsync<GiteaRefusedException>(() => stage.Gitea.PushAsync(stage.Shop, "bob", "main", "Past it", ("x", "x")));
        Assert.Equal(403, push.Status);
        await ReportAsync(stage, Verdict.Allowed);
        await stage.Gitea.MergeAsync(stage.Pull, "bob");
    }

    [Fact]
    public async Task A_rule_that_was_there_keeps_all_that_it_had()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "main", new JsonObject
        {
            ["enable_status_check"] = true,
            ["status_check_contexts"] = new JsonArray("ci/*", "lint"),
            ["required_approvals"] = 2,
            ["enable_merge_whitelist"] = true,
            ["merge_whitelist_usernames"] = new JsonArray("bob"),
            ["block_on_rejected_reviews"] = true,
        });
        var before = rule.Settings.DeepClone().AsObject();
        var protection = await ProtectAsync();
        Assert.Equal((true, true, "branch protection `main`"), (protection.IsRequired, protection.IsWithoutBypass, protection.By));
        Assert.Equal(["ci/*", "lint", "gitops-gate"], rule.Words("status_check_contexts"));
        AssertSame(before, rule, "status_check_contexts", "block_admin_merge_override");
        await _stage.Forge.UnprotectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
        Assert.Equal(["ci/*", "lint"], rule.Words("status_check_contexts"));
        AssertSame(before, rule, "block_admin_merge_override");
    }

    [Fact]
    public async Task A_rule_that_fits_by_a_pattern_is_added_to_and_no_other_takes_its_place()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "ma*", new JsonObject { ["required_approvals"] = 1 });
        Assert.Equal("branch protection `ma*`", (await ProtectAsync()).By);
        Assert.Same(rule, Assert.Single(_stage.Shop.Rules));
        Assert.Equal(["gitops-gate"], rule.Words("status_check_contexts"));
    }

    [Fact]
    public async Task A_rule_for_a_branch_with_slashes_is_found_by_its_name()
    {
        await _stage.Gitea.PushAsync(_stage.Shop, "alice", "release/1.0", "Release", ("v", "1"));
        var rule = _stage.Gitea.Protect(_stage.Shop, "release/*", []);
        var protection = await _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "release/1.0", Cancellation);
        Assert.True(protection.IsRequired);
        Assert.Equal(["gitops-gate"], rule.Words("status_check_contexts"));
    }

    [Fact]
    public async Task A_rule_that_waits_for_every_status_is_not_narrowed_to_ours()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "main", new JsonObject { ["enable_status_check"] = true });
        var protection = await ProtectAsync();
        Assert.False(protection.IsRequired);
        Assert.StartsWith("Name `gitops-gate`, beside each other status", Assert.Single(protection.Advice), StringComparison.Ordinal);
        Assert.Empty(rule.Words("status_check_contexts"));
        Assert.True(rule.Flag("enable_status_check"));
    }

    [Fact]
    public async Task Names_that_nothing_waits_for_are_not_put_in_force()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "main", new JsonObject { ["status_check_contexts"] = new JsonArray("long-gone") });
        Assert.True((await ProtectAsync()).IsRequired);
        Assert.Equal(["gitops-gate"], rule.Words("status_check_contexts"));
    }

    [Fact]
    public async Task A_pattern_that_would_fit_our_status_is_not_taken_for_it()
    {
        _stage.Gitea.Protect(_stage.Shop, "main", new JsonObject
        {
            ["enable_status_check"] = true,
            ["status_check_contexts"] = new JsonArray("gitops-*"),
        });
        Assert.False((await LookAsync()).IsRequired);
    }

    [Fact]
    public async Task A_rule_that_lets_people_push_is_left_and_told_of()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "main", new JsonObject { ["enable_push"] = true });
        var protection = await ProtectAsync();
        Assert.Equal((true, false), (protection.IsRequired, protection.IsWithoutBypass));
        Assert.Contains(protection.Advice, advice => advice.StartsWith("Switch pushing off", StringComparison.Ordinal));
        Assert.True(rule.Flag("enable_push"));
    }

    [Fact]
    public async Task A_version_that_cannot_hold_administrators_is_told_of_and_written_once()
    {
        var rule = _stage.Gitea.Protect(_stage.Shop, "main", []);
        rule.Settings.Remove("block_admin_merge_override");
        Assert.False((await ProtectAsync()).IsWithoutBypass);
        var writes = _stage.Gitea.Journal.Count("PATCH");
        var protection = await ProtectAsync();
        Assert.Equal(1, writes);
        Assert.Equal(writes, _stage.Gitea.Journal.Count("PATCH"));
        Assert.Contains(protection.Advice, advice => advice.Contains("hold administrators too", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_right_to_administer_what_the_branch_shows_is_told_and_nothing_is_tried()
    {
        await ProtectAsync();
        _stage.Shop.Rights[FakeGitea.GateLogin] = GiteaRight.Write;
        _stage.Gitea.Journal.Clear();
        var seen = await ProtectAsync();
        Assert.Equal((true, false, "a branch protection of `main`"), (seen.IsRequired, seen.IsWithoutBypass, seen.By));
        Assert.All(_stage.Gitea.Journal.Entries, entry => Assert.Equal("GET", entry.Method));
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.UnprotectAsync(_stage.Connection, _stage.Repository, "main", Cancellation));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
    }

    [Fact]
    public async Task A_rule_that_is_gone_while_it_is_looked_at_is_trouble_and_no_other_takes_its_place()
    {
        _stage.Gitea.Protect(_stage.Shop, "ma*", new JsonObject { ["required_approvals"] = 1 });
        _stage.Gitea.Faults.Add(new Fault(FaultKind.Answer) { Method = "GET", Path = "/branch_protections", Status = 200, Body = "[]" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(ProtectAsync);
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Equal("ma*", Assert.Single(_stage.Shop.Rules).Name);
    }

    [Fact]
    public async Task A_branch_that_is_not_there_is_trouble_and_not_an_open_door()
    {
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(
            () => _stage.Forge.ProtectionAsync(_stage.Connection, _stage.Repository, "nowhere", Cancellation));
        Assert.Equal(TroubleKind.Missing, trouble.Kind);
    }

    private static void AssertSame(JsonObject before, GiteaRule rule, params string[] but)
    {
        foreach (var (setting, value) in before.Where(one => !but.Contains(one.Key)))
        {
            Assert.True(JsonNode.DeepEquals(value, rule.Settings[setting]), setting);
        }
    }

    private static Task ReportAsync(GiteaStage stage, Verdict verdict) => stage.Forge.ReportAsync(
        stage.Connection,
        new StatusReport(stage.Repository, stage.Head, "feature", "gitops-gate", verdict, $"{verdict}", "https://gate.example.org/r/1"),
        Cancellation);

    private Task<Protection> ProtectAsync() => _stage.Forge.ProtectAsync(_stage.Connection, _stage.Repository, "main", Cancellation);

    private Task<Protection> LookAsync() => _stage.Forge.ProtectionAsync(_stage.Connection, _stage.Repository, "main", Cancellation);
}
