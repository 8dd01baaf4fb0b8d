using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Gitea;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake Gitea as a scene.</summary>
public sealed class GiteaScene : ForgeScene
{
    private readonly FakeGitea _forge;
    private readonly GiteaRepository _repository;

    private GiteaScene(FakeGitea forge, GiteaRepository repository) => (_forge, _repository) = (forge, repository);

    public override string Forge => "gitea";

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => FakeGitea.Token;

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override int Hooks => _repository.Hooks.Count;

    public static async Task<GiteaScene> StartAsync()
    {
        var forge = await FakeGitea.StartAsync();
        return new GiteaScene(forge, await forge.AddRepositoryAsync(Repository));
    }

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(_repository, by, branch, $"Change {branch}", files);

    public override async Task<long> OpenAsync(string author, string branch, string title) =>
        (await _forge.OpenPullAsync(_repository, author, branch, title)).Number;

    public override Task ApproveAsync(long number, string by) => _forge.ReviewAsync(Pull(number), by, "APPROVED");

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Pull(number), by, text);

    public override Task CloseAsync(long number, string by) => _forge.CloseAsync(Pull(number), by);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.MergeAsync(Pull(number), by, how switch
    {
        MergeKind.Merge => GiteaMerge.Merge,
        MergeKind.Squash => GiteaMerge.Squash,
        MergeKind.Rebase => GiteaMerge.Rebase,
    });

    public override ShownVerdict Shown(string commit) => _repository.Status(commit, "gitops-gate")?.State switch
    {
        "success" => ShownVerdict.Allowed,
        "pending" => ShownVerdict.Held,
        "failure" => ShownVerdict.Denied,
        "error" => ShownVerdict.Errored,
        _ => ShownVerdict.None,
    };

    public override IReadOnlyList<string> Comments(long number) =>
        [.. Pull(number).Comments.ToArray().Where(comment => comment.User.Login == FakeGitea.GateLogin).Select(comment => comment.Body)];

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();

    private GiteaPull Pull(long number) => _repository.Pulls.Single(pull => pull.Number == number);
}
