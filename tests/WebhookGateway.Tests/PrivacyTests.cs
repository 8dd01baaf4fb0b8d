using System.Net;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Sealed sections and erasures as admins meet them, on a real database.</summary>
public class PrivacyTests
{
    private const string All = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    private const string Why = "Zoë asked for it at night";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_erasure_takes_two_admins_and_waits_for_a_hold()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var (one, other) = (await gate.AddTokenAsync(Role.Admin), await gate.AddTokenAsync(Role.Admin));
        var zoe = await gate.IdentityAsync("github", "9001");
        await gate.SealAsync(zoe, Why);

        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(gate, await gate.AddTokenAsync(Role.Operator), "erase", "github:9001")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(gate, one, "erase", "github:nobody")).Code);
        Assert.Equal(HttpStatusCode.Conflict, (await AskAsync(gate, one, "erase", "github:9001", reason: " ")).Code);
        var asked = await AskAsync(gate, one, "erase", "github:9001");
        Assert.Equal((HttpStatusCode.OK, "requested"), (asked.Code, asked.Body.GetProperty("state").GetString()));
        Assert.Equal(HttpStatusCode.Conflict, (await AskAsync(gate, one, "erase", zoe)).Code);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gate, other, "hold", zoe)).Code);
        Assert.Equal(HttpStatusCode.Conflict, (await AskAsync(gate, other, "hold", zoe)).Code);
        var held = await AskAsync(gate, other, "erase", zoe);
        Assert.Equal(HttpStatusCode.Conflict, held.Code);
        Assert.Contains("legal hold", held.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(Why, (await OpenAsync(gate, one, zoe))[0].GetProperty("text").GetString());
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(gate, one, "release", zoe)).Code);
        var erased = await AskAsync(gate, other, "erase", zoe);
        Assert.Equal((HttpStatusCode.OK, "erased"), (erased.Code, erased.Body.GetProperty("state").GetString()));
        Assert.Equal(1, erased.Body.GetProperty("done").GetProperty("boxes").GetInt64());
        Assert.Equal("erased", (await OpenAsync(gate, one, zoe))[0].GetProperty("withheld").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(gate, one, "erase", "github:9001")).Code);
        Assert.Equal(HttpStatusCode.Conflict, (await AskAsync(gate, other, "hold", zoe)).Code);

        var done = (await EntriesAsync(gate, AuditTypes.PrivacyErased))[^2..];
        Assert.Equal(["pending", "success"], done.Select(entry => entry.GetProperty("outcome").GetString()));
        Assert.Equal(zoe, done[1].GetProperty("subject").GetProperty("ref").GetString());
        Assert.Equal("gdpr-17-1", done[1].GetProperty("attrs").GetProperty("basis").GetString());
        var requested = (await EntriesAsync(gate, AuditTypes.PrivacyRequested))[^1].GetProperty("actor").GetProperty("ref").GetString();
        Assert.Equal(requested, done[1].GetProperty("attrs").GetProperty("requestedBy").GetString());
        Assert.NotEqual(requested, done[1].GetProperty("actor").GetProperty("ref").GetString());
        Assert.DoesNotContain("asked by letter", await gate.TextAsync("/api/v1/audit/entries?count=1000"), StringComparison.Ordinal);
        Assert.Equal(2, (await EntriesAsync(gate, AuditTypes.HoldReleased)).Length);
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden)]
    [InlineData(Role.Operator, HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, HttpStatusCode.OK)]
    public async Task Only_an_admin_gets_a_bundle_that_discloses(Role role, HttpStatusCode expected)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.SealAsync("a_zoe", Why);
        var token = await gate.AddTokenAsync(role);
        using var answer = await gate.GetAsync($"/audit/v1/export?{All}&disclose=true", token);
        Assert.Equal(expected, answer.StatusCode);
        if (expected != HttpStatusCode.OK) return;
        var bundle = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        var (_, key) = await gate.KeysAsync();
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(key), null, Cancellation);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bundle));
        var disclosed = Assert.Single(zip.Entries, entry => entry.FullName.EndsWith(".bin", StringComparison.Ordinal));
        using var content = new MemoryStream();
        await using (var file = await disclosed.OpenAsync(Cancellation)) await file.CopyToAsync(content, Cancellation);
        Assert.Equal(Why, Encoding.UTF8.GetString(content.ToArray()[Commitment.SaltLength..]));
        Assert.True((await EntriesAsync(gate, AuditTypes.ExportCreated))[^1].GetProperty("attrs").GetProperty("disclosed").GetBoolean());
    }

    [Fact]
    public async Task Opening_is_recorded_and_a_viewer_may_not()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var place = await gate.SealAsync("a_zoe", Why);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(gate, gate.Token, "open", $$"""{"index":{{place}}}""")).Code);
        var admin = await gate.AddTokenAsync(Role.Admin);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(gate, admin, "open", """{"index":99999}""")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(gate, admin, "open", """{"index":-1}""")).Code);
        var opened = await PostAsync(gate, admin, "open", $$"""{"index":{{place}}}""");
        var section = Assert.Single(opened.Body.GetProperty("sections").EnumerateArray());
        Assert.Equal(("reason", Why), (section.GetProperty("name").GetString(), section.GetProperty("text").GetString()));
        var commitment = Commitment.Of(Convert.FromBase64String(section.GetProperty("salt").GetString()!), Encoding.UTF8.GetBytes(Why));
        Assert.Equal(Convert.ToBase64String(commitment), section.GetProperty("commitment").GetString());
        var entries = await EntriesAsync(gate, AuditTypes.PrivacyOpened);
        Assert.Equal($"{place}", entries[^1].GetProperty("subject").GetProperty("ref").GetString());
        Assert.Equal("success", entries[^1].GetProperty("outcome").GetString());
    }

    private static async Task<JsonElement[]> OpenAsync(StoredGateway gate, string token, string subject)
    {
        var entry = (await EntriesAsync(gate, AuditTypes.OverrideUsed)).Single(one => one.GetProperty("actor").GetProperty("ref").GetString() == subject);
        var opened = await PostAsync(gate, token, "open", $$"""{"index":{{entry.GetProperty("seq").GetInt64()}}}""");
        return [.. opened.Body.GetProperty("sections").EnumerateArray()];
    }

    private static Task<(HttpStatusCode Code, JsonElement Body)> AskAsync(
        StoredGateway gate, string token, string what, string subject, string reason = "asked by letter") =>
        PostAsync(gate, token, what, JsonSerializer.Serialize(new { subject, reason }));

    private static async Task<(HttpStatusCode Code, JsonElement Body)> PostAsync(StoredGateway gate, string token, string what, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/privacy/{what}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await gate.SendAsync(request, token);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        using var json = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
        return (answer.StatusCode, json.RootElement.Clone());
    }

    private static async Task<JsonElement[]> EntriesAsync(StoredGateway gate, string type)
    {
        using var page = JsonDocument.Parse(await gate.TextAsync("/api/v1/audit/entries?count=1000"));
        return
        [
            .. page.RootElement.GetProperty("items").EnumerateArray().Select(item => JsonDocument.Parse(item.GetProperty("leaf").GetString()!).RootElement)
                .Where(entry => entry.GetProperty("type").GetString() == type),
        ];
    }
}
