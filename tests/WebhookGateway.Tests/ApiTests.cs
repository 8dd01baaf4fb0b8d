using System.Net;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Ui;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The JSON API and who may use it.</summary>
public class ApiTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Theory]
    [InlineData("GET", "/api/v1/changes")]
    [InlineData("GET", "/api/v1/deliveries")]
    [InlineData("GET", "/api/v1/obligations")]
    [InlineData("GET", "/api/v1/audit/head")]
    [InlineData("GET", "/api/v1/status")]
    [InlineData("GET", "/api/v1/connections")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("POST", "/api/v1/tokens")]
    [InlineData("POST", "/api/v1/audit/verify")]
    public async Task A_stranger_is_told_to_sign_in(string method, string path)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(new HttpMethod(method), path, Role.None);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_and_counted_once_in_the_log()
    {
        await using var gateway = await RunningGateway.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
            request.Headers.Authorization = new("Bearer", TokenText.New());
            using var answer = await gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        await gateway.StopAsync();
        var entry = Assert.Single(gateway.Rooms.EntriesOf(AuditTypes.SessionFailed));
        Assert.Equal(new AuditValue.Number(3), entry.Attributes["count"]);
    }

    [Theory]
    [InlineData("POST", "/api/v1/audit/verify", Role.Viewer, HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/v1/audit/verify", Role.Operator, HttpStatusCode.OK)]
    [InlineData("POST", "/api/v1/obligations/7/retry", Role.Viewer, HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/v1/obligations/7/retry", Role.Operator, HttpStatusCode.OK)]
    [InlineData("POST", "/api/v1/obligations/8/retry", Role.Operator, HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/status", Role.Viewer, HttpStatusCode.OK)]
    public async Task A_role_reaches_so_far(string method, string path, Role role, HttpStatusCode expected)
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.DeadObligations.Add(7);
        using var answer = await gateway.AskAsync(new HttpMethod(method), path, role);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData(Role.Operator, 'b', "hot fix of the night", HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, 'b', " ", HttpStatusCode.Conflict)]
    [InlineData(Role.Admin, 'c', "hot fix of the night", HttpStatusCode.Conflict)]
    [InlineData(Role.Admin, 'b', "hot fix of the night", HttpStatusCode.OK)]
    public async Task A_held_branch_is_adopted_by_an_admin_with_a_reason_and_at_the_tip_that_was_seen(
        Role role, char tip, string reason, HttpStatusCode expected)
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.Held.Add(Samples.Held("main"));
        var body = $$"""{"repository":"github:acme/shop","branch":"main","commit":"{{new string(tip, 40)}}","reason":"{{reason}}"}""";
        using var answer = await gateway.AskAsync(HttpMethod.Post, "/api/v1/branches/adopt", role, body);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, gateway.Rooms.Held.Count == 0);
        var entry = gateway.Rooms.EntriesOf(AuditTypes.OverrideUsed)[^1];
        Assert.Equal(expected == HttpStatusCode.OK, entry.Outcome == AuditOutcome.Success);
        Assert.Equal((PersonalText.Reason, entry.Actor!.Reference, reason), (entry.Personal[0].Name, entry.Personal[0].Subject, entry.Personal[0].Text));
    }

    [Theory]
    [InlineData("""{"repository":"acme/shop","branch":"main","commit":"b","reason":"x"}""", "github:acme/shop")]
    [InlineData("""{"repository":"github:acme/shop","branch":"main","commit":"bbbb","reason":"x"}""", "full commit id")]
    public async Task An_adoption_that_cannot_be_read_is_told_what_would_be_right(string body, string right)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Post, "/api/v1/branches/adopt", Role.Admin, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(right, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Held_branches_are_listed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.Held.Add(Samples.Held("main"));
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/branches/held", Role.Viewer);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var held = json.RootElement.GetProperty("items")[0];
        Assert.Equal("github:acme/shop main", $"{held.GetProperty("repository")} {held.GetProperty("branch")}");
        Assert.Equal(new string('b', 40), held.GetProperty("tip").GetString());
    }

    [Fact]
    public async Task A_delivery_is_replayed_with_an_entry_before_and_after()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var hook = await gateway.SendAsync(RunningGateway.Hook("{}"u8.ToArray()));
        var id = gateway.Rooms.Deliveries.Single().Id;
        using var answer = await gateway.AskAsync(HttpMethod.Post, $"/api/v1/deliveries/{id}/replay", Role.Operator);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([id], gateway.Rooms.Replayed);
        var outcomes = gateway.Rooms.EntriesOf(AuditTypes.DeliveryReplayed).Select(entry => entry.Outcome);
        Assert.Equal([AuditOutcome.Pending, AuditOutcome.Success], outcomes);
    }

    [Fact]
    public async Task A_repository_is_connected_under_the_public_address()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(
            HttpMethod.Post, "/api/v1/connections/github/repositories", Role.Admin, """{"repository":"acme/shop"}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["https://gate.example.org/hooks/github"], gateway.Forge.HookUrls);
        Assert.All(gateway.Rooms.EntriesOf(AuditTypes.ConfigChanged), entry => Assert.Equal("github:acme/shop", entry.Subject?.Reference));
    }

    [Fact]
    public async Task A_forge_that_refuses_a_hook_is_quoted_and_the_failure_recorded()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Forge.Trouble = new ForgeTroubleException("the token lacks admin:repo_hook", TroubleKind.Forbidden);
        using var answer = await gateway.AskAsync(
            HttpMethod.Post, "/api/v1/connections/github/repositories", Role.Admin, """{"repository":"acme/shop"}""");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("admin:repo_hook", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(AuditOutcome.Failure, gateway.Rooms.EntriesOf(AuditTypes.ConfigChanged)[^1].Outcome);
    }

    [Fact]
    public async Task A_new_token_signs_in_with_its_own_role()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var made = await gateway.AskAsync(HttpMethod.Post, "/api/v1/tokens", Role.Admin, """{"name":"ci","role":"operator"}""");
        using var json = JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("operator", json.RootElement.GetProperty("role").GetString());
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/audit/verify");
        request.Headers.Authorization = new("Bearer", json.RootElement.GetProperty("token").GetString());
        using var used = await gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"ci","role":2}""")]
    [InlineData("""{"name":"ci","role":"root"}""")]
    [InlineData("""{"name":"ci","name":"x","role":"viewer"}""")]
    [InlineData("""{"name":"ci","role":"viewer","more":1}""")]
    [InlineData("{")]
    public async Task A_body_that_is_not_exactly_right_is_refused(string json)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Post, "/api/v1/tokens", Role.Admin, json);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(gateway.Rooms.EntriesOf(AuditTypes.TokenCreated));
    }

    [Fact]
    public async Task An_unknown_word_in_a_filter_is_answered_with_the_known_ones()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/changes?verdict=fine", Role.Viewer);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("`held`", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_describes_itself_as_committed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/openapi/v1.json", Role.Viewer);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var parts = document.RootElement.EnumerateObject().Where(part => part.Name != "servers").ToDictionary(part => part.Name, part => part.Value);
        Golden.Matches("openapi.json", JsonSerializer.Serialize(parts, Indented) + "\n");
    }

    [Fact]
    public async Task Metrics_are_for_the_machine_itself_and_not_through_a_proxy()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var hook = await gateway.SendAsync(RunningGateway.Hook("{}"u8.ToArray()));
        var text = await gateway.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.All(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^(# (HELP|TYPE) .+|[a-z_]+(\{[a-z_]+=""[^""]*""(,[a-z_]+=""[^""]*"")*\})? [-+0-9.eE]+)$", line));
        Assert.Contains("gate_intake_duration_seconds_bucket{result=\"accepted\",le=\"+Inf\"} 1", text, StringComparison.Ordinal);
        var passedOn = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        passedOn.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var answer = await gateway.SendAsync(passedOn);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Readiness_says_when_the_database_is_gone_and_liveness_does_not()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.Fails = new IOException("gone");
        using var ready = await gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/health/ready"));
        using var live = await gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/health/live"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode));
    }
}
