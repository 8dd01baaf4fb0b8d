using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketCloud;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake Bitbucket Cloud as a scene.</summary>
public sealed class BitbucketScene : ForgeScene
{
    private readonly FakeBitbucketCloud _forge;

    private BitbucketScene(FakeBitbucketCloud forge) => _forge = forge;

    public override string Forge => "bitbucket-cloud";

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => _forge.Token;

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override int Hooks => _forge.HookUrls(Repository).Count;

    public override string ChangeRead => "/pullrequests/";

    public static async Task<BitbucketScene> StartAsync()
    {
        var forge = await FakeBitbucketCloud.StartAsync();
        await forge.AddRepositoryAsync(Repository, ("README.md", "# shop\n"));
        return new BitbucketScene(forge);
    }

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(Repository, by, branch, $"Change {branch}", files);

    public override Task<long> OpenAsync(string author, string branch, string title) =>
        _forge.OpenChangeAsync(Repository, author, branch, title);

    public override Task ApproveAsync(long number, string by) => _forge.ApproveAsync(Repository, number, by);

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Repository, number, by, text);

    public override Task CloseAsync(long number, string by) => _forge.DeclineAsync(Repository, number, by);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.MergeAsync(Repository, number, by, how switch
    {
        MergeKind.Merge => BitbucketMerge.MergeCommit,
        MergeKind.Squash => BitbucketMerge.Squash,
        MergeKind.Rebase => BitbucketMerge.RebaseFastForward,
    });

    /// <summary>Bitbucket knows no difference between denied and errored.</summary>
    public override ShownVerdict Shown(string commit) =>
        _forge.Builds(Repository, commit).LastOrDefault(build => build.Key.StartsWith("gitops-gate", StringComparison.Ordinal))?.State switch
        {
            "SUCCESSFUL" => ShownVerdict.Allowed,
            "INPROGRESS" => ShownVerdict.Held,
            "FAILED" => ShownVerdict.Denied,
            _ => ShownVerdict.None,
        };

    public override IReadOnlyList<string> Comments(long number) => _forge.CommentsOf(Repository, number, _forge.Gate);

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();
}
