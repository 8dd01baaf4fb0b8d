using System.Collections.Immutable;
using System.Net;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Ui.Connections;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>The page of the connections, and the same over the API: how each signs in, never with what.</summary>
public sealed class ConnectionPageTests
{
    private const string Value = "hunter2-not-for-eyes";

    private static readonly BudgetView Budget = new(12_345, 300, 21,
    [
        new AccountBudget("installation 7", null, [new BudgetWindow("core", 5000, 4711, Samples.Now.AddMinutes(20), false)]),
        new AccountBudget("installation 8", Samples.Now.AddSeconds(90), [new BudgetWindow("", 1000, 12, Samples.Now.AddMinutes(3), true)]),
        new AccountBudget("sign-in", null, []),
    ]);

    [Theory]
    [InlineData("empty")]
    [InlineData("many")]
    [InlineData("hostile")]
    public async Task The_list_of_connections(string kind)
    {
        var secret = new Secret(Value);
        var plain = new Connection
        {
            Name = new ConnectionName("lab"),
            Forge = "gitlab",
            ApiUrl = "https://gitlab.com/api/v4",
            GitUrl = "https://gitlab.com",
            Token = secret,
            WebhookSecrets = [secret],
        };
        var missing = new Secret(() => "", "`bb` is not stored");
        var window = new BudgetWindow(Samples.Hostile, 1, 0, Samples.Now, false);
        ImmutableArray<ConnectionRow> rows = kind switch
        {
            "many" =>
            [
                Row(plain with { Name = new ConnectionName("hub"), Forge = "github", App = new AppIdentity("Iv23li", secret) }, Budget),
                Row(plain, new BudgetView(0, 0, 0, [])),
                Row(
                    plain with { Name = new ConnectionName("bb"), OAuth = new OAuthIdentity("consumer", missing, "https://x") },
                    new BudgetView(1, 0, 0, [])),
            ],
            "hostile" => [Row(plain with { User = Samples.Hostile }, new BudgetView(1, 0, 0, [new AccountBudget(Samples.Hostile, null, [window])]))],
            _ => [],
        };
        var html = await PagePaper.RenderAsync<ConnectionsPage>(("Rows", rows));
        Assert.DoesNotContain(Value, html, StringComparison.Ordinal);
        Golden.Matches($"connections-{kind}.html", html);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("operator")]
    public async Task The_form_for_those_who_may(string role)
    {
        var secret = new Secret(Value);
        var one = new Connection
        {
            Name = new ConnectionName("lab"),
            Forge = "gitlab",
            ApiUrl = "https://gitlab.com/api/v4",
            GitUrl = "https://gitlab.com",
            Token = secret,
            WebhookSecrets = [secret],
        };
        ImmutableArray<ConnectionRow> rows = [Row(one, new BudgetView(0, 0, 0, []))];
        var html = await PagePaper.RenderAsync<ConnectionsPage>(("Rows", rows), ("MayConnect", role == "admin"), ("MayExamine", true));
        Golden.Matches($"connections-{role}.html", html);
    }

    [Fact]
    public async Task The_budget_is_told_over_the_api_and_on_the_page_without_the_secret()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Budgets.View = Budget;
        var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/budget", Role.Viewer);
        var json = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"signsInBy\":\"token\",\"calls\":12345,\"unchanged\":300,\"shared\":21", json, StringComparison.Ordinal);
        Assert.Contains("\"resource\":\"core\",\"limit\":5000,\"left\":4711", json, StringComparison.Ordinal);
        var page = await gateway.AskAsync(HttpMethod.Get, "/connections", Role.Viewer);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("4,711 of 5,000", html, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningGateway.Secret, WebUtility.HtmlDecode(html) + json, StringComparison.Ordinal);
        var absent = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/nowhere/budget", Role.Viewer);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        var stranger = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/budget", Role.None);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Fact]
    public async Task What_the_forge_took_from_us_is_told_on_the_page_and_by_the_doctor()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var connection = new ConnectionName("github");
        gateway.Access.Lost.Add(new LostAccess(
            new RepositoryKey(connection, "acme"), "the app's installation on `acme` was suspended", Samples.Now, null));
        gateway.Access.Lost.Add(new LostAccess(new RepositoryKey(connection, "old/shop"), "`old/shop` is `new/shop` now", Samples.Now, "new/shop"));
        using var page = await gateway.AskAsync(HttpMethod.Get, "/connections", Role.Viewer);
        Assert.Contains("was suspended", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var doctor = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/doctor?repository=acme%2Fshop", Role.Operator);
        Assert.Contains("was suspended", await doctor.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var moved = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/doctor?repository=old%2Fshop", Role.Operator);
        Assert.Contains("Write `new/shop`", await moved.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var connected = await gateway.AskAsync(
            HttpMethod.Post, "/api/v1/connections/github/repositories", Role.Admin, """{"repository":"old/shop"}""");
        Assert.Equal(HttpStatusCode.OK, connected.StatusCode);
        Assert.Single(gateway.Access.Lost);
    }

    private static ConnectionRow Row(Connection connection, BudgetView budget) =>
        ConnectionRow.Of(connection, "https://gate.example.org", budget, Samples.Now);
}
