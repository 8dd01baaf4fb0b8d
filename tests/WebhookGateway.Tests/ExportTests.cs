using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Evidence as a caller of the API and a person at the page get it, on a real database.</summary>
public partial class ExportTests
{
    private const string All = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task An_operator_downloads_a_bundle_that_holds_and_that_the_log_names(string method)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(700);
        var bundle = await DownloadAsync(gate, method, $"{All}&previous=10&sample=3&nonce=tea");
        var (_, key) = await gate.KeysAsync();
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(key), null, Cancellation);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        var exports = await ExportsAsync(gate);
        Assert.Equal(["pending", "success"], exports.Select(entry => entry.GetProperty("outcome").GetString()));
        Assert.False(exports[0].TryGetProperty("pop", out _));
        Assert.Equal($"sha256:{DigestOf(bundle, "MANIFEST.json")}", exports[1].GetProperty("subject").GetProperty("digest").GetString());
        Assert.Equal(exports[0].GetProperty("subject").GetProperty("ref").GetString(), exports[1].GetProperty("subject").GetProperty("ref").GetString());
        Assert.InRange(exports[1].GetProperty("attrs").GetProperty("size").GetInt64(), 700, 800);
        Assert.Equal(3, exports[1].GetProperty("attrs").GetProperty("sample").GetInt32());
        await DownloadAsync(gate, method, All);
        Assert.Equal([1, 2], (await ExportsAsync(gate)).Where(entry => entry.TryGetProperty("pop", out _)).Select(entry => entry.GetProperty("pop").GetProperty("export").GetInt32()));
    }

    [Fact]
    public async Task A_viewer_gets_none_and_the_attempt_is_recorded()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        using var answer = await gate.GetAsync($"/audit/v1/export?{All}", gate.Token);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(["deny"], (await ExportsAsync(gate)).Select(entry => entry.GetProperty("outcome").GetString()));
        using var stranger = await gate.GetAsync($"/audit/v1/export?{All}", null);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Theory]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", HttpStatusCode.Conflict, "ends at")]
    [InlineData(All + "&previous=1000000", HttpStatusCode.Conflict, "entries")]
    [InlineData(All + "&sample=3", HttpStatusCode.Conflict, "nonce")]
    [InlineData("from=yesterday&to=2026-01-01T00:00:00Z", HttpStatusCode.BadRequest, "")]
    [InlineData("", HttpStatusCode.BadRequest, "")]
    public async Task What_cannot_be_exported_is_told_in_words(string query, HttpStatusCode status, string says)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(5);
        using var answer = await gate.GetAsync($"/audit/v1/export?{query}", await gate.AddTokenAsync(Role.Operator));
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_has_a_form_that_downloads_it_without_script()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(20);
        var cookies = await SignInAsync(gate, Role.Operator);
        var form = FormToken().Match(await PageAsync(gate, cookies)).Groups[1].Value;
        using var answer = await PostAsync(gate, cookies, form, "2020-01-01", "2099-12-31");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        var bundle = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        var (_, key) = await gate.KeysAsync();
        Assert.All(await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(key), null, Cancellation), part => Assert.Empty(part.Failures));
        using var manifest = JsonDocument.Parse(File(bundle, "MANIFEST.json"));
        Assert.Equal("2100-01-01T00:00:00.000Z", manifest.RootElement.GetProperty("query").GetProperty("to").GetString());
        foreach (var (from, to, status) in ((string, string, HttpStatusCode)[])
            [
                ("2026-02-30", "2026-03-01", HttpStatusCode.BadRequest), ("9999-12-31", "9999-12-31", HttpStatusCode.BadRequest),
                ("2026-03-01", "2026-02-01", HttpStatusCode.Conflict),
            ])
        {
            using var wrong = await PostAsync(gate, cookies, form, from, to);
            Assert.Equal(status, wrong.StatusCode);
        }

        using var forged = await PostAsync(gate, cookies, "", "2020-01-01", "2099-12-31");
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    [Fact]
    public async Task A_viewer_sees_no_form_and_gets_nothing_without_it()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var cookies = await SignInAsync(gate, Role.Viewer);
        var page = await PageAsync(gate, cookies);
        Assert.DoesNotContain("/audit/export", page, StringComparison.Ordinal);
        using var answer = await PostAsync(gate, cookies, FormToken().Match(page).Groups[1].Value, "2020-01-01", "2099-12-31");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static async Task<byte[]> DownloadAsync(StoredGateway gate, string method, string query)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), $"/audit/v1/export?{query}");
        using var answer = await gate.SendAsync(request, await gate.AddTokenAsync(Role.Operator));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("evidence-20200101T000000Z-21000101T000000Z.zip", answer.Content.Headers.ContentDisposition?.FileName);
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    private static async Task<JsonElement[]> ExportsAsync(StoredGateway gate)
    {
        var lines = new List<string>();
        for (var page = (string[])[""]; page.Length > 0;)
        {
            var text = await gate.TextAsync($"/audit/v1/events?after={lines.Count - 1}");
            page = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            lines.AddRange(page);
        }

        return [.. lines.Select(line => JsonElement.Parse(line)).Where(entry => entry.GetProperty("type").GetString() == "export.created")];
    }

    private static async Task<string> SignInAsync(StoredGateway gate, Role role)
    {
        using var page = await gate.SendAsync(Browses(HttpMethod.Get, "/sign-in", ""));
        var (cookies, html) = (CookiesOf(page), await page.Content.ReadAsStringAsync(Cancellation));
        var request = Browses(HttpMethod.Post, "/sign-in", cookies);
        request.Content = Form(("token", await gate.AddTokenAsync(role)), ("__RequestVerificationToken", FormToken().Match(html).Groups[1].Value));
        using var answer = await gate.SendAsync(request);
        return $"{cookies}; {CookiesOf(answer)}";
    }

    private static async Task<string> PageAsync(StoredGateway gate, string cookies)
    {
        using var page = await gate.SendAsync(Browses(HttpMethod.Get, "/audit", cookies));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return await page.Content.ReadAsStringAsync(Cancellation);
    }

    private static Task<HttpResponseMessage> PostAsync(StoredGateway gate, string cookies, string form, string from, string to)
    {
        var request = Browses(HttpMethod.Post, "/audit/export", cookies);
        request.Content = Form(("from", from), ("to", to), ("environment", ""), ("__RequestVerificationToken", form));
        return gate.SendAsync(request);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

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

    private static string DigestOf(byte[] bundle, string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File(bundle, name))));

    private static string File(byte[] bundle, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        using var text = new StreamReader(zip.GetEntry(name)!.Open());
        return text.ReadToEnd();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
