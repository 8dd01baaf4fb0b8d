using System.Net;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>What the gate says of its rounds, and that nobody makes deliveries in its name.</summary>
public class ReconcileApiTests
{
    [Theory]
    [InlineData("d-1", "reconciled.push")]
    [InlineData("d-1", "Reconciled.change")]
    [InlineData("reconciled.0123", "push")]
    public async Task A_signed_call_that_looks_like_one_of_the_gates_own_is_malformed(string id, string what)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(RunningGateway.Hook("{}"u8.ToArray(), id: id, what: what));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(gateway.Rooms.Deliveries);
    }

    [Fact]
    public async Task The_last_round_of_each_repository_of_a_connection_is_shown()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var store = (MemoryReconciliation)gateway.Get<IReconcileStore>();
        store.Rounds.Add(new Reconciled
        {
            Repository = new RepositoryKey(new ConnectionName("github"), "acme/shop"),
            HasHook = true,
            ComparedAt = at,
            TriedAt = at.AddMinutes(10),
            Backfilled = 2,
            Trouble = "the forge answered 502",
        });
        store.Rounds.Add(Reconciled.Never(new RepositoryKey(new ConnectionName("gitlab"), "acme/other")));
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/github/reconciliation", Role.Viewer);
        using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var round = Assert.Single(page.RootElement.GetProperty("items").EnumerateArray());
        Assert.Equal(
            ("acme/shop", at, 2, "the forge answered 502"),
            (round.GetProperty("repository").GetString()!, round.GetProperty("comparedAt").GetDateTimeOffset(),
                round.GetProperty("backfilled").GetInt32(), round.GetProperty("trouble").GetString()!));
    }

    [Fact]
    public async Task A_connection_that_is_not_there_has_no_rounds()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/connections/nowhere/reconciliation", Role.Viewer);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
