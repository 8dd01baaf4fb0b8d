using System.Text.Json;
using GitOpsGate.Changes;
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

    [Fact]
    public async Task Every_request_is_in_GitHubs_own_description()
    {
        var file = Shared.Locate("openapi/github-subset.strict.json");
        Assert.SkipWhen(file is null, "GitHub's description of its REST API is not here");
        await using var stage = await GitHubStage.SetAsync();
        await AskAndTellAllAsync(stage);
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        var description = new GitHubApiDescription(document.RootElement);
        var requests = stage.GitHub.Journal.Entries;
        var problems = requests.SelectMany(request =>
            description.Problems(request.Method, request.Path["/api/v3".Length..], request.Body).Select(problem => $"{request.Path}: {problem}"));
        Assert.Empty(problems);
        Assert.Equal(6, requests.Where(request => request.Method != "GET").Select(request => request.Method + request.Path).Distinct().Count());
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

    private static async Task AskAndTellAllAsync(GitHubStage stage)
    {
        var (forge, connection) = (stage.Forge, stage.Connection);
        var alice = new Person("alice", "1", PersonKind.User);
        await forge.DescribeAsync(connection, stage.Change, Cancellation);
        await forge.MembersAsync(connection, stage.Repository, [stage.Team], [alice], Cancellation);
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        var report = new StatusReport(stage.Repository, stage.Head, "feature", "gitops-gate", Verdict.Held, "held", "https://gate/r/1");
        await forge.ReportAsync(connection, report, Cancellation);
        var comment = await forge.ExplainAsync(connection, stage.Change, "held", null, Cancellation);
        await forge.ExplainAsync(connection, stage.Change, "allowed", comment, Cancellation);
        await forge.RegisterHookAsync(connection, stage.Repository, HookUrl, Cancellation);
        await forge.RegisterHookAsync(connection, stage.Repository, HookUrl, Cancellation);
    }
}
