using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>Every request that the gate can make is one that the descriptions of both forges allow.</summary>
public sealed class GiteaApiTests(ITestOutputHelper output)
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("openapi/gitea-official-1.27dev.strict.json", false)]
    [InlineData("openapi/forgejo.api-evangelist.openapi.json", true)]
    public async Task Every_request_is_in_the_description(string description, bool isForgejo)
    {
        var file = Shared.Locate(description);
        Assert.SkipWhen(file is null, $"the description `{description}` is not here");
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        var api = new GiteaApiDescription(document.RootElement);
        var requests = await RequestsAsync(isForgejo);
        Assert.Empty(requests.SelectMany(request =>
            api.Problems(request.Method, request.Path["/api/v1".Length..], request.Body).Select(problem => $"{request.Path}: {problem}")));
        Assert.DoesNotContain(requests, request => request.Status >= 400 && request.Status != 404);
        var writes = requests.Where(request => request.Method != "GET").Select(request => $"{request.Method} {request.Path}").Distinct();
        Assert.Equal(11, writes.Count());
        output.WriteLine($"{requests.Count} requests were compared with the description");
    }

    [Fact]
    public void The_description_finds_what_is_wrong()
    {
        using var document = JsonDocument.Parse("""
            {"paths":{"/a/{b}":{"post":{"parameters":[
              {"in":"query","name":"q"},{"in":"body","name":"body","schema":{"$ref":"#/definitions/s"}}]}}},
             "definitions":{"s":{"required":["x"],"properties":{
               "x":{"type":"string","enum":["one"]},"l":{"type":"array","items":{"type":"string"}}}}}}
            """);
        var description = new GiteaApiDescription(document.RootElement);
        Assert.Empty(description.Problems("POST", "/a/1?q=1", """{"x":"one","l":["w"]}"""));
        Assert.Single(description.Problems("POST", "/b/1", ""));
        Assert.Single(description.Problems("GET", "/a/1", ""));
        Assert.Single(description.Problems("POST", "/a/1?r=1", """{"x":"one"}"""));
        Assert.Single(description.Problems("POST", "/a/1", """{"x":"two"}"""));
        Assert.Single(description.Problems("POST", "/a/1", """{"x":"one","l":[1]}"""));
        Assert.Equal(2, description.Problems("POST", "/a/1", """{"y":"two"}""").Count());
    }

    /// <summary>The requests that asking, telling and setting up everything make, below <c>/api/v1</c>.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> RequestsAsync(bool isForgejo)
    {
        await using var stage = await GiteaStage.SetAsync(isForgejo);
        await AskAndTellAllAsync(stage);
        await SetUpAllAsync(stage);
        return stage.Gitea.Journal.Entries;
    }

    private static async Task AskAndTellAllAsync(GiteaStage stage)
    {
        var (forge, connection) = (stage.Forge, stage.Connection);
        var alice = (await forge.DescribeAsync(connection, stage.Change, Cancellation))!.Change.Author;
        await forge.MembersAsync(connection, stage.Repository, [stage.Team], [alice], Cancellation);
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        var report = new StatusReport(stage.Repository, stage.Head, "feature", "gitops-gate", Verdict.Held, "held", "https://gate/r/1");
        await forge.ReportAsync(connection, report, Cancellation);
        var comment = await forge.ExplainAsync(connection, stage.Change, "held", null, Cancellation);
        await forge.ExplainAsync(connection, stage.Change, "allowed", comment, Cancellation);
        await forge.ReplyAsync(connection, stage.Change, comment, "so", Cancellation);
        await forge.RepositoriesAsync(connection, stage.Owner, Cancellation);
        stage.Gitea.User("dora");
        await stage.Gitea.AddRepositoryAsync("dora/notes");
        await forge.RepositoriesAsync(connection, "dora", Cancellation);
        await forge.OpenChangesAsync(connection, stage.Repository, Cancellation);
        await forge.TipAsync(connection, stage.Repository, "main", Cancellation);
        await forge.StandingAsync(connection, stage.Repository, Cancellation);
    }

    private static async Task SetUpAllAsync(GiteaStage stage)
    {
        var (forge, connection, repository) = (stage.Forge, stage.Connection, stage.Repository);
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        stage.Shop.Hooks[0] = stage.Shop.Hooks[0] with { AuthorizationHeader = "Basic Zm9v" };
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        await forge.HookHealthAsync(connection, repository, HookUrl, Cancellation);
        await forge.RemoveHooksAsync(connection, repository, HookUrl, Cancellation);
        await forge.ProtectAsync(connection, repository, "main", Cancellation);
        await forge.ProtectionAsync(connection, repository, "main", Cancellation);
        await forge.UnprotectAsync(connection, repository, "main", Cancellation);
        stage.Gitea.Protect(stage.Shop, "main", new JsonObject { ["enable_status_check"] = true, ["status_check_contexts"] = new JsonArray("ci") });
        await forge.ProtectAsync(connection, repository, "main", Cancellation);
        var proposal = new FileProposal("main", "starter", "rules.yaml", "version: 1\n", "Add rules", "A start.");
        await stage.Gitea.PushAsync(stage.Shop, "bob", "starter", "An old try", ("rules.yaml", "version: 0\n"));
        await forge.ProposeFileAsync(connection, repository, proposal, Cancellation);
        await forge.ProposeFileAsync(connection, repository, proposal with { Branch = "another" }, Cancellation);
    }
}
