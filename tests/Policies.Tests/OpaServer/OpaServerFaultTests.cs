using System.Text;
using GitOpsGate.Policies.OpaServer;
using Xunit;

namespace GitOpsGate.Policies.Tests.OpaServer;

public sealed class OpaServerFaultTests : IDisposable
{
    private const string NoPolicies = """{"result": []}""";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public static TheoryData<string, string> Replies => new()
    {
        { "", "engine_unreachable" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"result\": ", "engine_unreachable" },
        { "this is not HTTP\r\n\r\n", "engine_unreachable" },
        { FaultyServer.Answer(200, "<html>hello</html>"), "engine_refused" },
        { FaultyServer.Answer(200, "[1]"), "engine_refused" },
        { FaultyServer.Answer(500, ""), "engine_refused" },
        { FaultyServer.Answer(500, "oops"), "engine_refused" },
        { FaultyServer.Answer(503, """{"code": "unavailable", "message": "wait"}"""), "engine_refused" },
        { FaultyServer.Answer(401, """{"code": "unauthorized", "message": "no"}"""), "engine_refused" },
        { FaultyServer.Answer(302, ""), "engine_refused" },
        { FaultyServer.Answer(200, $$"""{"result": "{{new string('x', 5000)}}"}"""), "engine_refused" },
        { FaultyServer.Answer(500,
            """{"code": "internal_error", "errors": [{"code": "eval_conflict_error", "message": "two values"}]}"""), "eval_conflict_error" },
        { FaultyServer.Answer(500, """{"errors": [7, {"code": 1}, {}]}"""), "engine_refused" },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task What_is_no_answer_is_a_failed_decision(string reply, string code)
    {
        var (engine, server) = await ConnectAsync(reply);
        using (server)
        {
            var decision = await engine.DecideAsync("data.p.deny", Input, TestContext.Current.CancellationToken);
            var failed = Assert.IsType<Decision.Failed>(decision);
            Assert.Equal(code, failed.Code);
            Assert.NotEmpty(failed.Message);
        }
    }

    [Fact]
    public async Task A_server_that_stays_silent_is_given_up_after_the_timeout()
    {
        var (engine, server) = await ConnectAsync([null]);
        using (server)
        {
            var failed =
                Assert.IsType<Decision.Failed>(await engine.DecideAsync(
                "data.p.deny", Input, TestContext.Current.CancellationToken));
            Assert.Equal("engine_unreachable", failed.Code);
            Assert.Equal("the OPA server did not answer within 3 s", failed.Message);
        }
    }

    [Fact]
    public async Task Cancelling_is_not_a_decision()
    {
        var (engine, server) = await ConnectAsync([null]);
        using var cancelled = new CancellationTokenSource(20);
        using (server) await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await engine.DecideAsync("data.p", Input, cancelled.Token));
    }

    [Fact]
    public async Task No_result_is_undefined_and_a_result_is_a_value()
    {
        var (engine, server) =
            await ConnectAsync(FaultyServer.Answer(200, "{}"), FaultyServer.Answer(200, """{"result": false}"""));
        using (server)
        {
            Assert.IsType<Decision.Undefined>(await engine.DecideAsync(
                "data.p.deny", Input, TestContext.Current.CancellationToken));
            var value =
                Assert.IsType<Decision.Value>(await engine.DecideAsync(
                """data.p["a/b c"][3]""", Input, TestContext.Current.CancellationToken));
            Assert.Equal("false", Encoding.UTF8.GetString(value.Json.Span));
            Assert.Equal("POST /v1/data/p/a%2Fb%20c/3?provenance=true HTTP/1.1", server.Requests.Last());
        }
    }

    [Theory]
    [InlineData("input.x")]
    [InlineData("data..x")]
    [InlineData("data.x[")]
    [InlineData("data.x[y]")]
    [InlineData("data x")]
    [InlineData("data.x; true")]
    public async Task What_is_no_reference_is_not_asked(string query)
    {
        var (engine, server) = await ConnectAsync(FaultyServer.Answer(200, "{}"));
        using (server)
        {
            var failed =
                Assert.IsType<Decision.Failed>(await engine.DecideAsync(query, Input, TestContext.Current.CancellationToken));
            Assert.Equal("rego_parse_error", failed.Code);
            Assert.Equal(3, server.Requests.Count);
        }
    }

    [Fact]
    public async Task A_decision_from_other_bundles_than_those_at_the_start_is_refused()
    {
        var (engine, server) = await ConnectAsync(
            FaultyServer.Answer(200, """{"result": true, "provenance": {"bundles": {"b": {"revision": "2"}}}}"""));
        using (server)
        {
            var failed =
                Assert.IsType<Decision.Failed>(await engine.DecideAsync(
                "data.p.deny", Input, TestContext.Current.CancellationToken));
            Assert.Equal("engine_refused", failed.Code);
            Assert.Contains("`b=2`", failed.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"result": [{}]}""")]
    [InlineData("""{"result": 4}""")]
    [InlineData("{}")]
    public async Task A_list_of_policies_that_is_none_is_refused(string list)
    {
        using var server =
            new FaultyServer(FaultyServer.Answer(200, "{}"), FaultyServer.Answer(200, "{}"), FaultyServer.Answer(200, list));
        var connection = await OpaServerEngine.TrustAsync(_http, Options(server), null, TestContext.Current.CancellationToken);
        Assert.Equal("engine_refused", Assert.IsType<OpaConnection.Failed>(connection).Code);
    }

    [Fact]
    public async Task Nobody_listening_is_unreachable()
    {
        Uri address;
        using (var server = new FaultyServer()) address = server.Address;
        var connection = await OpaServerEngine.TrustAsync(
            _http, new OpaServerOptions { Address = address }, null, TestContext.Current.CancellationToken);
        Assert.Equal("engine_unreachable", Assert.IsType<OpaConnection.Failed>(connection).Code);
    }

    public void Dispose() => _http.Dispose();

    private static PolicyInput Input => PolicyInput.FromJson("{}"u8.ToArray());

    // Long enough for a busy machine to answer in, and waited for in one test alone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static OpaServerOptions Options(FaultyServer server) =>
        new() { Address = server.Address, Timeout = Patience, LargestAnswer = 4096 };

    private async Task<(OpaServerEngine Engine, FaultyServer Server)> ConnectAsync(params string?[] replies)
    {
        var server = new FaultyServer(
            [FaultyServer.Answer(200, "{}"), FaultyServer.Answer(200, "{}"), FaultyServer.Answer(200, NoPolicies), .. replies]);
        var connection = await OpaServerEngine.TrustAsync(_http, Options(server), null, TestContext.Current.CancellationToken);
        return (Assert.IsType<OpaConnection.Ready>(connection).Engine, server);
    }
}
