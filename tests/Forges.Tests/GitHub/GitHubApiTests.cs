using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>Every request that the gate can make is one that GitHub's own description allows.</summary>
public sealed class GitHubApiTests(ITestOutputHelper output)
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // What the reference material's part of the description leaves out; docs.github.com, "REST API endpoints for repositories".
    private const string Beside = """
        {"paths":{
          "/orgs/{org}/repos":{"get":{"parameters":[
            {"in":"query","name":"type"},{"in":"query","name":"sort"},{"in":"query","name":"direction"},
            {"in":"query","name":"per_page"},{"in":"query","name":"page"}]}},
          "/users/{username}/repos":{"get":{"parameters":[
            {"in":"query","name":"type"},{"in":"query","name":"sort"},{"in":"query","name":"direction"},
            {"in":"query","name":"per_page"},{"in":"query","name":"page"}]}},
          "/user/repos":{"get":{"parameters":[
            {"in":"query","name":"visibility"},{"in":"query","name":"affiliation"},{"in":"query","name":"type"},{"in":"query","name":"sort"},
            {"in":"query","name":"direction"},{"in":"query","name":"per_page"},{"in":"query","name":"page"}]}}}}
        """;

    [Fact]
    public async Task Every_request_is_in_GitHubs_own_description()
    {
        var file = Shared.Locate("openapi/github-subset.strict.json");
        Assert.SkipWhen(file is null, "GitHub's description of its REST API is not here");
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        using var beside = JsonDocument.Parse(Beside);
        GitHubApiDescription[] descriptions = [new(beside.RootElement), new(document.RootElement)];
        var requests = await RequestsAsync();
        var problems = requests.SelectMany(request => descriptions
            .Select(one => one.Problems(request.Method, request.Path["/api/v3".Length..], request.Body).ToList())
            .MinBy(found => found.Count)!.Select(problem => $"{request.Method} {request.Path}: {problem}"));
        Assert.Empty(problems.Distinct());
        Assert.Equal(WriteShapes, requests.Where(request => request.Method != "GET").Select(Shape).Distinct().Order(StringComparer.Ordinal));
        output.WriteLine($"{requests.Count} requests were compared with the description");
    }

    [Fact]
    public void The_description_finds_what_is_wrong()
    {
        using var document = JsonDocument.Parse("""
            {"paths":{"/a/{b}":{"post":{
              "parameters":[{"in":"query","name":"q"}],
              "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/s"}}}}}}},
             "s":{"required":["x"],"properties":{"x":{"enum":["one"]}}}}
            """);
        var description = new GitHubApiDescription(document.RootElement);
        Assert.Empty(description.Problems("POST", "/a/1?q=1", """{"x":"one"}"""));
        Assert.Single(description.Problems("POST", "/b/1", ""));
        Assert.Single(description.Problems("GET", "/a/1", ""));
        Assert.Single(description.Problems("POST", "/a/1?r=1", """{"x":"one"}"""));
        Assert.Single(description.Problems("POST", "/a/1", """{"x":"two"}"""));
        Assert.Equal(2, description.Problems("POST", "/a/1", """{"y":"two"}""").Count());
    }

    private static readonly string[] WriteShapes =
    [
        "DELETE /hooks/{}", "DELETE /rulesets/{}", "PATCH /check-runs/{}", "PATCH /hooks/{}", "PATCH /issues/comments/{}",
        "POST /actions/runs/{}/deployment_protection_rule", "POST /app/installations/{}/access_tokens", "POST /check-runs", "POST /git/refs", "POST /hooks",
        "POST /hooks/{}/deliveries/{}/attempts", "POST /hooks/{}/pings", "POST /issues/{}/comments", "POST /pulls", "POST /rulesets",
        "POST /statuses/{}", "PUT /contents/{}", "PUT /rulesets/{}",
    ];

    private static string Shape(JournalEntry request)
    {
        var path = request.Path.Split('?')[0]["/api/v3".Length..];
        const string Repository = "/repos/acme/shop";
        var pieces = (path.StartsWith(Repository, StringComparison.Ordinal) ? path[Repository.Length..] : path).Split('/');
        var isId = (string piece) => piece.All(char.IsAsciiDigit) || piece.Length == 40 || piece.Contains('.', StringComparison.Ordinal);
        return $"{request.Method} {string.Join('/', pieces.Select((piece, at) => at > 0 && isId(piece) ? "{}" : piece))}";
    }

    /// <summary>The requests that asking, telling and setting up everything make, below <c>/api/v3</c>.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> RequestsAsync()
    {
        await using var stage = await GitHubStage.SetAsync();
        await AskAndTellAllAsync(stage, stage.AsAccount);
        await AskAndTellAllAsync(stage, stage.AsApp);
        await AnswerAsync(stage);
        return stage.GitHub.Journal.Entries;
    }

    private static async Task AskAndTellAllAsync(GitHubStage stage, Connection connection)
    {
        var forge = stage.Forge;
        var alice = new Person("alice", "1", PersonKind.User);
        await forge.DescribeAsync(connection, stage.Change, Cancellation);
        await forge.MembersAsync(connection, stage.Repository, [stage.Team], [alice], Cancellation);
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        var notes = Enumerable.Range(1, 60).Select(line => new LineNote(new Place("a.yaml", line), NoteLevel.Warning, "policy/x", "mind this"));
        var report = new StatusReport(stage.Repository, stage.Head, "feature", "gitops-gate", Verdict.Held, "held", "https://gate/r/1")
        {
            Ruling = "r-1",
            Details = "# Why",
            Notes = [.. notes],
        };
        await forge.ReportAsync(connection, report, Cancellation);
        await forge.ReportAsync(connection, report with { Verdict = Verdict.Denied }, Cancellation);
        var comment = await forge.ExplainAsync(connection, stage.Change, "held", null, Cancellation);
        await forge.ExplainAsync(connection, stage.Change, "allowed", comment, Cancellation);
        await LookRoundAsync(stage, connection);
        await SetUpAsync(stage, connection);
    }

    private static async Task LookRoundAsync(GitHubStage stage, Connection connection)
    {
        var (forge, repository) = (stage.Forge, stage.Repository);
        await forge.RepositoriesAsync(connection, "acme", Cancellation);
        stage.GitHub.MakePerson("other");
        await forge.RepositoriesAsync(connection, "other", Cancellation);
        await forge.OpenChangesAsync(connection, repository, Cancellation);
        await forge.TipAsync(connection, repository, "release/1.0", Cancellation);
        await forge.StandingAsync(connection, repository, Cancellation);
    }

    private static async Task SetUpAsync(GitHubStage stage, Connection connection)
    {
        var (forge, repository) = (stage.Forge, stage.Repository);
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        await forge.HookHealthAsync(connection, repository, HookUrl, Cancellation);
        await stage.MissDeliveryAsync(HookUrl);
        var since = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        var missed = await forge.MissedAsync(connection, repository, HookUrl, since, Cancellation);
        await forge.RedeliverAsync(connection, repository, missed[^1], Cancellation);
        await forge.RemoveHooksAsync(connection, repository, HookUrl, Cancellation);
        await forge.ProtectAsync(connection, repository, "main", Cancellation);
        await forge.ProtectAsync(connection, repository, "release/1.0", Cancellation);
        await forge.UnprotectAsync(connection, repository, "main", Cancellation);
        await forge.UnprotectAsync(connection, repository, "release/1.0", Cancellation);
        var file = new FileProposal("main", "gate/starter", "deploy/.gitopsgate.yaml", $"# {connection.App?.Id}\n", "Add rules", "A start.");
        await forge.ProposeFileAsync(connection, repository, file, Cancellation);
    }

    private static async Task AnswerAsync(GitHubStage stage)
    {
        var deployments = Assert.IsType<IForgeDeployments>(stage.Forge, exactMatch: false);
        var waiting = await stage.GitHub.AskToDeployAsync(stage.Shop, stage.App, "alice", "prod", stage.Pull.Head);
        var answer = new DeploymentAnswer(stage.Repository, "prod", waiting.Run, null, "looking");
        await deployments.AnswerDeploymentAsync(stage.AsApp, answer, Cancellation);
        await deployments.AnswerDeploymentAsync(stage.AsApp, answer with { IsApproved = true }, Cancellation);
        await deployments.AnswerDeploymentAsync(stage.AsApp, answer with { IsApproved = true }, Cancellation);
        // Now the runs that wait are asked for, too.
        waiting.Comments[^1] = "somebody else's words";
        await deployments.AnswerDeploymentAsync(stage.AsApp, answer with { IsApproved = true }, Cancellation);
    }
}
