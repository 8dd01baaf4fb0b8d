using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Webhooks are kept for their time, and then everybody is told plainly that they are gone; on a real database.</summary>
public class RetentionTests
{
    private static readonly DateTimeOffset Received = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_webhook_is_read_and_replayed_until_its_day_ends_and_then_it_says_so()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var (delivery, operators) = (await TakeInAsync(gate), await gate.AddTokenAsync(Role.Operator));
        var inClear = await SizeAsync(gate, delivery);
        await UntilAsync(gate, Received.AddDays(1), () => IsSealedAsync(folder.Path));
        Assert.Equal(inClear, await SizeAsync(gate, delivery));
        Assert.Equal(HttpStatusCode.OK, (await ReplayAsync(gate, delivery, operators)).Code);
        await WalkAsync(gate, delivery);

        await UntilAsync(gate, Received.AddDays(91), async () => (await ShowAsync(gate, delivery)).GetProperty("gone").ValueKind == JsonValueKind.String);
        var shown = await ShowAsync(gate, delivery);
        Assert.Equal(
            "its body ended on 2026-06-03 by retention, as that of every webhook of 2026-03-04; its digest stays in the audit log",
            shown.GetProperty("gone").GetString());
        Assert.Equal("", shown.GetProperty("body").GetString());
        Assert.Equal("push", shown.GetProperty("delivery").GetProperty("event").GetString());
        var (code, detail) = await ReplayAsync(gate, delivery, operators);
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Contains("cannot be replayed: its body ended on 2026-06-03 by retention", detail, StringComparison.Ordinal);
        var entries = await gate.TextAsync("/api/v1/audit/entries?count=1000");
        Assert.Contains(AuditTypes.RetentionApplied, entries, StringComparison.Ordinal);
        Assert.Contains("keptDays", entries, StringComparison.Ordinal);
    }

    private static async Task<DeliveryId> TakeInAsync(StoredGateway gate)
    {
        var delivery = new Delivery
        {
            Id = new DeliveryId(Guid.CreateVersion7(Received)),
            Connection = new ConnectionName("github"),
            Forge = "github",
            ForgeId = "d-1",
            Event = "push",
            Headers = ImmutableDictionary<string, string>.Empty.Add("x-github-event", "push"),
            Body = Encoding.UTF8.GetBytes("""{"ref":"refs/heads/main"}"""),
            ReceivedAt = Received,
        };
        Assert.Equal(Acceptance.Accepted, await gate.Get<IDeliveryInbox>().AcceptAsync(delivery, Cancellation));
        await WalkAsync(gate, delivery.Id);
        return delivery.Id;
    }

    private static Task<Recorded> WalkAsync(StoredGateway gate, DeliveryId delivery) => gate.Get<IGateStore>().RecordAsync(
        new Ports.Record { Deliveries = [new DeliveryOutcome(delivery, DeliveryState.Done, "walked")], At = Received }, Cancellation);

    /// <summary>Has the worker go its rounds from a moment on, until something is so.</summary>
    private static async Task UntilAsync(StoredGateway gate, DateTimeOffset from, Func<Task<bool>> isSo)
    {
        var clock = new ManualTimeProvider(from);
        using var work = new RetentionWork(
            gate.Get<IWebhookRetention>(), RunningGateway.Configuration("/nowhere"), clock, NullLogger<RetentionWork>.Instance);
        await work.StartAsync(Cancellation);
        for (var tries = 0; !await isSo(); tries++)
        {
            Assert.True(tries < 300, "the worker did not come to it");
            clock.Advance(RetentionWork.Pace);
            await Task.Delay(50, Cancellation);
        }

        await work.StopAsync(Cancellation);
    }

    private static async Task<bool> IsSealedAsync(string folder)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(folder, "gate.db")};Pooling=False");
        await database.OpenAsync(Cancellation);
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM delivery_seal";
        return await command.ExecuteScalarAsync(Cancellation) is 1L;
    }

    private static async Task<int> SizeAsync(StoredGateway gate, DeliveryId delivery) =>
        (await ShowAsync(gate, delivery)).GetProperty("body").GetBytesFromBase64().Length;

    private static async Task<JsonElement> ShowAsync(StoredGateway gate, DeliveryId delivery) =>
        JsonElement.Parse(await gate.TextAsync($"/api/v1/deliveries/{delivery}"));

    private static async Task<(HttpStatusCode Code, string Detail)> ReplayAsync(StoredGateway gate, DeliveryId delivery, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/deliveries/{delivery}/replay");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await gate.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
