using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Fakes;
using GitOpsGate.Forges.Tests.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>Every request that the gate can make is one that Atlassian's own description allows.</summary>
public sealed class BitbucketDataCenterApiTests(ITestOutputHelper output)
{
    private const string HookUrl = "https://gate.example.org/hooks/c";

    /// <summary>What the excerpt that is at hand leaves out, or another of Bitbucket's interfaces describes.</summary>
    internal static readonly string[] Elsewhere =
    [
        "/api/latest/projects/ACME/repos", "/api/latest/projects/ACME/repos/shop/default-branch", "/api/latest/repos",
        "/branch-permissions/latest/projects/ACME/repos/shop/restrictions",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_is_in_Atlassians_own_description()
    {
        var file = Shared.Locate("openapi/bitbucket-datacenter-subset.json");
        Assert.SkipWhen(file is null, "Atlassian's description of Bitbucket Data Center's REST API is not here");
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        var description = new GitHubApiDescription(document.RootElement);
        var requests = (await RequestsAsync()).Select(request => request with { Path = request.Path["/rest".Length..] }).ToList();
        var (described, elsewhere) = (requests.Where(IsDescribed).ToList(), requests.Where(request => !IsDescribed(request)).ToList());
        Assert.Empty(described.SelectMany(request =>
            description.Problems(request.Method, request.Path, request.Body).Select(problem => $"{request.Method} {request.Path}: {problem}")));
        Assert.Equal(Elsewhere.Order(), elsewhere.Select(request => request.Path.Split('?')[0]).Distinct().Order());
        Assert.All(elsewhere, request => Assert.Equal("GET", request.Method));
        var writes = described.Where(request => request.Method != "GET").Select(request => $"{request.Method} {request.Path}").Distinct();
        Assert.Equal(16, writes.Count());
        output.WriteLine($"{described.Count} requests were compared with the description, {elsewhere.Count} are not in it");
    }

    private static bool IsDescribed(JournalEntry request) => !Elsewhere.Contains(request.Path.Split('?')[0]);

    /// <summary>The requests that asking, telling and setting up everything make, below <c>/rest</c>.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> RequestsAsync()
    {
        await using var stage = await BitbucketDataCenterStage.SetAsync();
        await AskAndTellAllAsync(stage);
        return [.. stage.Server.Journal.Entries.Where(request => request.Path.StartsWith("/rest/", StringComparison.Ordinal))];
    }

    private static async Task AskAndTellAllAsync(BitbucketDataCenterStage stage)
    {
        var (forge, connection, shop) = (stage.Forge, stage.Connection, stage.Repository);
        var alice = new Person("alice", "1", PersonKind.User);
        await forge.DescribeAsync(connection, stage.Change, Cancellation);
        await forge.MembersAsync(connection, shop, [stage.Team, stage.UnknownTeam], [alice], Cancellation);
        await forge.ChangesOfAsync(connection, shop, stage.Head, Cancellation);
        await TellAsync(stage);
        await forge.RepositoriesAsync(connection, stage.Owner, Cancellation);
        await forge.OpenChangesAsync(connection, shop, Cancellation);
        await forge.TipAsync(connection, shop, "main", Cancellation);
        await forge.StandingAsync(connection, shop, Cancellation);
        stage.Bitbucket.GateIsAdmin = false;
        await forge.StandingAsync(connection, shop, Cancellation);
        stage.Bitbucket.GateIsAdmin = true;
        await forge.RegisterHookAsync(connection, shop, HookUrl, Cancellation);
        await forge.RegisterHookAsync(connection, shop, HookUrl, Cancellation);
        await stage.Bitbucket.CommentAsync(BitbucketDataCenterStage.Path, 1, "bob", "Why?");
        await forge.HookHealthAsync(connection, shop, HookUrl, Cancellation);
        await forge.RemoveHooksAsync(connection, shop, HookUrl, Cancellation);
        await forge.ProtectAsync(connection, shop, "main", Cancellation);
        await forge.UnprotectAsync(connection, shop, "main", Cancellation);
        foreach (var path in (string[])[".gitopsgate.yaml", "README.md"])
        {
            var proposal = new FileProposal("main", $"gate/{path.TrimStart('.')}", path, "version: 1\n", "Add rules", "They are a start.");
            await forge.ProposeFileAsync(connection, shop, proposal, Cancellation);
        }
    }

    private static async Task TellAsync(BitbucketDataCenterStage stage)
    {
        var note = new LineNote(new Place("app.yaml", 7), NoteLevel.Failure, "policy/kubernetes.deny", "no version");
        var report = stage.Report(Verdict.Denied) with { Details = "No version.", Notes = [note] };
        await stage.Forge.ReportAsync(stage.Connection, report, Cancellation);
        await stage.Forge.ReportAsync(stage.Connection, report with { Notes = [note with { Message = "still none" }] }, Cancellation);
        var comment = await stage.Forge.ExplainAsync(stage.Connection, stage.Change, "denied", null, Cancellation);
        await stage.Forge.ExplainAsync(stage.Connection, stage.Change, "allowed", comment, Cancellation);
        await stage.Forge.ReplyAsync(stage.Connection, stage.Change, comment, "so", Cancellation);
    }
}
