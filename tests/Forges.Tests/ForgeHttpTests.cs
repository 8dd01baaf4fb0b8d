using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>The one way out to forges keeps its bounds, gives no token away, and says what a failure means.</summary>
public sealed class ForgeHttpTests : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private readonly ManualTimeProvider _clock = new();
    private ScriptedForge _forge = null!;
    private ServiceProvider _room = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forge = await ScriptedForge.StartAsync();
        _room = Room(new ForgeHttpOptions { AnswerLimit = 10_000 });
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _forge.DisposeAsync();
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_by_its_link_header()
    {
        _forge.On("/api/things", context => Linked(context, "[1,2]", "/api/things?page=2"));
        _forge.On("/api/things?page=2", context => Linked(context, "[3]", null));
        var items = await Link().ListAsync("/things", null, Cancellation);
        Assert.Equal([1, 2, 3], items.Select(item => item.GetInt32()));
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_by_the_next_of_its_body()
    {
        _forge.On("/api/things", _ => ScriptedForge.Json($$"""{"values":[1],"next":"{{_forge.Url}}/api/things?page=2"}"""));
        _forge.On("/api/things?page=2", _ => ScriptedForge.Json("""{"values":[2]}"""));
        var items = await Link().ListAsync("/things", "values", Cancellation);
        Assert.Equal([1, 2], items.Select(item => item.GetInt32()));
    }

    [Fact]
    public async Task A_list_without_end_is_refused_and_one_that_goes_in_a_circle_ends()
    {
        _forge.On("/api/things", context => Linked(context, "[1,2,3]", "/api/things"));
        Assert.Equal(3, (await Link().ListAsync("/things", null, Cancellation)).Length);
        var trouble = await TroubleAsync(() => Link().ListAsync("/things", null, Cancellation, limit: 2));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
    }

    [Fact]
    public async Task The_token_does_not_follow_a_page_or_a_redirect_to_another_host()
    {
        await using var other = await ScriptedForge.StartAsync();
        _forge.On("/api/paged", context => Linked(context, "[1]", other.Url + "/api/paged?page=2"));
        _forge.On("/api/moved", _ => Results.Redirect(other.Url + "/api/moved"));
        Assert.Equal(TroubleKind.Refused, (await TroubleAsync(() => Link().ListAsync("/paged", null, Cancellation))).Kind);
        Assert.Equal(TroubleKind.Refused, (await TroubleAsync(() => Link().GetAsync("/moved", Cancellation))).Kind);
        Assert.Empty(other.Journal.Entries);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.7/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://127.0.0.1:1/api/here")]
    [InlineData("http://localhost/api/here")]
    [InlineData("https://127.0.0.1/api/here")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1/")]
    public async Task A_redirect_into_somebodys_network_is_not_followed(string address)
    {
        _forge.On("/api/moved", context =>
        {
            context.Response.Headers.Location = address;
            return Results.StatusCode(302);
        });
        var trouble = await TroubleAsync(() => Link().GetAsync("/moved", Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Single(_forge.Journal.Entries);
    }

    [Fact]
    public async Task Reading_follows_a_redirect_to_the_same_host()
    {
        _forge.On("/api/old", _ => Results.Redirect("/api/new", permanent: true));
        _forge.On("/api/new", _ => ScriptedForge.Json("""{"is":"here"}"""));
        Assert.Equal("here", (await Link().GetAsync("/old", Cancellation)).Text("is"));
    }

    [Fact]
    public async Task A_change_is_repeated_at_another_place_only_where_the_forge_says_so()
    {
        _forge.On("/api/kept", _ => Results.Redirect("/api/new", permanent: true, preserveMethod: true));
        _forge.On("/api/lost", _ => Results.Redirect("/api/new", permanent: true));
        _forge.On("/api/new", _ => ScriptedForge.Json("""{"is":"done"}"""));
        var body = new JsonObject { ["a"] = 1 };
        Assert.Equal("done", (await Link().SendAsync(HttpMethod.Post, "/kept", body, Cancellation)).Text("is"));
        Assert.Equal("""{"a":1}""", _forge.Journal.Entries[^1].Body);
        Assert.Equal(
            TroubleKind.Refused, (await TroubleAsync(() => Link().SendAsync(HttpMethod.Post, "/lost", body, Cancellation))).Kind);
    }

    [Fact]
    public async Task Redirects_without_end_are_given_up()
    {
        _forge.On("/api/round", _ => Results.Redirect("/api/round"));
        await TroubleAsync(() => Link().GetAsync("/round", Cancellation));
        Assert.Equal(4, _forge.Journal.Count("GET", "/round"));
    }

    [Fact]
    public async Task An_answer_that_has_not_changed_is_not_sent_again_but_is_always_asked_for()
    {
        _forge.On("/api/thing", context =>
        {
            context.Response.Headers.ETag = "\"v1\"";
            return context.Request.Headers.IfNoneMatch == "\"v1\"" ? Results.StatusCode(304) : ScriptedForge.Json("""{"is":"one"}""");
        });
        Assert.Equal("one", (await Link().GetAsync("/thing", Cancellation)).Text("is"));
        Assert.Equal("one", (await Link().GetAsync("/thing", Cancellation)).Text("is"));
        Assert.Equal([200, 304], _forge.Journal.Entries.Select(entry => entry.Status));
    }

    [Fact]
    public async Task What_is_kept_for_asking_again_stays_within_its_bound()
    {
        await using var room = Room(new ForgeHttpOptions { CacheLimit = 20_000 });
        var link = room.GetRequiredService<ForgeHttp>().Open(_forge.Connection, (_, _) => { });
        for (var i = 0; i < 30; i++)
        {
            var text = $$"""{"is":"{{new string('x', 1000)}}"}""";
            _forge.On($"/api/{i}", context =>
            {
                context.Response.Headers.ETag = "\"v1\"";
                return context.Request.Headers.IfNoneMatch.Count > 0 ? Results.StatusCode(304) : ScriptedForge.Json(text);
            });
            await link.GetAsync($"/{i}", Cancellation);
        }

        _forge.Journal.Clear();
        await link.GetAsync("/29", Cancellation);
        await link.GetAsync("/0", Cancellation);
        Assert.Equal([304, 200], _forge.Journal.Entries.Select(entry => entry.Status));
    }

    [Theory]
    [InlineData("x-ratelimit-remaining=0;x-ratelimit-reset=1767323105", 403, "{}", 60)]
    [InlineData("retry-after=7", 403, "{}", 7)]
    [InlineData("ratelimit-remaining=0;ratelimit-reset=1767323105", 429, "{}", 60)]
    [InlineData("", 403, """{"message":"You have exceeded a secondary rate limit"}""", 60)]
    [InlineData("", 429, "{}", 60)]
    [InlineData("retry-after=3", 503, "{}", 3)]
    public async Task A_forge_that_asks_to_wait_is_understood(string headers, int status, string body, int seconds)
    {
        // The clock stands at 2026-01-02 03:04:05, which is 60 seconds before 1767323105.
        _forge.On("/api/thing", context =>
        {
            foreach (var header in headers.Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                context.Response.Headers[header.Split('=')[0]] = header.Split('=')[1];
            }

            return ScriptedForge.Json(body, status);
        });
        var trouble = await TroubleAsync(() => Link().GetAsync("/thing", Cancellation));
        Assert.Equal((TroubleKind.Unavailable, TimeSpan.FromSeconds(seconds)), (trouble.Kind, trouble.RetryAfter));
        await TroubleAsync(() => Link().GetAsync("/other", Cancellation));
        Assert.Single(_forge.Journal.Entries);
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Null(await Link().FindAsync("/other", Cancellation));
    }

    [Theory]
    [InlineData(401, TroubleKind.Forbidden, TroubleKind.Forbidden)]
    [InlineData(403, TroubleKind.Forbidden, TroubleKind.Forbidden)]
    [InlineData(404, TroubleKind.Missing, TroubleKind.Missing)]
    [InlineData(422, TroubleKind.Refused, TroubleKind.Refused)]
    [InlineData(500, TroubleKind.Unavailable, TroubleKind.Unclear)]
    [InlineData(504, TroubleKind.Unavailable, TroubleKind.Unclear)]
    [InlineData(503, TroubleKind.Unavailable, TroubleKind.Unavailable)]
    public async Task A_bad_answer_means_less_certainty_for_what_changes_something(int status, TroubleKind reading, TroubleKind changing)
    {
        _forge.On("/api/thing", _ => ScriptedForge.Json("""{"message":"it says\nwhy"}""", status));
        var trouble = await TroubleAsync(() => Link().GetAsync("/thing", Cancellation));
        Assert.Equal(reading, trouble.Kind);
        Assert.Equal($"`GET /api/thing` of connection `c` was answered with {status}: it says why", trouble.Message);
        trouble = await TroubleAsync(() => Link().SendAsync(HttpMethod.Post, "/thing", null, Cancellation));
        Assert.Equal(changing, trouble.Kind);
    }

    [Theory]
    [InlineData("<html>sign in</html>")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("too large")]
    public async Task An_answer_that_cannot_be_read_is_trouble(string body)
    {
        var sent = body == "too large" ? $"\"{new string('x', 20_000)}\"" : body;
        _forge.On("/api/thing", _ => Results.Text(sent));
        Assert.Equal(TroubleKind.Unavailable, (await TroubleAsync(() => Link().GetAsync("/thing", Cancellation))).Kind);
        var write = await TroubleAsync(() => Link().SendAsync(HttpMethod.Put, "/thing", null, Cancellation));
        Assert.Equal(TroubleKind.Unclear, write.Kind);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_changed()
    {
        var connection = _forge.Connection;
        await _forge.DisposeAsync();
        var link = _room.GetRequiredService<ForgeHttp>().Open(connection, (_, _) => { });
        var trouble = await TroubleAsync(() => link.SendAsync(HttpMethod.Post, "/thing", null, Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
    }

    [Fact]
    public async Task A_caller_who_gives_up_gets_a_cancellation_and_no_verdict_about_the_forge()
    {
        _forge.Faults.Add(new Fault(FaultKind.HoldRequest));
        using var givenUp = new CancellationTokenSource();
        var call = Link().GetAsync("/thing", givenUp.Token);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("acme/../admin")]
    [InlineData("acme//shop")]
    [InlineData("..")]
    [InlineData("")]
    public void A_name_that_would_climb_to_another_address_is_refused(string path) =>
        Assert.Equal(TroubleKind.Refused, Assert.Throws<ForgeTroubleException>(() => ForgeLink.Safe(path)).Kind);

    [Fact]
    public void A_name_is_escaped_piece_by_piece() => Assert.Equal("acme/a%3Fb%23c%25", ForgeLink.Safe("acme/a?b#c%"));

    [Fact]
    public async Task Neither_token_nor_query_is_logged_and_every_call_is_counted()
    {
        using var listener = new MeterListener();
        var counted = new List<string>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument is { Name: "gate.forge.calls", Meter.Name: ForgeHttp.MeterName }
                && ReferenceEquals(instrument.Meter.Scope, _room.GetRequiredService<IMeterFactory>())) listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            counted.Add($"{value} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"));
        listener.Start();
        _forge.On("/api/thing?secret=query", _ => ScriptedForge.Json("{}"));
        await Link().GetAsync("/thing?secret=query", Cancellation);
        await TroubleAsync(() => Link().SendAsync(HttpMethod.Post, "/absent", null, Cancellation));
        Assert.Equal(["1 c scripted GET 2xx", "1 c scripted POST 4xx"], counted);
        var lines = _log.Lines.Where(line => line.Contains("/api/", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(_log.Lines, line => Assert.DoesNotContain("the-token", line, StringComparison.Ordinal));
        Assert.All(_log.Lines, line => Assert.DoesNotContain("query", line, StringComparison.Ordinal));
    }

    private static Task<ForgeTroubleException> TroubleAsync(Func<Task> call) => Assert.ThrowsAsync<ForgeTroubleException>(call);

    private static IResult Linked(HttpContext context, string json, string? next)
    {
        var pieces = next is null ? "</api/things?page=1>; rel=\"first\"" : $"</api/things?page=1>; rel=\"first\", <{next}>; rel=\"next\"";
        context.Response.Headers.Link = pieces;
        return ScriptedForge.Json(json);
    }

    private ForgeLink Link() => _room.GetRequiredService<ForgeHttp>().Open(
        _forge.Connection, (headers, connection) => headers.TryAddWithoutValidation("Private-Token", connection.Token.Reveal()));

    private ServiceProvider Room(ForgeHttpOptions options) => new ServiceCollection()
        .AddSingleton(options)
        .AddSingleton<TimeProvider>(_clock)
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
        .AddForges()
        .BuildServiceProvider();
}
