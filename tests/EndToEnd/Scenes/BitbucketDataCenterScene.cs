using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketDataCenter;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake Bitbucket Data Center as a scene. Its projects have keys in capital letters, as there.</summary>
public sealed class BitbucketDataCenterScene : ForgeScene
{
    private const string Shop = "ACME/shop";

    private readonly FakeBitbucketDataCenter _forge;

    private BitbucketDataCenterScene(FakeBitbucketDataCenter forge) => _forge = forge;

    public override string Forge => "bitbucket-datacenter";

    public override string FullName => Shop;

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => _forge.Token;

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override int Hooks => _forge.HookUrls(Shop).Count;

    public override string ChangeRead => "/pull-requests/";

    public override string StatusWrite => "/builds";

    public static async Task<BitbucketDataCenterScene> StartAsync()
    {
        var forge = await FakeBitbucketDataCenter.StartAsync();
        await forge.AddRepositoryAsync(Shop, ("README.md", "# shop\n"));
        return new BitbucketDataCenterScene(forge);
    }

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(Shop, by, branch, $"Change {branch}", files);

    public override Task<long> OpenAsync(string author, string branch, string title) => _forge.OpenChangeAsync(Shop, author, branch, title);

    public override Task ApproveAsync(long number, string by) => _forge.ApproveAsync(Shop, number, by);

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Shop, number, by, text);

    public override Task CloseAsync(long number, string by) => _forge.DeclineAsync(Shop, number, by);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.MergeAsync(Shop, number, by, how switch
    {
        MergeKind.Merge => DataCenterMerge.MergeCommit,
        MergeKind.Squash => DataCenterMerge.Squash,
        MergeKind.Rebase => DataCenterMerge.RebaseFastForward,
    });

    /// <summary>Bitbucket knows no difference between denied and errored.</summary>
    public override ShownVerdict Shown(string commit) =>
        _forge.Builds(Shop, commit).LastOrDefault(build => build.Key == "gitops-gate")?.State switch
        {
            "SUCCESSFUL" => ShownVerdict.Allowed,
            "INPROGRESS" => ShownVerdict.Held,
            "FAILED" => ShownVerdict.Denied,
            _ => ShownVerdict.None,
        };

    /// <summary>In the order in which they were written, wherever in a thread they stand.</summary>
    public override IReadOnlyList<string> Comments(long number) => _forge.CommentsOf(Shop, number, _forge.Gate);

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();
}
