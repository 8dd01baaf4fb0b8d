using System.Text.Json;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>Every request that the gate can make is one that Atlassian's own description allows.</summary>
public sealed class BitbucketCloudApiTests(ITestOutputHelper output)
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    /// <summary>The description that is at hand leaves the list of a workspace's repositories out.</summary>
    internal const string Unlisted = "/repositories/acme";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_is_in_Atlassians_own_description()
    {
        var file = Shared.Locate("openapi/bitbucket-cloud-subset.json");
        Assert.SkipWhen(file is null, "Atlassian's description of its REST API is not here");
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        var description = new BitbucketApiDescription(document.RootElement);
        var requests = await RequestsAsync();
        var problems = requests.Select(request => (request.Method, Path: request.Path["/2.0".Length..], request.Body))
            .Where(request => request.Path.Split('?')[0] != Unlisted)
            .SelectMany(request => description.Problems(request.Method, request.Path, request.Body).Select(problem => $"{request.Path}: {problem}"));
        Assert.Empty(problems);
        var writes = requests.Where(request => request.Method != "GET").Select(request => request.Method + request.Path.Split('?')[0]);
        Assert.Equal(14, writes.Distinct().Count());
        output.WriteLine($"{requests.Count} requests were compared with the description");
    }

    [Fact]
    public void The_description_finds_what_is_wrong()
    {
        using var document = JsonDocument.Parse("""
            {"paths":{"/a/{b}":{"parameters":[{"in":"query","name":"q2"}],"post":{
              "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/s"}}}}}},
              "/l":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/s"}}}}}}}},
             "s":{"allOf":[{"required":["type"],"properties":{"type":{}}},{"required":["x"],"properties":{"x":{"enum":["one"]}}}]}}
            """);
        var description = new BitbucketApiDescription(document.RootElement);
        Assert.Empty(description.Problems("POST", "/a/1?q2=1&pagelen=2", """{"x":"one"}"""));
        Assert.Single(description.Problems("POST", "/b/1", ""));
        Assert.Single(description.Problems("GET", "/a/1", ""));
        Assert.Single(description.Problems("POST", "/a/1?r=1", """{"x":"one"}"""));
        Assert.Single(description.Problems("POST", "/a/1", """{"x":"two"}"""));
        Assert.Equal(2, description.Problems("POST", "/l", """[{"x":"one"},{"y":"two"}]""").Count());
    }

    /// <summary>The requests that asking, telling and setting up everything make, below <c>/2.0</c>.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> RequestsAsync()
    {
        await using var stage = await BitbucketCloudStage.SetAsync();
        await AskAndTellAllAsync(stage);
        await SetUpAllAsync(stage);
        return stage.Bitbucket.Journal.Entries;
    }

    private static async Task AskAndTellAllAsync(BitbucketCloudStage stage)
    {
        var (forge, connection) = (stage.Forge, stage.Connection);
        await forge.DescribeAsync(connection, stage.Change, Cancellation);
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        stage.Bitbucket.HasCommitLinks = false;
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        var report = new StatusReport(stage.Repository, stage.Head, "feature", "gitops-gate", Verdict.Denied, "no", "https://gate.example.org/r/1")
        {
            Notes = [new LineNote(new Place("new.txt", 1), NoteLevel.Failure, "policy/deny", "no")],
        };
        await forge.ReportAsync(connection, report, Cancellation);
        await forge.ReportAsync(connection, report, Cancellation);
        await forge.ReportAsync(connection, report with { Notes = [], Verdict = Verdict.Allowed }, Cancellation);
        var comment = await forge.ExplainAsync(connection, stage.Change, "held", null, Cancellation);
        await forge.ExplainAsync(connection, stage.Change, "allowed", comment, Cancellation);
    }

    private static async Task SetUpAllAsync(BitbucketCloudStage stage)
    {
        var (forge, connection, repository) = (stage.Forge, stage.Connection, stage.Repository);
        await forge.RepositoriesAsync(connection, stage.Owner, Cancellation);
        await forge.OpenChangesAsync(connection, repository, Cancellation);
        await forge.TipAsync(connection, repository, "main", Cancellation);
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        await forge.RegisterHookAsync(connection, repository, HookUrl, Cancellation);
        await forge.HookHealthAsync(connection, repository, HookUrl, Cancellation);
        await forge.RemoveHooksAsync(connection, repository, HookUrl, Cancellation);
        await forge.ProtectAsync(connection, repository, "main", Cancellation);
        await forge.ProtectionAsync(connection, repository, "main", Cancellation);
        await forge.UnprotectAsync(connection, repository, "main", Cancellation);
        var proposal = new FileProposal("main", "gitopsgate/starter", ".gitopsgate.yaml", "version: 1\n", "Add rules", "They are a start.");
        await forge.ProposeFileAsync(connection, repository, proposal, Cancellation);
        await forge.StandingAsync(connection, repository, Cancellation);
    }
}
