using GitOpsGate.Fakes;
using GitOpsGate.Forges.Tests.AzureDevOps;
using GitOpsGate.Forges.Tests.BitbucketCloud;
using GitOpsGate.Forges.Tests.BitbucketDataCenter;
using GitOpsGate.Forges.Tests.Gitea;
using GitOpsGate.Forges.Tests.GitHub;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Foreign;

/// <summary>
/// Every request that the clients make, as the stand-ins got it, is shown to a server that somebody else makes of each forge's own
/// description. Our own comparison with the descriptions could share a mistake with the clients; this one cannot.
/// </summary>
public sealed class PrismTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, Described> Forges = new()
    {
        ["github"] = new(["github-subset.strict.json"], "/api/v3", GitHubApiTests.RequestsAsync)
        {
            // The part of the description that is at hand leaves them out.
            IsElsewhere = path => path is "/orgs/acme/repos" or "/users/other/repos" or "/user/repos",
        },
        ["gitea"] = new(["gitea-official-1.27dev.strict.json"], "/api/v1", () => GiteaApiTests.RequestsAsync(isForgejo: false)),
        ["forgejo"] = new(["forgejo.api-evangelist.openapi.json"], "/api/v1", () => GiteaApiTests.RequestsAsync(isForgejo: true)),
        ["bitbucket-cloud"] = new(["bitbucket-cloud-subset.json"], "/2.0", BitbucketCloudApiTests.RequestsAsync)
        {
            IsElsewhere = path => path == BitbucketCloudApiTests.Unlisted,
            // The service wants `type` nowhere, takes plain values in reports, and wants bodies for webhooks and files that are not described.
            IsWrong = message => message.EndsWith("must have required property 'type'", StringComparison.Ordinal)
                || message == "No supported content types, but request included a non-empty body" || IsOfReport(message),
        },
        ["bitbucket-datacenter"] = new(["bitbucket-datacenter-subset.json"], "/rest", BitbucketDataCenterApiTests.RequestsAsync)
        {
            IsElsewhere = path => BitbucketDataCenterApiTests.Elsewhere.Contains(path),
            IsWrong = IsOfReport,
        },
        ["azuredevops"] = new(
            ["azuredevops-git-7.1.swagger.json", "azuredevops-policy-7.1.swagger.json", "azuredevops-serviceHooks-7.1.swagger.json"], "",
            AzureDevOpsApiTests.RequestsAsync)
        {
            IsElsewhere = path => AzureDevOpsApiTests.Elsewhere.Any(part => path.Contains(part, StringComparison.Ordinal)),
            // In Microsoft's own example it is an object with a path.
            IsWrong = message => message.EndsWith(".item must be string", StringComparison.Ordinal),
        },
    };

    public static TheoryData<string> Names => [.. Forges.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Prism_has_nothing_against_any_request(string forge)
    {
        Assert.SkipUnless(ForeignCode.IsThorough, "it is asked at `./check all` only");
        var why = await ForeignCode.WhyNoNodeAsync(Prism.Package);
        Assert.SkipWhen(why is not null, why ?? "");
        var described = Forges[forge];
        var files = described.Files.Select(file => Shared.Locate($"openapi/{file}")).ToList();
        Assert.SkipWhen(files.Contains(null), $"the descriptions of {forge}'s REST API are not here");
        var requests = (await described.Requests()).Select(request => request with { Path = request.Path[described.Root.Length..], Status = 0 })
            .Where(request => !described.IsElsewhere(request.Path.Split('?')[0])).Distinct().ToList();
        // Several descriptions may make up one forge's: one of them must allow the request.
        var best = new IReadOnlyList<string>?[requests.Count];
        foreach (var file in files)
        {
            await using var prism = await Prism.StartAsync(file!, Cancellation);
            for (var at = 0; at < requests.Count; at++)
            {
                if (best[at] is { Count: 0 }) continue;
                var found = await prism.ViolationsAsync(requests[at], ContentTypeOf(requests[at].Body), Cancellation);
                if (best[at] is not { } before || found.Count < before.Count) best[at] = found;
            }
        }

        var problems = requests.Zip(best).SelectMany(one => one.Second!.Where(problem => !described.IsWrong(problem))
            .Select(problem => $"{one.First.Method} {one.First.Path}: {problem}")).Distinct().ToList();
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(requests.Count > 20, $"only {requests.Count} requests were made");
        output.WriteLine($"{requests.Count} different requests were shown to Prism");
    }

    private static bool IsOfReport(string message) =>
        message.Contains(" data.", StringComparison.Ordinal) && message.EndsWith(".value must be object", StringComparison.Ordinal);

    // The journal keeps no headers, but each form of body begins in its own way.
    private static string ContentTypeOf(string body) => body switch
    {
        ['{' or '[', ..] => "application/json",
        ['-', '-', ..] => $"multipart/form-data; boundary={body[2..body.IndexOf('\r')]}",
        _ => "application/x-www-form-urlencoded",
    };

    /// <param name="Files">The descriptions.</param>
    /// <param name="Root">Where the API begins at the stand-in.</param>
    private sealed record Described(string[] Files, string Root, Func<Task<IReadOnlyList<JournalEntry>>> Requests)
    {
        /// <summary>Whether a path is described elsewhere.</summary>
        public Func<string, bool> IsElsewhere { get; init; } = _ => false;

        /// <summary>Whether it is the description that is wrong, and not the request.</summary>
        public Func<string, bool> IsWrong { get; init; } = _ => false;
    }
}
