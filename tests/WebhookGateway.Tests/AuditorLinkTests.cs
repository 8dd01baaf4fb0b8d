using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Links for auditors: they open one period and nothing else, each reading is in the log, and they can be taken back.</summary>
public partial class AuditorLinkTests
{
    private const string All = "\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2100-01-01T00:00:00Z\"";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_gives_the_bundle_the_entries_and_the_proofs_and_the_log_knows_each_reading()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(30);
        var (reference, token) = await MakeAsync(gate, All);
        var content = JsonElement.Parse(await TextAsync(gate, "/audit/v1/link", token));
        var key = NoteKey.Parse(content.GetProperty("key").GetString()!);
        Assert.Equal((await gate.KeysAsync()).Key.ToString(), key.ToString());
        using (var answer = await gate.GetAsync("/audit/v1/link/export?sample=3&nonce=tea", token))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var bundle = await answer.Content.ReadAsStreamAsync(Cancellation);
            using var whole = new MemoryStream();
            await bundle.CopyToAsync(whole, Cancellation);
            whole.Position = 0;
            Assert.All(await BundleCheck.RunAsync(whole, LogKeys.Of(key), null, Cancellation), part => Assert.Empty(part.Failures));
        }

        Assert.Equal(6, (await TextAsync(gate, "/audit/v1/link/events?view=csv&after=3&limit=5", token)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(7, ProofFile.Parse(await TextAsync(gate, "/audit/v1/link/proof/7", token)).Index);
        Assert.Equal(key.Name, Checkpoint.Parse(SignedNote.Parse(await TextAsync(gate, "/audit/v1/link/checkpoint", token)).Text).Origin);
        var reads = (await EntriesAsync(gate)).Where(entry => entry.GetProperty("type").GetString() == AuditTypes.ExportDownloaded).ToArray();
        Assert.Equal(
            ["page", "bundle", "bundle", "events", "proof", "checkpoint"],
            reads.Select(entry => entry.GetProperty("attrs").GetProperty("what").GetString()));
        Assert.All(reads, entry => Assert.Equal(reference, entry.GetProperty("actor").GetProperty("ref").GetString()));
        Assert.StartsWith("sha256:", reads[2].GetProperty("subject").GetProperty("digest").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(await EntriesAsync(gate), entry => entry.GetRawText().Contains("Ann Auditor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_opens_its_own_period_alone()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(20);
        var (_, token) = await MakeAsync(gate, "\"from\":\"2020-01-01T00:00:00Z\",\"to\":\"2020-02-01T00:00:00Z\"");
        Assert.Equal("", await TextAsync(gate, "/audit/v1/link/events", token));
        using var proof = await gate.GetAsync("/audit/v1/link/proof/3", token);
        Assert.Equal(HttpStatusCode.NotFound, proof.StatusCode);
        foreach (var path in (string[])
            [
                "/audit/v1/events", "/audit/v1/export?from=2020-01-01&to=2100-01-01", "/audit/v1/proof/3", "/audit/v1/keys.json", "/api/v1/changes", "/api/v1/audit/links",
                "/api/v1/status", "/openapi/v1.json", "/audit", "/", "/agent/v1/desired",
            ])
        {
            using var answer = await gate.GetAsync(path, token);
            Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
        }

        foreach (var role in (Role[])[Role.Viewer, Role.Operator, Role.Admin])
        {
            using var answer = await gate.GetAsync("/audit/v1/link", await gate.AddTokenAsync(role));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var stranger = await gate.GetAsync("/audit/v1/link", null);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Fact]
    public async Task A_link_that_was_taken_back_or_has_expired_opens_nothing()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(5);
        var admin = await gate.AddTokenAsync(Role.Admin);
        var (reference, token) = await MakeAsync(gate, All);
        using (var answer = await gate.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/audit/links/{reference}"), admin))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using (var answer = await gate.GetAsync("/audit/v1/link", token)) Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        using (var again = await gate.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/audit/links/{reference}"), admin))
            Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        var past = DateTimeOffset.UnixEpoch;
        var old = TokenText.New();
        await gate.Get<IAuditorLinks>().AddAsync(
            new AuditorLink("a_old", "old", past, past.AddDays(1), null, past, past.AddDays(30)), TokenText.Digest(old), Cancellation);
        using (var answer = await gate.GetAsync("/audit/v1/link/events", old))
        {
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains("expired", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using var list = await gate.GetAsync("/api/v1/audit/links", admin);
        var links = JsonElement.Parse(await list.Content.ReadAsStringAsync(Cancellation)).GetProperty("items");
        Assert.Equal(["revoked", "expired"], links.EnumerateArray().Select(link => link.GetProperty("state").GetString()));
        Assert.DoesNotContain(token, links.GetRawText(), StringComparison.Ordinal);
        var types = (await EntriesAsync(gate)).Select(entry => $"{entry.GetProperty("type").GetString()} {entry.GetProperty("outcome").GetString()}").ToArray();
        Assert.Equal(
            ["link.created pending", "link.created success", "link.revoked pending", "link.revoked success", "link.revoked pending", "link.revoked failure"],
            types.Where(type => type.StartsWith("link.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Role.Operator, All, HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, "\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\"", HttpStatusCode.Conflict)]
    [InlineData(Role.Admin, All + ",\"days\":366", HttpStatusCode.Conflict)]
    [InlineData(Role.Admin, All + ",\"days\":0", HttpStatusCode.Conflict)]
    public async Task Nobody_but_an_admin_makes_one_and_not_every_one(Role role, string fields, HttpStatusCode status)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        using var answer = await PostAsync(gate, fields, await gate.AddTokenAsync(role));
        Assert.Equal(status, answer.StatusCode);
        Assert.Empty(await gate.Get<IAuditorLinks>().ListAsync(Cancellation));
    }

    [Fact]
    public async Task When_the_log_takes_nothing_nothing_is_given()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path, more: services =>
        {
            var stored = services.Last(one => one.ServiceType == typeof(IGateStore)).ImplementationType!;
            services.AddSingleton<IGateStore>(given => new FullStore((IGateStore)ActivatorUtilities.CreateInstance(given, stored)));
        });
        await gate.GrowAsync(5);
        var (_, token) = await MakeAsync(gate, All);
        foreach (var path in (string[])["events", "proof/1", "checkpoint", "export", ""])
        {
            using var answer = await gate.GetAsync($"/audit/v1/link/{path}".TrimEnd('/'), token);
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.DoesNotContain("config.changed", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task In_a_browser_the_token_leads_to_the_auditors_page_and_to_no_other()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(12);
        var (_, token) = await MakeAsync(gate, All);
        using var form = await gate.SendAsync(Browses(HttpMethod.Get, "/sign-in", ""));
        var (cookies, html) = (CookiesOf(form), await form.Content.ReadAsStringAsync(Cancellation));
        var request = Browses(HttpMethod.Post, "/sign-in", cookies);
        request.Content = new FormUrlEncodedContent([new("token", token), new("return", "/audit"), new("__RequestVerificationToken", FormToken().Match(html).Groups[1].Value)]);
        using var answer = await gate.SendAsync(request);
        Assert.Equal("/auditor", answer.Headers.Location?.OriginalString);
        cookies = $"{cookies}; {CookiesOf(answer)}";
        using var page = await gate.SendAsync(Browses(HttpMethod.Get, "/auditor", cookies));
        var shown = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("Evidence for your audit", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(token, shown, StringComparison.Ordinal);
        using var zip = await gate.SendAsync(Browses(HttpMethod.Get, "/audit/v1/link/export", cookies));
        Assert.Equal("application/zip", zip.Content.Headers.ContentType?.MediaType);
        using var other = await gate.SendAsync(Browses(HttpMethod.Get, "/audit", cookies));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    private static async Task<(string Reference, string Token)> MakeAsync(StoredGateway gate, string fields)
    {
        using var answer = await PostAsync(gate, fields, await gate.AddTokenAsync(Role.Admin));
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var made = JsonElement.Parse(text);
        Assert.Equal("https://gate.example.org/auditor", made.GetProperty("address").GetString());
        return (made.GetProperty("reference").GetString()!, made.GetProperty("token").GetString()!);
    }

    private static Task<HttpResponseMessage> PostAsync(StoredGateway gate, string fields, string token) => gate.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/v1/audit/links")
        {
            Content = new StringContent($"{{\"name\":\"Ann Auditor\",{fields}}}", Encoding.UTF8, "application/json"),
        },
        token);

    private static async Task<string> TextAsync(StoredGateway gate, string path, string token)
    {
        using var answer = await gate.GetAsync(path, token);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {text}");
        return text;
    }

    private static async Task<JsonElement[]> EntriesAsync(StoredGateway gate) =>
        [.. (await gate.TextAsync("/audit/v1/events")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    private static HttpRequestMessage Browses(HttpMethod method, string path, string cookies)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Accept", "text/html");
        if (cookies.Length > 0) request.Headers.Add("Cookie", cookies);
        return request;
    }

    private static string CookiesOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies)
        ? string.Join("; ", cookies.Select(cookie => cookie.Split(';')[0]))
        : "";

    /// <summary>A store that has no room for what is read.</summary>
    private sealed class FullStore(IGateStore inner) : IGateStore
    {
        public Task<Recorded> RecordAsync(Record record, CancellationToken cancellation) => record.Entries.Any(entry => entry.Type == AuditTypes.ExportDownloaded)
            ? Task.FromException<Recorded>(new IOException("the disk is full"))
            : inner.RecordAsync(record, cancellation);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
