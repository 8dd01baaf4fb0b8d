using System.Security.Cryptography;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>The fake GitHub as a scene.</summary>
public sealed class GitHubScene : ForgeScene, ILifeScene
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

    /// <param name="clock">The forge's own; the machine's when not given.</param>
    public static async Task<GitHubScene> StartAsync(TimeProvider? clock = null)
    {
        var forge = await FakeGitHub.StartAsync(clock);
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

    /// <summary>Somebody presses the button <c>Request override</c> of the app's check on a commit.</summary>
    public async Task PressOverrideAsync(string by, string commit)
    {
        await _forge.RunCheckAsync(_repository, _app!.Slug, commit, "gitops-gate-check", null);
        await _forge.PressAsync(_repository, _repository.CheckRuns.Last(run => run.Commit == commit), by, "override");
    }

    /// <summary>Suspends the app's installation, or lets it work again.</summary>
    public Task SuspendAsync(bool isSuspended) => _forge.SuspendAsync(_app!, "acme", "owner-of-acme", isSuspended);

    /// <summary>GitHub tells a gateway, in a delivery of its own, what happened to a pull request; at GitHub nothing moves by that.</summary>
    public async Task TellAsync(Gateway gateway, long number, string action)
    {
        var receipt = await _forge.Post.SendAsync(_forge.CallOf(Pull(number), action, $"{gateway.Url}/hooks/forge", Gateway.HookSecret));
        if (receipt.Status != 202) throw new InvalidOperationException($"the delivery was answered with {receipt.Status}");
    }

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
        [.. Pull(number).Comments.ToArray().Where(comment => comment.User.Login == (_app?.BotLogin ?? FakeGitHub.GateLogin)).Select(comment => comment.Body)];

    /// <summary>Puts a pull request into the merge queue; gives the group's commit.</summary>
    public Task<string> EnqueueAsync(long number, string by) => _forge.EnqueueAsync(Pull(number), by);

    /// <summary>Rewrites <c>main</c>: one commit upon an older one takes its place. Gives the new tip.</summary>
    public Task<string> ForcePushAsync(string by, string onto, params (string Path, string Text)[] files) => RewriteAsync(by, "main", onto, files);

    public Task<string> RewriteAsync(string by, string branch, params (string Path, string Text)[] files) =>
        RewriteAsync(by, branch, "main", files);

    public async Task<long> OpenOntoAsync(string author, string branch, string title, string onto) =>
        (await _forge.OpenPullAsync(_repository, author, branch, title, onto)).Number;

    /// <summary>Opens a pull request from a fork; its branch is here as well, as GitHub keeps it below <c>refs/pull</c>.</summary>
    public async Task<long> OpenFromForkAsync(string author, string branch, string title) =>
        (await _forge.OpenPullAsync(_repository, author, branch, title, isFromFork: true)).Number;

    /// <summary>Renames the repository, or gives it to another owner.</summary>
    public Task MoveAsync(string by, string path) => _forge.MoveAsync(_repository, by, path);

    /// <summary>Deletes the fork of a pull request.</summary>
    public void DeleteFork(long number) => _forge.DeleteFork(Pull(number));

    public override Task CloseAsync(long number, string by) => _forge.CloseAsync(Pull(number), by);

    public Task ReopenAsync(long number, string by) => _forge.ReopenAsync(Pull(number), by);

    public Task RetargetAsync(long number, string by, string onto) => _forge.RetargetAsync(Pull(number), by, onto);

    public Task SetDraftAsync(long number, string by, bool isDraft) => _forge.SetDraftAsync(Pull(number), by, isDraft);

    public async Task DeleteBranchAsync(string by, string branch)
    {
        var before = await _repository.Git.ResolveAsync($"refs/heads/{branch}");
        await _repository.Git.DeleteBranchAsync(branch);
        await _forge.PushedAsync(_repository, by, branch, before, null);
    }

    public Task PostStatusAsync(string by, string commit, string branch, string name, bool isGreen) =>
        _forge.PostStatusAsync(_repository, by, commit, name, isGreen ? "success" : "failure");

    public override ValueTask DisposeAsync() => _forge.DisposeAsync();

    private async Task<string> RewriteAsync(string by, string branch, string onto, (string Path, string Text)[] files)
    {
        const string Aside = "aside";
        var git = _repository.Git;
        var before = await git.ResolveAsync($"refs/heads/{branch}");
        GitFile[] changes = [.. files.Select(file => GitFile.Text(file.Path, file.Text))];
        var after = await git.CommitAsync(Aside, "Rewrite", changes, new GitPerson(by, $"{by}@example.org"), from: onto);
        await git.SetRefAsync($"refs/heads/{branch}", after);
        await git.DeleteBranchAsync(Aside);
        await _forge.PushedAsync(_repository, by, branch, before, after, isForced: true);
        return after;
    }

    private GitHubPull Pull(long number) => _repository.Pulls.Single(pull => pull.Number == number);
}
