using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>What the command line asks a gateway for views, sinks, auditors' links and attestations, and how it ends.</summary>
public class AuditOutletTests
{
    private const string Ruling = "019b0000-0000-7000-8000-000000000001";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_are_printed_as_they_come_and_json_says_what_to_ask_after()
    {
        var (asked, _, code, output) = await RunAsync(200, "text/csv", "seq,id\r\n3,x\r\n", "3", "audit", "events", "--view", "csv", "--after", "2", "--limit", "9");
        Assert.Equal(("GET /audit/v1/events?view=csv&limit=9&after=2", 0, "seq,id\r\n3,x\r\n"), (asked, code, output));
        (asked, _, code, output) = await RunAsync(200, "application/x-ndjson", "{}\n", "0", "audit", "events", "--json");
        Assert.Equal(("GET /audit/v1/events?view=jsonl&limit=1000&after=-1", 0), (asked, code));
        var json = JsonElement.Parse(output);
        Assert.Equal(("jsonl", 0, "{}\n"), (json.GetProperty("view").GetString(), json.GetProperty("last").GetInt64(), json.GetProperty("text").GetString()));
        (_, _, code, output) = await RunAsync(200, "text/csv", "seq,id\r\n", null, "audit", "events", "--view", "csv");
        Assert.Equal((0, ""), (code, output));
    }

    [Fact]
    public async Task Sinks_in_trouble_end_with_one()
    {
        const string sink = """{"items":[{"name":"siem","kind":"https","view":"jsonl","lag":12,"trouble":"TROUBLE"}],"next":null}""";
        var (asked, _, code, output) = await RunAsync(200, "application/json", sink.Replace("TROUBLE", "", StringComparison.Ordinal), null, "audit", "sinks");
        Assert.Equal(("GET /api/v1/audit/sinks", 0), (asked, code));
        Assert.Contains("siem", output, StringComparison.Ordinal);
        (_, _, code, output) = await RunAsync(200, "application/json", sink, null, "audit", "sinks");
        Assert.Equal(1, code);
        Assert.Contains("TROUBLE", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_made_listed_and_taken_back()
    {
        const string made = """{"reference":"a_1","address":"https://gate.example.org/auditor","token":"gog_secret","expiresAt":"2026-03-01T00:00:00Z"}""";
        var (asked, body, code, output) = await RunAsync(
            200, "application/json", made, null, "audit", "link", "--from", "2026-01-01", "--to", "2026-02-01", "--environment", "prod", "--expires", "14d", "--name", "Ann");
        Assert.Equal(("POST /api/v1/audit/links", 0), (asked, code));
        var sent = JsonElement.Parse(body);
        Assert.Equal(("Ann", "prod", 14), (sent.GetProperty("name").GetString(), sent.GetProperty("environment").GetString(), sent.GetProperty("days").GetInt32()));
        Assert.Equal(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), sent.GetProperty("to").GetDateTimeOffset());
        Assert.Contains("gog_secret", output, StringComparison.Ordinal);
        (asked, _, code, _) = await RunAsync(200, "application/json", """{"items":[],"next":null}""", null, "audit", "link", "list");
        Assert.Equal(("GET /api/v1/audit/links", 0), (asked, code));
        (asked, _, code, output) = await RunAsync(200, "application/json", """{"reference":"a_1"}""", null, "audit", "link", "revoke", "a_1");
        Assert.Equal(("DELETE /api/v1/audit/links/a_1", 0), (asked, code));
        Assert.Contains("revoked `a_1`", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attestation_is_printed_or_written_byte_for_byte()
    {
        const string envelope = """{"payloadType":"application/vnd.in-toto+json"}""";
        var (asked, _, code, output) = await RunAsync(200, "application/vnd.dsse.envelope.v1+json", envelope, null, "ruling", "attest", Ruling, "--predicate", "vsa");
        Assert.Equal(($"POST /api/v1/rulings/{Ruling}/attestations?predicate=vsa", 0, envelope), (asked, code, output));
        using var folder = new TestFolder();
        var file = Path.Combine(folder.Path, "a.json");
        (_, _, code, _) = await RunAsync(200, "application/vnd.dsse.envelope.v1+json", envelope, null, "ruling", "attest", Ruling, "--out", file);
        Assert.Equal((0, envelope), (code, await File.ReadAllTextAsync(file, Cancellation)));
        (_, _, code, output) = await RunAsync(409, "application/problem+json", """{"detail":"not merged"}""", null, "ruling", "attest", Ruling);
        Assert.Equal(3, code);
        Assert.Contains("not merged", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audit", "events", "--after", "-1")]
    [InlineData("audit", "events", "--limit", "1001")]
    [InlineData("audit", "link", "--from", "2026-01-01")]
    [InlineData("audit", "link", "--from", "2026-01-01", "--to", "2026-02-01", "--expires", "soon")]
    public async Task What_cannot_be_asked_is_not_asked(params string[] wrong)
    {
        var (code, _, errors) = await GateProgram.RunAsync([.. wrong, "--gateway", "http://127.0.0.1:1"]);
        Assert.Equal(2, code);
        Assert.NotEmpty(errors);
    }

    private static async Task<(string Asked, string Body, int Code, string Output)> RunAsync(
        int status, string type, string answer, string? last, params string[] arguments)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();
        using var listener = new HttpListener();
        listener.Prefixes.Add(address + "/");
        listener.Start();
        var running = GateProgram.RunAsync([.. arguments, "--gateway", address, "--token", "t"]);
        var context = await listener.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(Cancellation);
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        if (last is not null) context.Response.Headers["Gate-Last-Entry"] = last;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer), Cancellation);
        context.Response.Close();
        var (code, output, errors) = await running;
        return ($"{context.Request.HttpMethod} {context.Request.RawUrl}", body, code, output + errors);
    }
}
