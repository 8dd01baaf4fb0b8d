using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Setup;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Setting repositories up, taking that back, and looking whether all is well, over the API.</summary>
public class SetupTests
{
    private const string Repositories = "/api/v1/connections/github/repositories";
    private const string Disconnect = "/api/v1/connections/github/disconnect";
    private const string HookUrl = "https://gate.example.org/hooks/github";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_is_given_its_webhook_its_protection_and_its_first_rules()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var done = await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true,"starter":true,"branches":["release"]}""");
        Assert.Equal("created", done.GetProperty("hook").GetString());
        Assert.Equal(["main", "release"], done.GetProperty("branches").EnumerateArray().Select(branch => branch.GetProperty("branch").GetString()));
        Assert.All(done.GetProperty("branches").EnumerateArray(), branch => Assert.True(branch.GetProperty("isRequired").GetBoolean()));
        Assert.Equal("https://forge.example/acme/shop/pulls/9", done.GetProperty("proposal").GetString());
        // What registering the webhook advised about the status is done by now.
        Assert.Empty(done.GetProperty("advice").EnumerateArray());
        Assert.Equal([HookUrl], gateway.Forge.HookUrls);
        Assert.Equal(["main", "release"], gateway.Forge.Protected);
        Assert.Equal("main", Assert.Single(gateway.Forge.Proposals).Onto);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_done_and_does_nothing()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var done = await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true,"starter":true,"dryRun":true}""");
        Assert.Equal("would_create", done.GetProperty("hook").GetString());
        var branch = Assert.Single(done.GetProperty("branches").EnumerateArray());
        Assert.True(branch.GetProperty("isChanged").GetBoolean());
        Assert.StartsWith("would propose", done.GetProperty("proposal").GetString(), StringComparison.Ordinal);
        var undone = await PostAsync(gateway, Disconnect, """{"repository":"acme/shop","dryRun":true}""");
        Assert.Equal("nothing", undone.GetProperty("hook").GetString());
        Assert.Empty(gateway.Forge.HookUrls);
        Assert.Empty(gateway.Forge.Protected);
        Assert.Empty(gateway.Forge.Proposals);
    }

    [Fact]
    public async Task No_rules_are_proposed_where_there_are_some()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Mirror.RuleFile = "version: 1\n"u8.ToArray();
        var done = await PostAsync(gateway, Repositories, """{"repository":"acme/shop","starter":true}""");
        Assert.Equal("", done.GetProperty("proposal").GetString());
        Assert.Empty(gateway.Forge.Proposals);
    }

    [Fact]
    public async Task What_could_not_be_done_is_told_beside_what_was()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Forge.ProtectionTrouble = new ForgeTroubleException("the forge is asleep", TroubleKind.Unavailable);
        var done = await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true}""");
        Assert.Equal("created", done.GetProperty("hook").GetString());
        Assert.Contains("the forge is asleep", Assert.Single(done.GetProperty("troubles").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal("Require the status.", Assert.Single(done.GetProperty("advice").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Disconnecting_takes_back_what_connecting_did_and_is_recorded()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (memory, shop) = (gateway.Get<IReconcileStore>(), new RepositoryKey(new ConnectionName("github"), "acme/shop"));
        await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true}""");
        Assert.True((await memory.LastAsync(shop, Cancellation)).HasHook);
        gateway.Forge.HookUrls.Add("https://elsewhere.example.org/hooks/github");
        var undone = await PostAsync(gateway, Disconnect, """{"repository":"acme/shop"}""");
        Assert.Equal("removed", undone.GetProperty("hook").GetString());
        Assert.False(Assert.Single(undone.GetProperty("branches").EnumerateArray()).GetProperty("isRequired").GetBoolean());
        Assert.Equal(["https://elsewhere.example.org/hooks/github"], gateway.Forge.HookUrls);
        Assert.Empty(gateway.Forge.Protected);
        Assert.False((await memory.LastAsync(shop, Cancellation)).HasHook);
        Assert.Equal(
            ["connect", "connect", "disconnect", "disconnect"],
            gateway.Rooms.EntriesOf(AuditTypes.ConfigChanged).Select(entry => entry.Attributes["what"]).OfType<AuditValue.Text>().Select(text => text.Value));
        Assert.Equal("nothing", (await PostAsync(gateway, Disconnect, """{"repository":"acme/shop"}""")).GetProperty("hook").GetString());
    }

    [Fact]
    public async Task The_webhook_stays_as_long_as_a_branch_may_still_wait_for_the_gate()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true}""");
        gateway.Forge.ProtectionTrouble = new ForgeTroubleException("the forge is asleep", TroubleKind.Unavailable);
        var kept = await PostAsync(gateway, Disconnect, """{"repository":"acme/shop"}""");
        Assert.Equal("unknown", kept.GetProperty("hook").GetString());
        Assert.Contains(kept.GetProperty("troubles").EnumerateArray(), line => line.GetString()!.Contains("the webhook stays", StringComparison.Ordinal));
        Assert.Equal([HookUrl], gateway.Forge.HookUrls);
        gateway.Forge.ProtectionTrouble = null;
        Assert.Equal("removed", (await PostAsync(gateway, Disconnect, """{"repository":"acme/shop"}""")).GetProperty("hook").GetString());
    }

    [Fact]
    public async Task The_repositories_of_an_owner_are_listed_for_those_who_operate_the_gate()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var listed = await gateway.AskAsync(HttpMethod.Get, $"{Repositories}?owner=acme", Role.Operator);
        Assert.Equal(
            ["acme/docs", "acme/shop"],
            (await BodyAsync(listed)).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("repository").GetString()));
        using var unknown = await gateway.AskAsync(HttpMethod.Get, $"{Repositories}?owner=nobody", Role.Operator);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var viewer = await gateway.AskAsync(HttpMethod.Get, $"{Repositories}?owner=acme", Role.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, viewer.StatusCode);
        using var nameless = await gateway.AskAsync(HttpMethod.Get, Repositories, Role.Operator);
        Assert.Equal(HttpStatusCode.BadRequest, nameless.StatusCode);
    }

    [Fact]
    public async Task The_doctor_finds_what_is_wrong_and_says_what_to_do()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Forge.MissingRights = ["`statuses: write` lacks: verdicts cannot be shown"];
        var sick = await ExamineAsync(gateway);
        Assert.Equal("passed", sick["address"].GetProperty("state").GetString());
        Assert.Equal("passed", sick["reach"].GetProperty("state").GetString());
        foreach (var name in (string[])["rights", "webhook", "branch main", "rules main"])
        {
            Assert.Equal("failed", sick[name].GetProperty("state").GetString());
            Assert.NotEmpty(sick[name].GetProperty("toDo").EnumerateArray());
        }

        gateway.Forge.MissingRights = [];
        gateway.Mirror.RuleFile = Encoding.UTF8.GetBytes(StarterFile.ProposalFor(RunningGateway.Configuration("/nowhere"), "main").Content);
        await PostAsync(gateway, Repositories, """{"repository":"acme/shop","protect":true}""");
        gateway.Forge.Missed = [new MissedDelivery("41", "7", "d-7", "push", DateTimeOffset.UnixEpoch, "timed out")];
        var better = await ExamineAsync(gateway);
        Assert.Equal(
            [("address", "passed"), ("branch main", "warning"), ("deliveries", "warning"), ("reach", "passed"), ("rights", "passed"), ("rules main", "passed"), ("webhook", "passed")],
            better.OrderBy(look => look.Key, StringComparer.Ordinal).Select(look => (look.Key, look.Value.GetProperty("state").GetString()!)));
        Assert.Contains("timed out", better["deliveries"].GetProperty("finding").GetString(), StringComparison.Ordinal);
        gateway.Mirror.RuleFile = "approvals: 7\n"u8.ToArray();
        Assert.Equal("failed", (await ExamineAsync(gateway))["rules main"].GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_forge_that_cannot_be_reached_is_a_finding_of_the_doctor()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Forge.Trouble = new ForgeTroubleException("the token is wrong", TroubleKind.Forbidden);
        var found = await ExamineAsync(gateway);
        Assert.Equal("failed", found["reach"].GetProperty("state").GetString());
        Assert.Equal(2, found.Count);
        gateway.Forge.Trouble = null;
        gateway.Forge.ProtectionTrouble = new ForgeTroubleException("asleep", TroubleKind.Unavailable);
        Assert.Equal("unknown", (await ExamineAsync(gateway))["branch main"].GetProperty("state").GetString());
        using var nothing = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/doctor", Role.Operator);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
    }

    [Fact]
    public void The_first_rule_file_is_in_order_with_and_without_a_bundle()
    {
        var plain = RunningGateway.Configuration("/nowhere");
        foreach (var configuration in new[] { plain, plain with { Bundles = [new BundleSource("shipped", "/nowhere", null)] } })
        {
            var text = Encoding.UTF8.GetBytes(StarterFile.ProposalFor(configuration, "main").Content);
            var read = RuleFileReader.Read(text, [.. configuration.Bundles.Select(bundle => bundle.Name)]);
            Assert.Empty(read.Problems);
            Assert.Single(read.Value!.Approvals);
            Assert.Equal(configuration.Bundles.Length, read.Value.Policies.Length);
        }
    }

    private static async Task<JsonElement> PostAsync(RunningGateway gateway, string path, string json)
    {
        using var answer = await gateway.AskAsync(HttpMethod.Post, path, Role.Admin, json);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await BodyAsync(answer);
    }

    private static async Task<Dictionary<string, JsonElement>> ExamineAsync(RunningGateway gateway)
    {
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/doctor?repository=acme%2Fshop", Role.Operator);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await BodyAsync(answer)).GetProperty("items").EnumerateArray().ToDictionary(look => look.GetProperty("name").GetString()!);
    }

    private static Task<JsonElement> BodyAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
}
