using GitOpsGate.Fakes;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>How a change request is merged.</summary>
public enum MergeKind
{
    Merge,
    Squash,
    Rebase,
}

/// <summary>What a status says, in the gate's words. The zero value is none.</summary>
public enum ShownVerdict
{
    None,
    Held,
    Denied,
    Errored,
    Allowed,
}

/// <summary>One forge with one repository, acted on as people do; the same acts on each forge, so that one story is told on all of them.</summary>
public abstract class ForgeScene : IAsyncDisposable
{
    /// <summary>The repository of every scene whose forge has no names of another kind.</summary>
    public const string Repository = "acme/shop";

    /// <summary>The repository's path, as <c>gate.yaml</c> names it.</summary>
    public virtual string FullName => Repository;

    /// <summary>The forge's word in <c>gate.yaml</c>.</summary>
    public abstract string Forge { get; }

    public abstract string ApiUrl { get; }

    public abstract string GitUrl { get; }

    public abstract string Token { get; }

    public abstract Faults Faults { get; }

    public abstract RequestJournal Journal { get; }

    public abstract HookPost Post { get; }

    /// <summary>A part of the path of the request that reads a change request.</summary>
    public virtual string ChangeRead => "/pulls/";

    /// <summary>A part of the path of the request that posts a status.</summary>
    public virtual string StatusWrite => "/statuses";

    /// <summary>A part of the path of the request that writes a comment.</summary>
    public virtual string CommentWrite => "/comments";

    /// <summary>Starts the forge whose word is given.</summary>
    public static async Task<ForgeScene> StartAsync(string forge) => forge switch
    {
        "github" => await GitHubScene.StartAsync(),
        "gitlab" => await GitLabScene.StartAsync(),
        "bitbucket-cloud" => await BitbucketScene.StartAsync(),
        "bitbucket-datacenter" => await BitbucketDataCenterScene.StartAsync(),
        "gitea" => await GiteaScene.StartAsync(),
        "azuredevops" => await AzureDevOpsScene.StartAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(forge), forge, "no scene for this forge"),
    };

    /// <summary>Pushes one commit. A branch that is new begins at <c>main</c>. Gives the commit's id.</summary>
    public abstract Task<string> PushAsync(string by, string branch, params (string Path, string? Text)[] files);

    /// <summary>Asks to merge a branch into <c>main</c>; gives the number.</summary>
    public abstract Task<long> OpenAsync(string author, string branch, string title);

    public abstract Task ApproveAsync(long number, string by);

    /// <summary>Somebody writes a comment on a change request.</summary>
    public abstract Task CommentAsync(long number, string by, string text);

    /// <summary>Closes a change request without merging it: declines it, abandons it.</summary>
    public abstract Task CloseAsync(long number, string by);

    public abstract Task<string> MergeAsync(long number, string by, MergeKind how);

    /// <summary>What the gate's status on a commit says now.</summary>
    public abstract ShownVerdict Shown(string commit);

    /// <summary>The gate's comments on a change request, the newest last.</summary>
    public abstract IReadOnlyList<string> Comments(long number);

    public abstract int Hooks { get; }

    public abstract ValueTask DisposeAsync();
}
