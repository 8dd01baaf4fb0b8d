using GitOpsGate.Fakes;
using GitOpsGate.Fakes.AzureDevOps;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake Azure DevOps as a scene, whose project and repository have names with spaces.</summary>
public sealed class AzureDevOpsScene : ForgeScene
{
    private readonly FakeAzureDevOps _forge;
    private readonly AzureRepository _repository;

    private AzureDevOpsScene(FakeAzureDevOps forge, AzureRepository repository) => (_forge, _repository) = (forge, repository);

    public override string Forge => "azuredevops";

    public override string FullName => _repository.Path;

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => FakeAzureDevOps.Token;

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override string ChangeRead => "/pullrequests/";

    public override string CommentWrite => "/threads";

    /// <summary>A hook is the set of subscriptions with one address, one for each event; two for an event are two hooks.</summary>
    public override int Hooks => _forge.Subscriptions.GroupBy(one => one.Url)
        .Sum(hook => hook.GroupBy(one => one.Event).Max(same => same.Count()));

    public static async Task<AzureDevOpsScene> StartAsync()
    {
        var forge = await FakeAzureDevOps.StartAsync();
        return new AzureDevOpsScene(forge, await forge.AddRepositoryAsync("Acme Stores/shop front"));
    }

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(_repository, by, branch, $"Change {branch}", files);

    public override async Task<long> OpenAsync(string author, string branch, string title) =>
        (await _forge.OpenPullAsync(_repository, author, branch, title)).Number;

    public override Task ApproveAsync(long number, string by) => _forge.VoteAsync(Pull(number), by, 10);

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Pull(number), by, text);

    public override Task CloseAsync(long number, string by) => _forge.AbandonAsync(Pull(number), by);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.CompleteAsync(Pull(number), by, how switch
    {
        MergeKind.Merge => AzureMerge.NoFastForward,
        MergeKind.Squash => AzureMerge.Squash,
        MergeKind.Rebase => AzureMerge.Rebase,
    });

    /// <summary>The status on the iteration that the commit made.</summary>
    public override ShownVerdict Shown(string commit) => StatusOf(commit)?.State switch
    {
        "succeeded" => ShownVerdict.Allowed,
        "pending" => ShownVerdict.Held,
        "failed" => ShownVerdict.Denied,
        "error" => ShownVerdict.Errored,
        _ => ShownVerdict.None,
    };

    /// <summary>In the order in which they were written, wherever in a thread they stand.</summary>
    public override IReadOnlyList<string> Comments(long number) =>
    [
        .. Pull(number).Threads.ToArray().SelectMany(thread => thread.Comments.ToArray())
            .Where(comment => comment is { IsDeleted: false, Author.Name: FakeAzureDevOps.GateName })
            .OrderBy(comment => comment.At)
            .Select(comment => comment.Content),
    ];

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();

    private AzureStatus? StatusOf(string commit) => (
        from pull in _repository.Pulls.ToArray()
        from iteration in pull.Iterations.ToArray()
        where iteration.Commit == commit
        from status in pull.Statuses.ToArray()
        where (status.Genre, status.Name, status.Iteration) == ("", "gitops-gate", iteration.Id)
        select status).LastOrDefault();

    private AzurePull Pull(long number) => _repository.Pulls.ToArray().Single(pull => pull.Number == number);
}
