using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>Every request that the gate can make is one that Microsoft's own descriptions allow.</summary>
public sealed class AzureDevOpsApiTests(ITestOutputHelper output)
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    /// <summary>Accounts, rights and teams are described elsewhere.</summary>
    internal static readonly string[] Elsewhere = ["/_apis/connectionData", "/_apis/permissions/", "/_apis/projects/"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_is_in_Microsofts_own_descriptions()
    {
        var files = new[] { "git", "policy", "serviceHooks" }.Select(name => Shared.Locate($"openapi/azuredevops-{name}-7.1.swagger.json")).ToList();
        Assert.SkipWhen(files.Contains(null), "Microsoft's descriptions of the REST API are not here");
        var roots = files.Select(file => JsonElement.Parse(File.ReadAllBytes(file!))).ToList();
        var description = new AzureDevOpsApiDescription(roots);
        var requests = (await RequestsAsync())
            .Where(request => !Elsewhere.Any(part => request.Path.Contains(part, StringComparison.Ordinal))).ToList();
        var problems = requests.SelectMany(request =>
            description.Problems(request.Method, request.Path, request.Body).Select(problem => $"{request.Method} {request.Path}: {problem}"));
        Assert.Empty(problems);
        var writes = requests.Where(request => request.Method != "GET").Select(request => $"{request.Method} {Shape(request.Path)}").Distinct();
        Assert.Equal(
            [
                "DELETE /_apis/hooks/subscriptions/#", "DELETE /acme/_apis/policy/configurations/#", "PATCH /pullRequests/#/threads/#",
                "PATCH /pullRequests/#/threads/#/comments/#", "POST /_apis/hooks/subscriptions", "POST /acme/_apis/policy/configurations",
                "POST /commits/#/statuses", "POST /pullRequests/#/statuses", "POST /pullRequests/#/threads",
                "POST /pullRequests/#/threads/#/comments", "POST /pullrequestquery", "POST /pullrequests", "POST /pushes",
                "PUT /_apis/hooks/subscriptions/#", "PUT /acme/_apis/policy/configurations/#",
            ],
            writes.Order(StringComparer.Ordinal));
        output.WriteLine($"{requests.Count} requests were compared with the descriptions");
    }

    [Fact]
    public void The_description_finds_what_is_wrong()
    {
        var root = JsonElement.Parse("""
            {"paths":{"/{organization}/a/{b}":{"post":{"parameters":[
              {"in":"query","name":"q","enum":["1"]},{"in":"query","name":"api-version","description":"set to '7.1'"},
              {"in":"body","name":"body","schema":{"$ref":"#/s"}}]}}},
             "s":{"allOf":[{"$ref":"#/t"}],"properties":{"l":{"items":{"$ref":"#/t"}}}},
             "t":{"properties":{"x":{"enum":["one"]}}}}
            """u8);
        var description = new AzureDevOpsApiDescription(root);
        Assert.Empty(description.Problems("POST", "/o/a/1?api-version=7.1&q=1", """{"x":"one","l":[{"x":"one"}]}"""));
        Assert.Single(description.Problems("POST", "/o/b/1?api-version=7.1", ""));
        Assert.Single(description.Problems("GET", "/o/a/1?api-version=7.1", ""));
        Assert.Single(description.Problems("POST", "/o/a/1", "{}"));
        Assert.Single(description.Problems("POST", "/o/a/1?api-version=7.0", "{}"));
        Assert.Single(description.Problems("POST", "/o/a/1?api-version=7.1&r=1", "{}"));
        Assert.Single(description.Problems("POST", "/o/a/1?api-version=7.1&q=2", "{}"));
        Assert.Equal(3, description.Problems("POST", "/o/a/1?api-version=7.1", """{"x":"two","y":1,"l":[{"x":"two"}]}""").Count());
    }

    /// <summary>The requests that asking, telling and setting up everything make.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> RequestsAsync()
    {
        await using var stage = await AzureDevOpsStage.SetAsync();
        await AskAndTellAllAsync(stage);
        await SetUpAllAsync(stage);
        return stage.Azure.Journal.Entries;
    }

    private static async Task AskAndTellAllAsync(AzureDevOpsStage stage)
    {
        var (forge, connection) = (stage.Forge, stage.Connection);
        var alice = new Person("alice", "1", PersonKind.User);
        await forge.DescribeAsync(connection, stage.Change, Cancellation);
        await forge.MembersAsync(connection, stage.Repository, [stage.Team], [alice], Cancellation);
        await forge.ChangesOfAsync(connection, stage.Repository, stage.Head, Cancellation);
        foreach (var commit in (CommitId[])[stage.Head, stage.MainTip])
        {
            var report = new StatusReport(stage.Repository, commit, "feature", "acme/gate", Verdict.Held, "held", "https://gate/r/1");
            await forge.ReportAsync(connection, report, Cancellation);
        }

        var comment = await forge.ExplainAsync(connection, stage.Change, "held", null, Cancellation);
        await forge.ExplainAsync(connection, stage.Change, "### ✅ allowed", comment, Cancellation);
        var thread = await stage.Azure.CommentAsync(stage.Pull, "alice", "/gate explain");
        await forge.ReplyAsync(connection, stage.Change, $"{thread.Id}/1", "so", Cancellation);
        await forge.RepositoriesAsync(connection, stage.Owner, Cancellation);
        await forge.OpenChangesAsync(connection, stage.Repository, Cancellation);
        await forge.TipAsync(connection, stage.Repository, "main", Cancellation);
    }

    private static async Task SetUpAllAsync(AzureDevOpsStage stage)
    {
        var (forge, connection) = (stage.Forge, stage.Connection);
        await forge.RegisterHookAsync(connection, stage.Repository, HookUrl, Cancellation);
        await forge.RegisterHookAsync(connection, stage.Repository, HookUrl, Cancellation);
        await forge.HookHealthAsync(connection, stage.Repository, HookUrl, Cancellation);
        await forge.RemoveHooksAsync(connection, stage.Repository, HookUrl, Cancellation);
        await forge.ProtectAsync(connection, stage.Repository, "main", Cancellation);
        foreach (var policy in stage.Azure.Policies) policy.IsBlocking = false;
        await forge.ProtectAsync(connection, stage.Repository, "main", Cancellation);
        await forge.UnprotectAsync(connection, stage.Repository, "main", Cancellation);
        var proposal = new FileProposal("main", "gitopsgate/starter", ".gitopsgate.yaml", "version: 1\n", "Add the gate's rules", "A start.");
        await forge.ProposeFileAsync(connection, stage.Repository, proposal, Cancellation);
        await forge.ProposeFileAsync(connection, stage.Repository, proposal with { Content = "version: 2\n", Onto = "feature" }, Cancellation);
        await forge.StandingAsync(connection, stage.Repository, Cancellation);
    }

    /// <summary>A path without what is different each time, and without the repository.</summary>
    private static string Shape(string pathAndQuery)
    {
        const string Repository = "/acme/_apis/git/repositories/shop";
        var path = pathAndQuery.Split('?')[0]["/contoso".Length..];
        var below = path.StartsWith(Repository, StringComparison.Ordinal) ? path[Repository.Length..] : path;
        return string.Join('/', below.Split('/').Select(piece => piece.Any(char.IsAsciiDigit) ? "#" : piece));
    }
}
