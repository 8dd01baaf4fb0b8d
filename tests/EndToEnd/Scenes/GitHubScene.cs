using System.Security.Cryptography;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake GitHub as a scene.</summary>
public sealed class GitHubScene : ForgeScene
{
    private readonly FakeGitHub _forge;
    private readonly GitHubRepository _repository;
    private GitHubApp? _app;

    private GitHubScene(FakeGitHub forge, GitHubRepository repository) => (_forge, _repository) = (forge, repository);

    public override string Forge => "github";

    public override string ApiUrl => _forge.ApiUrl;

    public override string GitUrl => _forge.GitUrl;

    public override string Token => _app is null ? FakeGitHub.Token : _forge.InstallationToken(_app);

    public override Faults Faults => _forge.Faults;

    public override RequestJournal Journal => _forge.Journal;

    public override HookPost Post => _forge.Post;

    public override int Hooks => _repository.Hooks.Count;

    public static async Task<GitHubScene> StartAsync()
    {
        var forge = await FakeGitHub.StartAsync();
        return new GitHubScene(forge, await forge.AddRepositoryAsync(Repository));
    }

    /// <summary>A GitHub whose gate is an app: it is asked about deployments.</summary>
    public static async Task<GitHubScene> StartWithAppAsync()
    {
        var scene = await StartAsync();
        using var key = RSA.Create(2048);
        scene._app = scene._forge.AddApp("gate-app", key.ExportRSAPublicKeyPem());
        return scene;
    }

    /// <summary>Has the app's own webhook go to a gateway.</summary>
    public void Ask(Gateway gateway) => _forge.SetAppHook(_app!, $"{gateway.Url}/hooks/forge", Gateway.HookSecret);

    /// <summary>A workflow comes to a deployment into an environment that the app guards.</summary>
    public Task<GitHubWaitingRun> DeployAsync(string by, string environment, string commit) =>
        _forge.AskToDeployAsync(_repository, _app!, by, environment, commit);

    public override Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files) =>
        _forge.PushAsync(_repository, by, branch, $"Change {branch}", files);

    public override async Task<long> OpenAsync(string author, string branch, string title) =>
        (await _forge.OpenPullAsync(_repository, author, branch, title)).Number;

    public override Task ApproveAsync(long number, string by) => _forge.ReviewAsync(Pull(number), by, "APPROVED");

    public override Task CommentAsync(long number, string by, string text) => _forge.CommentAsync(Pull(number), by, text);

    public override Task<string> MergeAsync(long number, string by, MergeKind how) => _forge.MergeAsync(Pull(number), by, how switch
    {
        MergeKind.Merge => GitHubMerge.Merge,
        MergeKind.Squash => GitHubMerge.Squash,
        MergeKind.Rebase => GitHubMerge.Rebase,
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
        [.. Pull(number).Comments.Where(comment => comment.User.Login == FakeGitHub.GateLogin).Select(comment => comment.Body)];

    /// <summary>Puts a pull request into the merge queue; gives the group's commit.</summary>
    public Task<string> EnqueueAsync(long number, string by) => _forge.EnqueueAsync(Pull(number), by);

    /// <summary>Rewrites <c>main</c>: one commit upon an older one takes its place. Gives the new tip.</summary>
    public async Task<string> ForcePushAsync(string by, string onto, params (string Path, string Text)[] files)
    {
        const string Aside = "aside";
        var git = _repository.Git;
        var before = await git.ResolveAsync("refs/heads/main");
        GitFile[] changes = [.. files.Select(file => GitFile.Text(file.Path, file.Text))];
        var after = await git.CommitAsync(Aside, "Rewrite", changes, new GitPerson(by, $"{by}@example.org"), from: onto);
        await git.SetRefAsync("refs/heads/main", after);
        await git.DeleteBranchAsync(Aside);
        await _forge.PushedAsync(_repository, by, "main", before, after, isForced: true);
        return after;
    }

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();

    private GitHubPull Pull(long number) => _repository.Pulls.Single(pull => pull.Number == number);
}
