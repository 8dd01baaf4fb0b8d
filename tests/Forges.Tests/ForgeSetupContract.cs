using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>
/// What every forge must hold when the gate looks round on it and sets it up: the survey, the webhook, the protection of a branch. Derive it
/// beside <see cref="ForgeContract"/>, on the same stage.
/// </summary>
public abstract class ForgeSetupContract
{
    private const string HookUrl = "https://gate.example.org/hooks/c";
    private const string OtherUrl = "https://elsewhere.example.org/hooks/c";
    private static readonly FileProposal Starter = new(
        "main", "gitopsgate/starter", ".gitopsgate.yaml", "version: 1\n", "Add the gate's rules", "They are a start.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sets a stage of its own for one test.</summary>
    protected abstract Task<ForgeStage> SetAsync();

    [Fact]
    public async Task An_owners_repositories_are_listed_without_archived_ones()
    {
        await using var stage = await SetAsync();
        Assert.Equal([stage.Repository], await stage.Forge.RepositoriesAsync(stage.Connection, stage.Owner, Cancellation));
    }

    [Fact]
    public async Task An_owner_that_is_not_there_is_told_from_one_without_repositories()
    {
        await using var stage = await SetAsync();
        var trouble = await TroubleAsync(() => stage.Forge.RepositoriesAsync(stage.Connection, "nobody-knows", Cancellation));
        Assert.Equal(TroubleKind.Missing, trouble.Kind);
    }

    [Fact]
    public async Task The_open_change_requests_are_listed_with_their_heads()
    {
        await using var stage = await SetAsync();
        var open = Assert.Single(await stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation));
        Assert.Equal((stage.Change, "main"), (open.Key, open.TargetBranch));
        Assert.True(open.IsAt(stage.Head), open.Head);
        Assert.NotEqual(default, open.UpdatedAt);
        await stage.CloseChangeAsync();
        Assert.Empty(await stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation));
    }

    [Fact]
    public async Task Half_a_list_of_open_change_requests_is_never_taken_for_a_whole_one()
    {
        await using var stage = await SetAsync();
        foreach (var kind in (FaultKind[])[FaultKind.Answer, FaultKind.DropRequest, FaultKind.DropAnswer])
        {
            stage.Server.Faults.Add(new Fault(kind) { Method = "GET", Status = 502 });
            var trouble = await TroubleAsync(() => stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation));
            Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        }
    }

    [Fact]
    public async Task The_tip_of_a_branch_is_found_and_a_branch_that_is_not_there_has_none()
    {
        await using var stage = await SetAsync();
        Assert.Equal(stage.MainTip, await stage.Forge.TipAsync(stage.Connection, stage.Repository, "main", Cancellation));
        Assert.True((await stage.Forge.TipAsync(stage.Connection, stage.Repository, "no/such-branch", Cancellation)).IsNone);
    }

    [Fact]
    public async Task A_hook_is_well_once_it_is_registered()
    {
        await using var stage = await SetAsync();
        stage.AddHook(OtherUrl);
        var before = await HealthAsync(stage);
        Assert.Null(before.Id);
        Assert.False(before.IsWell);
        var registered = await RegisterAsync(stage);
        var after = await HealthAsync(stage);
        Assert.Equal(registered.Id, after.Id);
        Assert.True(after.IsWell, string.Join("; ", after.Problems));
    }

    [Fact]
    public async Task A_hook_that_lost_an_event_is_found_and_mended_in_place()
    {
        await using var stage = await SetAsync();
        var registered = await RegisterAsync(stage);
        stage.WeakenHook(HookUrl);
        var weak = await HealthAsync(stage);
        Assert.False(weak.IsWell);
        Assert.NotEmpty(weak.Problems);
        var again = await RegisterAsync(stage);
        Assert.Equal((registered.Id, false), (again.Id, again.Created));
        Assert.True((await HealthAsync(stage)).IsWell);
    }

    [Fact]
    public async Task A_hook_that_was_switched_off_is_found_and_switched_on_again()
    {
        await using var stage = await SetAsync();
        await RegisterAsync(stage);
        stage.DisableHook(HookUrl);
        Assert.False((await HealthAsync(stage)).IsWell);
        await RegisterAsync(stage);
        var mended = await HealthAsync(stage);
        Assert.True(mended.IsWell, string.Join("; ", mended.Problems));
        Assert.Single(stage.HookSecrets(HookUrl));
    }

    [Fact]
    public async Task Only_our_own_hooks_are_taken_away()
    {
        await using var stage = await SetAsync();
        stage.AddHook(OtherUrl);
        await RegisterAsync(stage);
        Assert.Equal(1, await stage.Forge.RemoveHooksAsync(stage.Connection, stage.Repository, HookUrl, Cancellation));
        Assert.Empty(stage.HookSecrets(HookUrl));
        Assert.Single(stage.HookSecrets(OtherUrl));
        Assert.Equal(0, await stage.Forge.RemoveHooksAsync(stage.Connection, stage.Repository, HookUrl, Cancellation));
    }

    [Theory]
    [InlineData(FaultKind.Answer, TroubleKind.Unavailable)]
    [InlineData(FaultKind.DropRequest, TroubleKind.Unclear)]
    [InlineData(FaultKind.DropAnswer, TroubleKind.Unclear)]
    public async Task Taking_a_hook_away_can_be_done_again_when_it_failed_or_failed_but_happened(FaultKind fault, TroubleKind kind)
    {
        await using var stage = await SetAsync();
        await RegisterAsync(stage);
        stage.Server.Faults.Add(new Fault(fault) { Method = stage.HookRemoval.Method, Path = stage.HookRemoval.Path, Status = 503 });
        var trouble = await TroubleAsync(() => stage.Forge.RemoveHooksAsync(stage.Connection, stage.Repository, HookUrl, Cancellation));
        Assert.Equal(kind, trouble.Kind);
        await stage.Forge.RemoveHooksAsync(stage.Connection, stage.Repository, HookUrl, Cancellation);
        Assert.Empty(stage.HookSecrets(HookUrl));
    }

    [Fact]
    public async Task A_delivery_that_did_not_arrive_is_found_and_sent_again()
    {
        await using var stage = await SetAsync();
        await RegisterAsync(stage);
        var since = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        // Where registering sent a test, that is all that can have been missed.
        var tests = await stage.Forge.MissedAsync(stage.Connection, stage.Repository, HookUrl, since, Cancellation);
        Assert.InRange(tests.Length, 0, stage.KeepsDeliveries ? 1 : 0);
        if (!stage.KeepsDeliveries) return;
        var lost = await stage.MissDeliveryAsync(HookUrl);
        var missed = Assert.Single(
            await stage.Forge.MissedAsync(stage.Connection, stage.Repository, HookUrl, since, Cancellation), one => one.ForgeId == lost);
        Assert.NotEqual("", missed.Why);
        var before = stage.Tries(lost);
        await stage.Forge.RedeliverAsync(stage.Connection, stage.Repository, missed, Cancellation);
        Assert.Equal(before + 1, stage.Tries(lost));
        Assert.Empty(await stage.Forge.MissedAsync(stage.Connection, stage.Repository, HookUrl, TimeProvider.System.GetUtcNow().AddMinutes(1), Cancellation));
    }

    [Fact]
    public async Task A_branch_is_protected_once_and_not_before()
    {
        await using var stage = await SetAsync();
        Assert.False((await ProtectionAsync(stage)).IsRequired);
        Assert.False(stage.IsStatusRequired());
        var first = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        var writes = stage.Server.Journal.Entries.Count(entry => entry.Method != "GET");
        var second = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Equal(stage.CanRequireStatus, stage.IsStatusRequired());
        Assert.Equal(stage.CanRequireStatus, first.IsRequired);
        Assert.Equal((first.IsRequired, first.IsBoundToUs, first.By), (second.IsRequired, second.IsBoundToUs, second.By));
        Assert.Equal(writes, stage.Server.Journal.Entries.Count(entry => entry.Method != "GET"));
        var seen = await ProtectionAsync(stage);
        Assert.Equal((first.IsRequired, first.By), (seen.IsRequired, seen.By));
        Assert.NotEqual("", first.IsRequired ? first.By : first.Advice[0]);
    }

    [Fact]
    public async Task A_protection_is_undone_and_undoing_it_twice_is_harmless()
    {
        await using var stage = await SetAsync();
        await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        await stage.Forge.UnprotectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.False(stage.IsStatusRequired());
        await stage.Forge.UnprotectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.False((await ProtectionAsync(stage)).IsRequired);
    }

    [Fact]
    public async Task A_right_that_is_lacking_is_advice()
    {
        await using var stage = await SetAsync();
        stage.Server.Faults.Add(new Fault(FaultKind.Answer)
        {
            Method = stage.ProtectWrite.Method,
            Path = stage.ProtectWrite.Path,
            Status = 403,
            Times = 10,
        });
        var protection = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.False(protection.IsRequired);
        Assert.NotEmpty(protection.Advice);
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task Protecting_can_be_done_again_when_it_failed_or_failed_but_happened(FaultKind fault)
    {
        await using var stage = await SetAsync();
        stage.Server.Faults.Add(new Fault(fault) { Method = stage.ProtectWrite.Method, Path = stage.ProtectWrite.Path, Status = 503 });
        await TroubleAsync(() => stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation));
        var protection = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Equal(stage.CanRequireStatus, protection.IsRequired);
        Assert.Equal(stage.CanRequireStatus, stage.IsStatusRequired());
    }

    [Fact]
    public async Task A_file_is_proposed_by_one_change_request_however_often_it_is_asked_for()
    {
        await using var stage = await SetAsync();
        var first = await stage.Forge.ProposeFileAsync(stage.Connection, stage.Repository, Starter, Cancellation);
        Assert.StartsWith("http", first, StringComparison.Ordinal);
        Assert.Equal(first, await stage.Forge.ProposeFileAsync(stage.Connection, stage.Repository, Starter, Cancellation));
        Assert.Equal(Starter.Content, await stage.FileAtAsync(Starter.Branch, Starter.Path));
        Assert.Null(await stage.FileAtAsync("main", Starter.Path));
        Assert.Equal(2, (await stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation)).Length);
    }

    [Fact]
    public async Task Proposing_a_file_that_stopped_half_way_is_finished_the_next_time()
    {
        await using var stage = await SetAsync();
        // Signed in by now, where that is a call of its own: what is broken below are the steps of proposing.
        await stage.Forge.StandingAsync(stage.Connection, stage.Repository, Cancellation);
        for (var broken = 0; ; broken++)
        {
            // Every write is broken once, one further on each time, until none is left to break.
            stage.Server.Faults.Clear();
            var struck = false;
            foreach (var method in (string[])["POST", "PUT", "PATCH"])
            {
                stage.Server.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = method });
            }

            try
            {
                await stage.Forge.ProposeFileAsync(stage.Connection, stage.Repository, Starter, Cancellation);
            }
            catch (ForgeTroubleException)
            {
                struck = true;
            }

            if (!struck) break;
            Assert.InRange(broken, 0, 10);
        }

        stage.Server.Faults.Clear();
        await stage.Forge.ProposeFileAsync(stage.Connection, stage.Repository, Starter, Cancellation);
        Assert.Equal(Starter.Content, await stage.FileAtAsync(Starter.Branch, Starter.Path));
        Assert.Equal(2, (await stage.Forge.OpenChangesAsync(stage.Connection, stage.Repository, Cancellation)).Length);
    }

    [Fact]
    public async Task Who_we_are_is_known_and_a_wrong_token_is_told()
    {
        await using var stage = await SetAsync();
        var standing = await stage.Forge.StandingAsync(stage.Connection, stage.Repository, Cancellation);
        Assert.NotEqual("", standing.Account);
        Assert.Equal("main", standing.DefaultBranch);
        Assert.Empty(standing.MissingRights);
        var trouble = await TroubleAsync(() => stage.Forge.StandingAsync(stage.Stranger, stage.Repository, Cancellation));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
    }

    private static Task<HookHealth> HealthAsync(ForgeStage stage) =>
        stage.Forge.HookHealthAsync(stage.Connection, stage.Repository, HookUrl, Cancellation);

    private static Task<HookRegistration> RegisterAsync(ForgeStage stage) =>
        stage.Forge.RegisterHookAsync(stage.Connection, stage.Repository, HookUrl, Cancellation);

    private static Task<Protection> ProtectionAsync(ForgeStage stage) =>
        stage.Forge.ProtectionAsync(stage.Connection, stage.Repository, "main", Cancellation);

    private static Task<ForgeTroubleException> TroubleAsync(Func<Task> call) => Assert.ThrowsAsync<ForgeTroubleException>(call);
}
