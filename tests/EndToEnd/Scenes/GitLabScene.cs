using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitLab;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake GitLab as a scene.</summary>
public sealed class GitLabScene : ForgeScene, ILifeScene
{
    private readonly FakeGitLab _forge;

    private GitLabScene(FakeGitLab forge) => _forge = forge;

    public override string Forge => "gitlab";

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => _forge.Token;

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override int Hooks => _forge.HookUrls(Repository).Count;

    public override string ChangeRead => "/merge_requests/";

    public override string CommentWrite => "/notes";

    public static async Task<GitLabScene> StartAsync()
    {
        var forge = await FakeGitLab.StartAsync();
        await forge.AddRepositoryAsync(Repository, ("README.md", "# shop\n"));
        return new GitLabScene(forge);
    }

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(Repository, by, branch, $"Change {branch}", files);

    public override Task<long> OpenAsync(string author, string branch, string title) =>
        _forge.OpenChangeAsync(Repository, author, branch, title);

    public override Task ApproveAsync(long number, string by) => _forge.ApproveAsync(Repository, number, by);

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Repository, number, by, text);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.MergeAsync(Repository, number, by, how switch
    {
        MergeKind.Merge => GitLabMerge.MergeCommit,
        MergeKind.Squash => GitLabMerge.Squash,
        MergeKind.Rebase => GitLabMerge.Rebase,
    });

    public Task<long> OpenOntoAsync(string author, string branch, string title, string onto) =>
        _forge.OpenChangeAsync(Repository, author, branch, title, onto);

    public override Task CloseAsync(long number, string by) => _forge.CloseAsync(Repository, number, by);

    public Task ReopenAsync(long number, string by) => _forge.ReopenAsync(Repository, number, by);

    public Task RetargetAsync(long number, string by, string onto) => _forge.RetargetAsync(Repository, number, by, onto);

    public Task SetDraftAsync(long number, string by, bool isDraft) => _forge.SetDraftAsync(Repository, number, by, isDraft);

    public Task DeleteBranchAsync(string by, string branch) => _forge.DeleteBranchAsync(Repository, by, branch);

    public Task<string> RewriteAsync(string by, string branch, params (string Path, string Text)[] files) =>
        _forge.RewriteAsync(Repository, by, branch, files);

    public Task PostStatusAsync(string by, string commit, string branch, string name, bool isGreen) =>
        _forge.PostStatusAsync(Repository, commit, branch, name, isGreen ? "success" : "failed", by);

    /// <summary>GitLab knows no difference between denied and errored.</summary>
    public override ShownVerdict Shown(string commit) =>
        _forge.Statuses(Repository, commit).LastOrDefault(status => status.Name == "gitops-gate")?.State switch
        {
            "success" => ShownVerdict.Allowed,
            "pending" => ShownVerdict.Held,
            "failed" => ShownVerdict.Denied,
            _ => ShownVerdict.None,
        };

    public override IReadOnlyList<string> Comments(long number) => _forge.CommentsOf(Repository, number, _forge.Gate);

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();
}
