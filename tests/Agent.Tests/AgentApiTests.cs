using System.Net;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Dispatch;
using MediatR;
using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>The gateway's side of the protocol, and how far an agent's token reaches.</summary>
public class AgentApiTests
{
    private static readonly Caller Admin = new("a_1", "admin", Role.Admin);

    [Fact]
    public async Task A_document_is_given_once_and_then_said_to_be_known()
    {
        await using var stage = await Stage.SetAsync();
        using var nothing = await stage.AskAsync(HttpMethod.Get, "/agent/v1/targets/site/desired", stage.Token);
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        await stage.OrderAsync("first");

        using var first = await stage.AskAsync(HttpMethod.Get, "/agent/v1/targets/site/desired", stage.Token);
        using var again = await stage.AskAsync(HttpMethod.Get, "/agent/v1/targets/site/desired", stage.Token, tag: first.Headers.ETag!.Tag);

        Assert.Equal((HttpStatusCode.OK, "\"1\""), (first.StatusCode, first.Headers.ETag.Tag));
        Assert.Equal("application/vnd.dsse.envelope.v1+json", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task The_same_tree_is_the_same_archive_and_only_the_newest_is_given()
    {
        await using var stage = await Stage.SetAsync();
        var old = await stage.OrderAsync("first");
        var order = await stage.OrderAsync("second", ("web/deep/er/a.txt", "a"), ($"web/{new string('n', 200)}/b.txt", "b"));

        var one = await ContentAsync(stage, order.Tree);
        var other = await ContentAsync(stage, order.Tree);
        using var superseded = await stage.AskAsync(HttpMethod.Get, $"/agent/v1/targets/site/content/{old.Tree}", stage.Token);

        Assert.Equal(one, other);
        Assert.Equal(HttpStatusCode.NotFound, superseded.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/status", HttpStatusCode.Forbidden)]
    [InlineData("/api/v1/audit/entries", HttpStatusCode.Forbidden)]
    [InlineData("/openapi/v1.json", HttpStatusCode.Forbidden)]
    [InlineData("/", HttpStatusCode.Forbidden)]
    [InlineData("/agent/v1/targets/other/desired", HttpStatusCode.Forbidden)]
    [InlineData("/agent/v1/targets/site/desired", HttpStatusCode.NotFound)]
    public async Task An_agents_token_reaches_its_own_target_and_nothing_else(string path, HttpStatusCode expected)
    {
        await using var stage = await Stage.SetAsync();
        using var answer = await stage.AskAsync(HttpMethod.Get, path, stage.Token);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Admin)]
    public async Task Nobody_else_speaks_for_an_agent(Role role)
    {
        await using var stage = await Stage.SetAsync();
        var made = await stage.Get<IMediator>().Send(new CreateToken(Admin, "somebody", role, "a_2"), Stage.Cancel);
        var token = Assert.IsType<ActAnswer<NewToken>.Done>(made).Outcome.Text;
        using var answer = await stage.AskAsync(HttpMethod.Get, "/agent/v1/targets/site/desired", token);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using var stranger = await stage.AskAsync(HttpMethod.Get, "/agent/v1/targets/site/desired", TokenText.New());
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Theory]
    [InlineData(Role.Agent, null, false)]
    [InlineData(Role.Agent, "nowhere", false)]
    [InlineData(Role.Viewer, "site", false)]
    [InlineData(Role.Agent, "site", true)]
    public async Task A_token_is_bound_to_a_target_exactly_when_it_is_an_agents(Role role, string? target, bool isMade)
    {
        await using var stage = await Stage.SetAsync();
        var made = await stage.Get<IMediator>().Send(new CreateToken(Admin, "edge", role, "a_2") { Target = target }, Stage.Cancel);
        Assert.Equal(isMade, made is ActAnswer<NewToken>.Done);
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"01900000-0000-7000-8000-000000000001","target":"other","version":1,"phase":"applied","at":"2026-01-02T03:04:05Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"01900000-0000-7000-8000-000000000001","target":"site","version":1,"phase":"perfect","at":"2026-01-02T03:04:05Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"01900000-0000-7000-8000-000000000001","target":"site","version":1,"phase":"applied","at":"2026-01-02T03:04:05Z","more":1}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"01900000-0000-7000-8000-000000000001","target":"site","version":-1,"phase":"applied","at":"2026-01-02T03:04:05Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"id":"01900000-0000-7000-8000-000000000001","target":"site","version":1,"phase":"applied","at":"2026-01-02T03:04:05Z"}""", HttpStatusCode.Accepted)]
    public async Task Only_a_whole_report_of_the_own_target_is_taken(string json, HttpStatusCode expected)
    {
        await using var stage = await Stage.SetAsync();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await stage.AskAsync(HttpMethod.Post, "/agent/v1/targets/site/reports", stage.Token, json);
            Assert.Equal(expected, answer.StatusCode);
        }

        Assert.Equal(expected == HttpStatusCode.Accepted ? 1 : 0, (await stage.ReportsAsync()).Count);
        using var large = await stage.AskAsync(HttpMethod.Post, "/agent/v1/targets/site/reports", stage.Token, new string(' ', 20_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task A_report_about_an_order_of_another_target_changes_nothing_there()
    {
        await using var stage = await Stage.SetAsync();
        var order = await stage.OrderAsync("first");
        var report = new AgentReport
        {
            Id = Guid.CreateVersion7(order.OrderedAt),
            Target = "other",
            OrderId = order.Id,
            Version = 1,
            Phase = ReportPhase.Failed,
            Reason = "mischief",
            At = order.OrderedAt,
        };
        var token = await stage.TokenAsync("other");
        using var answer = await stage.AskAsync(
            HttpMethod.Post, "/agent/v1/targets/other/reports", token, System.Text.Encoding.UTF8.GetString(report.ToJson()));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var entry = Assert.Single(await stage.ReportsAsync());
        Assert.False(entry.TryGetProperty("subject", out var subject) && subject.ValueKind != JsonValueKind.Null);
    }

    private static async Task<byte[]> ContentAsync(Stage stage, string tree)
    {
        using var answer = await stage.AskAsync(HttpMethod.Get, $"/agent/v1/targets/site/content/{tree}", stage.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync(Stage.Cancel);
    }
}
