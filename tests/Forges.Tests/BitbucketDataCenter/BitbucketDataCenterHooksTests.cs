using System.Net;
using System.Net.Sockets;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>What is peculiar to Bitbucket Data Center's webhooks, merge checks and rights.</summary>
public sealed class BitbucketDataCenterHooksTests
{
    private const string Path = BitbucketDataCenterStage.Path;
    private const string HookUrl = "https://gate.example.org/hooks/c";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_that_calls_needs_work_otherwise_gets_its_own_word()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.AsksForChanges = "pr:reviewer:changes_requested";
        await RegisterAsync(stage, HookUrl);
        Assert.True((await HealthAsync(stage, HookUrl)).IsWell);
        await RegisterAsync(stage, HookUrl);
        Assert.Single(stage.HookSecrets(HookUrl));
    }

    [Fact]
    public async Task Further_webhooks_with_our_address_are_found_and_taken_away()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var id = (await RegisterAsync(stage, HookUrl)).Id;
        stage.Bitbucket.AddHook(Path, HookUrl + "/");
        Assert.Contains("2 webhooks have this address", string.Join("; ", (await HealthAsync(stage, HookUrl)).Problems), StringComparison.Ordinal);
        Assert.Equal(id, (await RegisterAsync(stage, HookUrl)).Id);
        Assert.True((await HealthAsync(stage, HookUrl)).IsWell);
        Assert.Equal([HookUrl], stage.Bitbucket.HookUrls(Path));
    }

    [Fact]
    public async Task A_certificate_that_is_not_checked_is_told_and_mended()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await RegisterAsync(stage, HookUrl);
        stage.Bitbucket.ChangeHook(Path, HookUrl, checksCertificate: false);
        Assert.Equal(["the gate's certificate is not checked"], (await HealthAsync(stage, HookUrl)).Problems);
        await RegisterAsync(stage, HookUrl);
        Assert.True((await HealthAsync(stage, HookUrl)).IsWell);
    }

    [Fact]
    public async Task A_hook_whose_deliveries_fail_is_left_out_and_that_can_be_seen()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var nobody = NobodyListens();
        await RegisterAsync(stage, nobody);
        for (var one = 0; one < 7; one++) await stage.Bitbucket.CommentAsync(Path, 1, "bob", $"{one}");
        // The test, and five events; the other two were not even tried.
        Assert.Equal(["diagnostics:ping", .. Enumerable.Repeat("pr:comment:added", 5)], stage.Bitbucket.Post.Sent.Select(one => one.Call.Event));
        var health = await HealthAsync(stage, nobody);
        Assert.False(health.IsWell);
        Assert.Contains("`pr:comment:added`", Assert.Single(health.Problems), StringComparison.Ordinal);
        Assert.Contains("5 have failed of late", health.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_sent_is_signed_and_read_as_what_happened()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await RegisterAsync(stage, NobodyListens());
        await stage.Bitbucket.ApproveAsync(Path, 1, "bob");
        await stage.Bitbucket.PushAsync(Path, "alice", "feature", "Change it", ("new.txt", "newer\n"));
        await stage.Bitbucket.RequestChangesAsync(Path, 1, "bob");
        var readings = stage.Bitbucket.Post.Sent.Select(receipt => Read(stage, receipt.Call)).ToList();
        Assert.Equal(
            [
                "ignored: the hook was tried out; the test names no repository",
                $"Review | {Change}",
                $"Push | push {Path} feature",
                $"Commit | {Change}",
                $"Review | {Change}",
            ],
            readings.Select(reading => reading.StartsWith("Push", StringComparison.Ordinal) ? $"Push | push {Path} feature" : reading));
    }

    [Fact]
    public async Task The_gates_own_comment_is_not_answered_to()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await RegisterAsync(stage, NobodyListens());
        var id = await stage.Forge.ExplainAsync(stage.Connection, stage.Change, "held", null, Cancellation);
        await stage.Forge.ExplainAsync(stage.Connection, stage.Change, "allowed", id, Cancellation);
        var readings = stage.Bitbucket.Post.Sent.Skip(1).Select(receipt => Read(stage, receipt.Call));
        Assert.Equal(Enumerable.Repeat("ignored: it is the gate's own comment", 2), readings);
    }

    [Fact]
    public async Task A_build_that_is_required_for_every_branch_is_enough_and_stays()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.RequireBuild(Path, "gitops-gate");
        Assert.True((await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation)).IsRequired);
        Assert.Equal(0, stage.Server.Journal.Count("POST", "/condition"));
        await stage.Forge.UnprotectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Single(stage.Bitbucket.Conditions(Path));
    }

    [Fact]
    public async Task What_others_require_is_neither_weakened_nor_taken_for_ours()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.RequireBuild(Path, "ci");
        var protection = await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Equal((true, false), (protection.IsRequired, protection.IsBoundToUs));
        Assert.Equal(2, stage.Bitbucket.VetoesOf(Path, 1).Count);
        await stage.Forge.UnprotectAsync(stage.Connection, stage.Repository, "main", Cancellation);
        Assert.Contains("`ci`", Assert.Single(stage.Bitbucket.VetoesOf(Path, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pushing_past_the_merge_checks_is_told_until_nobody_may()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        Assert.False((await stage.Forge.ProtectAsync(stage.Connection, stage.Repository, "main", Cancellation)).IsWithoutBypass);
        stage.Bitbucket.RequirePullRequests(Path, "main", "alice");
        Assert.False((await LookAsync(stage)).IsWithoutBypass);
        stage.Bitbucket.RequirePullRequests(Path, "main");
        var protection = await LookAsync(stage);
        Assert.True(protection.IsWithoutBypass);
        Assert.Contains("Code Insights report `gitops-gate`", Assert.Single(protection.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_that_are_lacking_are_named()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        stage.Bitbucket.GateIsAdmin = false;
        var standing = await StandingAsync(stage);
        Assert.Equal(("gitops-gate", "Bitbucket 9.4.1"), (standing.Account, standing.Product));
        Assert.StartsWith("administering", Assert.Single(standing.MissingRights), StringComparison.Ordinal);
        stage.Bitbucket.GateMayWrite = false;
        Assert.Equal(2, (await StandingAsync(stage)).MissingRights.Length);
    }

    [Fact]
    public async Task A_file_that_is_there_already_is_changed_and_a_form_holds_whatever_it_holds()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        var content = "# Shop\r\n--gate-\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nzwölf 🚦\n";
        var proposal = new FileProposal("main", "gitopsgate/readme", "README.md", content, "Say more", "");
        var page = await stage.Forge.ProposeFileAsync(stage.Connection, stage.Repository, proposal, Cancellation);
        Assert.EndsWith("/projects/ACME/repos/shop/pull-requests/2", page, StringComparison.Ordinal);
        Assert.Equal(content, await stage.FileAtAsync(proposal.Branch, "README.md"));
        Assert.Equal("# Shop\n", await stage.FileAtAsync("main", "README.md"));
    }

    [Fact]
    public async Task A_merge_with_an_old_version_is_a_conflict_at_the_fake_as_it_is_there()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await using var room = Rooms.Fresh();
        using var client = room.GetRequiredService<IHttpClientFactory>().CreateClient(ForgeHttp.ClientName);
        client.BaseAddress = new Uri(stage.Bitbucket.Url);
        client.DefaultRequestHeaders.Authorization = new("Bearer", stage.Bitbucket.Token);
        const string Merge = "/rest/api/latest/projects/ACME/repos/shop/pull-requests/1/merge?version=";
        await stage.Bitbucket.PushAsync(Path, "alice", "feature", "Change it", ("new.txt", "newer\n"));
        stage.Bitbucket.RequireBuild(Path, "ci");
        async Task<HttpStatusCode> PostAsync(int version)
        {
            using var answer = await client.PostAsync(Merge + version, null, Cancellation);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(0));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(1));
        var head = (await stage.DescribeAsync(Cancellation)).Change.Head.Value;
        stage.Bitbucket.PostBuild(Path, head, "feature", "ci", "SUCCESSFUL");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(1));
    }

    private const string Change = $"change {Path}#1";

    private static string Read(BitbucketDataCenterStage stage, HookCall call)
    {
        var headers = call.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
        Assert.Equal(SignatureCheck.Match, stage.Forge.Verify(stage.Connection, headers, call.Body, DateTimeOffset.UnixEpoch));
        var label = stage.Forge.Label(headers)!;
        return ReadingText.Of(stage.Forge.Read(ReadingText.Delivery(stage.Forge.Name, label.Event, call.Body)));
    }

    /// <summary>An address on this machine that nobody answers at.</summary>
    private static string NobodyListens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/hooks/c";
    }

    private static Task<HookRegistration> RegisterAsync(BitbucketDataCenterStage stage, string url) =>
        stage.Forge.RegisterHookAsync(stage.Connection, stage.Repository, url, Cancellation);

    private static Task<HookHealth> HealthAsync(BitbucketDataCenterStage stage, string url) =>
        stage.Forge.HookHealthAsync(stage.Connection, stage.Repository, url, Cancellation);

    private static Task<Protection> LookAsync(BitbucketDataCenterStage stage) =>
        stage.Forge.ProtectionAsync(stage.Connection, stage.Repository, "main", Cancellation);

    private static Task<ForgeStanding> StandingAsync(BitbucketDataCenterStage stage) =>
        stage.Forge.StandingAsync(stage.Connection, stage.Repository, Cancellation);
}
