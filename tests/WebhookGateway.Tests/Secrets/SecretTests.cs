using System.Net;
using System.Text;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Secrets;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Secrets;

/// <summary>The gate's own secrets: sealed where they lie, in force at once, and told to nobody.</summary>
public sealed class SecretTests
{
    private const string Value = "hunter2-not-for-eyes";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_admin_stores_lists_and_removes_a_secret_that_nobody_can_read()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var stored = await gateway.AskAsync(HttpMethod.Put, "/api/v1/secrets/hub", Role.Admin, $$"""{"value":"{{Value}}"}""");
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        var list = await gateway.AskAsync(HttpMethod.Get, "/api/v1/secrets", Role.Admin);
        var said = await stored.Content.ReadAsStringAsync(Cancel) + await list.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("\"name\":\"hub\"", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, Encoding.Latin1.GetString(gateway.Secrets.Seals["hub"].Seal), StringComparison.Ordinal);

        var entries = gateway.Rooms.EntriesOf(AuditTypes.SecretStored);
        Assert.Equal([AuditOutcome.Pending, AuditOutcome.Success], entries.Select(entry => entry.Outcome));
        Assert.All(entries, entry => Assert.Equal(new AuditSubject("secret", "hub"), entry.Subject));
        Assert.All(
            entries,
            entry => Assert.DoesNotContain(Value, $"{entry} {string.Join(' ', entry.Attributes.Values)}", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, (await gateway.AskAsync(HttpMethod.Delete, "/api/v1/secrets/hub", Role.Admin)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.AskAsync(HttpMethod.Delete, "/api/v1/secrets/hub", Role.Admin)).StatusCode);
        Assert.Empty(gateway.Secrets.Seals);
    }

    [Theory]
    [InlineData("PUT", "hub", Role.Operator, """{"value":"x"}""", HttpStatusCode.Forbidden)]
    [InlineData("PUT", "hub", Role.None, """{"value":"x"}""", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "", Role.Operator, null, HttpStatusCode.Forbidden)]
    [InlineData("DELETE", "hub", Role.Viewer, null, HttpStatusCode.Forbidden)]
    [InlineData("PUT", "hub", Role.Admin, "{}", HttpStatusCode.Conflict)]
    [InlineData("PUT", "-hub", Role.Admin, """{"value":"x"}""", HttpStatusCode.Conflict)]
    [InlineData("PUT", "a%20b", Role.Admin, """{"value":"x"}""", HttpStatusCode.Conflict)]
    public async Task Who_may_not_or_asks_for_what_cannot_be_changes_nothing(
        string method, string name, Role role, string? json, HttpStatusCode status)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var answer = await gateway.AskAsync(new HttpMethod(method), $"/api/v1/secrets/{name}", role, json);
        Assert.Equal(status, answer.StatusCode);
        Assert.Empty(gateway.Secrets.Seals);
    }

    [Fact]
    public async Task What_is_stored_is_in_force_after_a_start_and_what_another_gateway_stores_soon_after()
    {
        var (seals, clock) = (new MemorySecrets(), new ManualTimeProvider());
        var store = new ProtectedSecrets(seals, new EphemeralDataProtectionProvider(), NullLogger<ProtectedSecrets>.Instance);
        var gate = Gate();
        var token = gate.Connections[0].Token;
        Assert.Equal("", token.Reveal());
        Assert.Contains("`gate secret set hub` stores it", gate.Connections[0].Lacks, StringComparison.Ordinal);

        await store.SetAsync("hub", "first", clock.GetUtcNow(), Cancel);
        await store.SetAsync("other", "unwanted", clock.GetUtcNow(), Cancel);
        using var watch = new SecretWatch(gate, store, clock, NullLogger<SecretWatch>.Instance);
        await watch.BeginAsync(Cancel);
        Assert.Equal("first", token.Reveal());
        Assert.Null(gate.Connections[0].Lacks);

        await store.SetAsync("hub", "second", clock.GetUtcNow().AddSeconds(1), Cancel);
        await watch.LoadAsync(Cancel);
        Assert.Equal("second", token.Reveal());
        await store.RemoveAsync("hub", Cancel);
        await watch.LoadAsync(Cancel);
        Assert.Equal("", token.Reveal());
    }

    [Fact]
    public async Task A_seal_opens_only_under_its_own_name_and_with_its_own_keys()
    {
        var (seals, clock) = (new MemorySecrets(), new ManualTimeProvider());
        var keys = new EphemeralDataProtectionProvider();
        var store = new ProtectedSecrets(seals, keys, NullLogger<ProtectedSecrets>.Instance);
        await store.SetAsync("one", Value, clock.GetUtcNow(), Cancel);
        seals.Seals["two"] = seals.Seals["one"];
        Assert.Equal(Value, await store.FindAsync("one", Cancel));
        Assert.Null(await store.FindAsync("two", Cancel));
        Assert.Null(await store.FindAsync("three", Cancel));
        var others = new ProtectedSecrets(seals, new EphemeralDataProtectionProvider(), NullLogger<ProtectedSecrets>.Instance);
        Assert.Null(await others.FindAsync("one", Cancel));
    }

    private static GateConfiguration Gate()
    {
        const string text = """
            publicUrl: https://gate.example.org
            connections:
              - {name: hub, forge: github, token: "stored:hub", webhookSecrets: "literal:x"}
            """;
        return GateFileReader.Read("/etc/gate/gate.yaml", Encoding.UTF8.GetBytes(text), new SecretSource(_ => null, "/etc/gate")).Value!;
    }
}
