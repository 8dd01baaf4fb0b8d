using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Policies.Tests.OpaServer;
using GitOpsGate.Policies.World;
using Xunit;

namespace GitOpsGate.Policies.Tests.World;

/// <summary>What a bundle may ask of the world when its capabilities say so, and what happens when the world does not answer.</summary>
public sealed class GrantedWorldTests : IDisposable
{
    private readonly HttpListener _server = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Task _serving;

    public GrantedWorldTests()
    {
        Port = FreePort();
        _server.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _server.Prefixes.Add($"http://localhost:{Port}/");
        _server.Start();
        _serving = ServeAsync();
    }

    private int Port { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Stop();
        _serving.GetAwaiter().GetResult();
        _server.Close();
        _http.Dispose();
    }

    [Fact]
    public void An_answer_has_the_form_of_opas()
    {
        var answer = Value("""
            http.send({"method": "post", "url": "URL/echo", "body": {"a": [1, "ü"]}, "headers": {"X-Asked-By": "a policy"}})
            """);
        var response = answer.AsObject!;
        Assert.Equal("200 OK", response["status"].Text);
        Assert.Equal("200", response["status_code"].ToString());
        Assert.Equal("""["application/json"]""", response["headers"].AsObject!["content-type"].ToString());
        Assert.Equal(
            """{"body": "{\"a\":[1,\"ü\"]}", "by": "a policy", "kind": "application/json", "method": "POST"}""", response["body"].ToString());
        Assert.Equal(response["body"], RegoJson.Parse(response["raw_body"].Text));
    }

    [Theory]
    [InlineData("""http.send({"method": "get", "url": "URL/text"}).body""", "null")]
    [InlineData("""http.send({"method": "get", "url": "URL/text"}).raw_body""", "\"1: yes\"")]
    [InlineData("""http.send({"method": "get", "url": "URL/text", "force_yaml_decode": true}).body""", """{"1": true}""")]
    [InlineData("""http.send({"method": "get", "url": "URL/missing"}).status_code""", "404")]
    [InlineData("""http.send({"method": "get", "url": "URL/redirect"}).status_code""", "302")]
    [InlineData("""http.send({"method": "get", "url": "URL/redirect", "enable_redirect": true}).raw_body""", "\"1: yes\"")]
    [InlineData("""http.send({"method": "get", "url": "URL/elsewhere", "enable_redirect": true, "raise_error": false}).error.code""", "\"eval_http_send_internal_error\"")]
    [InlineData("""http.send({"method": "get", "url": "URL/slow", "timeout": "100ms", "raise_error": false}).error.code""", "\"eval_http_send_network_error\"")]
    [InlineData("""http.send({"method": "get", "url": "http://127.0.0.1:1/", "raise_error": false}).status_code""", "0")]
    [InlineData("""net.lookup_ip_addr("localhost") & {"127.0.0.1"}""", """["127.0.0.1"]""")]
    [InlineData("object.keys(opa.runtime())", """["version"]""")]
    public void Questions_are_answered(string question, string answer) => Assert.Equal(answer, RegoJson.ToText(Value(question)).Replace(":", ": ", StringComparison.Ordinal).Replace(":  ", ": ", StringComparison.Ordinal));

    [Theory]
    [InlineData("""http.send({"method": "get", "url": "http://example.org/"})""", "`example.org:80` is not in the bundle's `allowNet`")]
    [InlineData("""http.send({"method": "get", "url": "file:///etc/passwd"})""", "`url` should be an absolute address of http or https")]
    [InlineData("""http.send({"method": "get", "url": "URL/slow", "timeout": "100ms"})""", "no answer within 0.1 s")]
    [InlineData("""http.send({"method": "get", "url": "URL/text", "force_json_decode": true})""", "the answer is no JSON")]
    [InlineData("""http.send({"method": "get", "url": "URL/text", "tls_insecure_skip_verify": true})""", "`tls_insecure_skip_verify` is not supported")]
    [InlineData("""http.send({"method": "get", "url": "URL/text", "timeout": "soon"})""", "`timeout` should be nanoseconds, or a text such as `2s`")]
    [InlineData("""http.send({"method": "get", "url": "URL/large"})""", "the answer is larger than 8 MiB")]
    [InlineData("""net.lookup_ip_addr("example.org")""", "`example.org` is not in the bundle's `allowNet`")]
    public void What_is_not_answered_ends_the_evaluation_and_is_never_undefined(string question, string says)
    {
        var error = Evaluate(question, Granted).Error!;
        Assert.Equal("eval_world_error", error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""http.send({"method": "get", "url": "URL/text"})""", "http.send")]
    [InlineData("""net.lookup_ip_addr("localhost")""", "net.lookup_ip_addr")]
    public void What_is_not_granted_says_which_capability_is_missing(string question, string capability)
    {
        var error = Evaluate(question, WorldGrants.None).Error!;
        Assert.Contains($"the capability `{capability}` is not given to this bundle", error.Message, StringComparison.Ordinal);
        Assert.Empty(Asked);
    }

    [Fact]
    public void A_server_that_breaks_off_is_asked_again_as_often_as_the_policy_says()
    {
        const string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[7";
        using var faulty = new FaultyServer(half, half, FaultyServer.Answer(200, "[7]"));
        var url = faulty.Address.ToString().TrimEnd('/');
        var grants = Granted with { AllowNet = [$"127.0.0.1:{faulty.Address.Port}"] };
        string Question(int retries) => $$"""http.send({"method": "get", "url": "{{url}}", "max_retry_attempts": {{retries}}}).body""";

        // The first breaks off, and so does the second try; the third is answered.
        Assert.Contains("eval_world_error", Evaluate(Question(0), grants).Error!.Code, StringComparison.Ordinal);
        Assert.Equal("[7]", Evaluate(Question(2), grants).Answers[0]["result"].ToString());
        Assert.Equal(3, faulty.Requests.Count);
    }

    [Fact]
    public void The_same_question_is_asked_once_and_a_replay_asks_nobody()
    {
        const string question = """[http.send({"method": "get", "url": "URL/text"}).raw_body | some _ in numbers.range(1, 5)]""";
        var first = Evaluate(question, Granted);
        Assert.Single(Asked);

        var replay = Prepared(question, Granted).Replay(default, first.Recorded!, Cancel);
        Assert.Equal(first.Answers[0]["result"], replay.Answers.Answers[0]["result"]);
        Assert.Empty(replay.Unused);
        Assert.Single(Asked);
    }

    [Fact]
    public void A_cancelled_evaluation_does_not_wait_for_the_answer()
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        ends.CancelAfter(100);
        Assert.ThrowsAny<OperationCanceledException>(
            () => Prepared("""http.send({"method": "get", "url": "URL/slow"})""", Granted).Evaluate(default, ends.Token));
    }

    private WorldGrants Granted => new() { Functions = WorldGrants.Known, AllowNet = [$"127.0.0.1:{Port}", "127.0.0.1:1", "localhost"] };

    private List<string> Asked { get; } = [];

    private RegoValue Value(string question)
    {
        var answers = Evaluate(question, Granted);
        Assert.Null(answers.Error);
        return answers.Answers[0]["result"];
    }

    private RegoAnswers Evaluate(string question, WorldGrants grants) => Prepared(question, grants).Evaluate(default, Cancel);

    private RegoQuery Prepared(string question, WorldGrants grants)
    {
        var options = RegoOptions.Default with
        {
            World = () => new GrantedWorld(TimeProvider.System, 0, grants, _http),
            Limits = RegoLimits.Default with { Time = TimeSpan.FromMinutes(2) },
        };
        var (engine, errors) = RegoEngine.Compile([], default, options);
        Assert.Empty(errors);
        var (query, wrong) = engine!.Prepare($"result = {question.Replace("URL", $"http://127.0.0.1:{Port}", StringComparison.Ordinal)}");
        Assert.Empty(wrong);
        return query!;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _server.GetContextAsync();
                lock (Asked) Asked.Add(context.Request.Url!.AbsolutePath);
                _ = AnswerAsync(context);
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var (status, kind, body) = request.Url!.AbsolutePath switch
        {
            "/echo" => (200, "application/json", await EchoAsync(request)),
            "/text" => (200, "text/plain", "1: yes"),
            "/large" => (-1, "text/plain", ""),
            "/redirect" => (302, "text/plain", $"http://localhost:{Port}/text"),
            "/elsewhere" => (302, "text/plain", "http://example.org/"),
            "/slow" => (0, "", ""),
            _ => (404, "text/plain", "no"),
        };
        if (status == 0) return;
        if (status < 0)
        {
            await WithoutEndAsync(response);
            return;
        }

        response.StatusCode = status;
        response.ContentType = kind;
        if (status == 302) response.RedirectLocation = body;
        try
        {
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            response.Close();
        }
        catch (Exception end) when (end is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The policy had enough.
        }
    }

    /// <summary>Writes for as long as anybody reads: only a limit ends it.</summary>
    private static async Task WithoutEndAsync(HttpListenerResponse response)
    {
        response.SendChunked = true;
        var some = new byte[1 << 16];
        try
        {
            while (true) await response.OutputStream.WriteAsync(some);
        }
        catch (Exception end) when (end is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The policy had enough.
        }
    }

    private static async Task<string> EchoAsync(HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        return $$"""
            {"method": "{{request.HttpMethod}}", "by": "{{request.Headers["X-Asked-By"]}}", "kind": "{{request.ContentType}}", "body": {{System.Text.Json.JsonSerializer.Serialize(body)}}}
            """;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
