using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary><c>gate privacy</c> against a gateway that answers as the real one does.</summary>
public class PrivacyCommandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_asks_in_a_body_and_tells_what_came_of_it()
    {
        using var listener = Listen(out var address);
        var asked = await AnsweredAsync(
            listener, address, 200, """{"reference":"a_1","state":"requested"}""", "erase", "github:alice", "--reason", "a letter");
        Assert.Equal("POST /api/v1/privacy/erase", asked.Asked);
        Assert.Contains("\"subject\":\"github:alice\",\"reason\":\"a letter\"", asked.Body, StringComparison.Ordinal);
        Assert.Equal((0, "the erasure of `a_1` is asked for; it is done when another admin gives the same command"), (asked.Code, asked.Output.TrimEnd()));
        var erased = await AnsweredAsync(
            listener, address, 200,
            """{"reference":"a_1","state":"erased","done":{"boxes":3,"deliveries":2,"evidence":1,"rewritten":4,"waiting":0,"left":5}}""",
            "erase", "a_1", "-r", "a letter", "--basis", "gdpr-21");
        Assert.Contains("\"basis\":\"gdpr-21\"", erased.Body, StringComparison.Ordinal);
        Assert.Contains("`a_1` is erased: 3 sealed sections, 2 webhooks, 1 rulings' evidence, 4 rows rewritten", erased.Output, StringComparison.Ordinal);
        Assert.Contains("5 rows still hold the name", erased.Output, StringComparison.Ordinal);
        var held = await AnsweredAsync(listener, address, 200, """{"reference":"a_1","isHeld":true}""", "hold", "a_1", "-r", "a lawsuit");
        Assert.Equal(("POST /api/v1/privacy/hold", "`a_1` is held: nobody erases it"), (held.Asked, held.Output.TrimEnd()));
        var released = await AnsweredAsync(listener, address, 200, """{"reference":"a_1","isHeld":false}""", "release", "a_1", "-r", "it is over");
        Assert.Equal(("POST /api/v1/privacy/release", "`a_1` is held no more"), (released.Asked, released.Output.TrimEnd()));
    }

    [Fact]
    public async Task An_opened_entry_shows_its_sections_and_says_what_is_withheld()
    {
        using var listener = Listen(out var address);
        var opened = await AnsweredAsync(
            listener, address, 200,
            """{"index":7,"sections":[{"name":"actor","commitment":"c","text":"alice"},{"name":"reason","commitment":"d","withheld":"erased"}]}""", "open", "7");
        Assert.Equal(("POST /api/v1/privacy/open", """{"index":7}"""), (opened.Asked, opened.Body));
        Assert.Contains("alice", opened.Output, StringComparison.Ordinal);
        Assert.Contains("withheld: erased", opened.Output, StringComparison.Ordinal);
        var json = await AnsweredAsync(listener, address, 200, """{"index":7,"sections":[]}""", "open", "7", "--json");
        Assert.Contains("\"sections\"", json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_ends_with_its_reason_and_another_code()
    {
        using var listener = Listen(out var address);
        var refused = await AnsweredAsync(
            listener, address, 409, """{"title":"not done","status":409,"detail":"whoever asked does not confirm"}""", "erase", "a_1", "-r", "a letter");
        Assert.NotEqual(0, refused.Code);
        Assert.Contains("whoever asked does not confirm", refused.Errors, StringComparison.Ordinal);
    }

    private static HttpListener Listen(out string address)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        free.Stop();
        var listener = new HttpListener { Prefixes = { address } };
        listener.Start();
        return listener;
    }

    private static async Task<(string Asked, string Body, int Code, string Output, string Errors)> AnsweredAsync(
        HttpListener listener, string address, int status, string body, params string[] arguments)
    {
        var running = GateProgram.RunAsync(["privacy", .. arguments, "--gateway", address, "--token", "t"]);
        var context = await listener.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream);
        var said = await reader.ReadToEndAsync(Cancellation);
        (context.Response.StatusCode, context.Response.ContentType) = (status, status == 200 ? "application/json" : "application/problem+json");
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body), Cancellation);
        context.Response.Close();
        var (code, output, errors) = await running;
        return ($"{context.Request.HttpMethod} {context.Request.RawUrl}", said, code, output, errors);
    }
}
