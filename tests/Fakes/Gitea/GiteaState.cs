using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>An account.</summary>
public sealed record GiteaUser(long Id, string Login);

/// <summary>A status that was posted on a commit.</summary>
/// <param name="State"><c>pending</c>, <c>success</c>, <c>error</c>, <c>failure</c>, <c>warning</c> or <c>skipped</c>.</param>
public sealed record GiteaStatus(
    long Id, string Commit, string State, string Context, string Description, string TargetUrl, GiteaUser Creator, DateTimeOffset At);

/// <summary>A review of a pull request, or the request for one.</summary>
/// <param name="State"><c>APPROVED</c>, <c>REQUEST_CHANGES</c>, <c>COMMENT</c>, <c>PENDING</c> or <c>REQUEST_REVIEW</c>.</param>
/// <param name="Commit">The head when it was given.</param>
/// <param name="IsStale">Whether the head has moved to another commit since.</param>
/// <param name="IsOfficial">Whether the branch protection counts it.</param>
public sealed record GiteaReview(
    long Id, GiteaUser User, string State, string Commit, string Body, DateTimeOffset At, bool IsStale, bool IsOfficial, bool IsDismissed);

/// <summary>A comment on a pull request.</summary>
public sealed record GiteaComment(long Id, GiteaUser User, string Body, DateTimeOffset At, DateTimeOffset UpdatedAt);

/// <summary>A repository's webhook.</summary>
/// <param name="Type">For instance <c>gitea</c>; those of other kinds send nothing here.</param>
/// <param name="Secret">Empty when it signs nothing.</param>
/// <param name="Events">By their types, as the forge shows them.</param>
public sealed record GiteaHook(
    long Id, string Type, string Url, string ContentType, string Secret, IReadOnlyList<string> Events, bool IsActive)
{
    public string BranchFilter { get; init; } = "";

    public string AuthorizationHeader { get; init; } = "";
}

/// <summary>What an account may do in a repository.</summary>
public enum GiteaRight
{
    Read,
    Write,
    Admin,
}

/// <summary>How a pull request is merged.</summary>
public enum GiteaMerge
{
    Merge,
    Squash,
    Rebase,
}

/// <summary>A branch protection, with all its settings as the API has them.</summary>
/// <param name="Name">A branch's name, or a pattern with <c>*</c>.</param>
public sealed record GiteaRule(string Name, JsonObject Settings)
{
    public bool Flag(string setting) => (bool?)Settings[setting] ?? false;

    public IReadOnlyList<string> Words(string setting) =>
        Settings[setting] is JsonArray words ? [.. words.Select(word => (string)word!)] : [];

    /// <summary>Whether it is about this branch.</summary>
    public bool Covers(string branch) =>
        Name == branch || (Name.Contains('*') && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Name, branch, ignoreCase: false));
}

/// <summary>A pull request.</summary>
public sealed class GiteaPull
{
    internal GiteaPull(GiteaRepository repository, long number, GiteaUser author) =>
        (Repository, Number, Author) = (repository, number, author);

    public GiteaRepository Repository { get; }

    public long Number { get; }

    public GiteaUser Author { get; }

    public string Title { get; internal set; } = "";

    public string Body { get; internal init; } = "";

    public string SourceBranch { get; internal init; } = "";

    public string TargetBranch { get; internal init; } = "";

    public string Head { get; internal set; } = "";

    /// <summary>The tip of the target branch.</summary>
    public string Base { get; internal set; } = "";

    public bool IsFromFork { get; internal init; }

    /// <summary>Whether the fork was deleted: there is no source repository then.</summary>
    public bool IsForkDeleted { get; internal set; }

    /// <summary>Whether it was pushed to no branch at all (AGit).</summary>
    public bool IsOfNoBranch { get; internal init; }

    public bool IsOpen { get; internal set; } = true;

    /// <summary>What the merge made; null until then.</summary>
    public string? MergeCommit { get; internal set; }

    public GiteaUser? MergedBy { get; internal set; }

    public DateTimeOffset CreatedAt { get; internal init; }

    public DateTimeOffset? MergedAt { get; internal set; }

    public List<string> Labels { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<GiteaReview> Reviews { get; } = [];

    public List<GiteaComment> Comments { get; } = [];

    /// <summary>Whether its title makes it a draft.</summary>
    public bool IsDraft =>
        Title.StartsWith("WIP:", StringComparison.OrdinalIgnoreCase) || Title.StartsWith("[WIP]", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A repository, with the bare Git repository that holds its commits.</summary>
public sealed class GiteaRepository
{
    internal GiteaRepository(long id, string path, GitRepo git) => (Id, Path, Git) = (id, path, git);

    public long Id { get; }

    /// <summary><c>owner/name</c>.</summary>
    public string Path { get; }

    /// <summary>The bare repository. What is done to it directly sends no webhook.</summary>
    public GitRepo Git { get; }

    public string DefaultBranch { get; } = "main";

    public bool IsArchived { get; set; }

    public List<GiteaPull> Pulls { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<GiteaStatus> Statuses { get; } = [];

    public List<GiteaHook> Hooks { get; } = [];

    public List<GiteaRule> Rules { get; } = [];

    /// <summary>What accounts may do, by login; who is not named may do everything.</summary>
    public Dictionary<string, GiteaRight> Rights { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The newest status of a context on a commit, or null.</summary>
    public GiteaStatus? Status(string commit, string context) =>
        Statuses.LastOrDefault(status => status.Commit == commit && status.Context == context);

    /// <summary>The rule that counts for a branch: one with its name goes before patterns.</summary>
    public GiteaRule? RuleOf(string branch) => Rules.Find(rule => rule.Name == branch) ?? Rules.Find(rule => rule.Covers(branch));

    /// <summary>What an account may do.</summary>
    public GiteaRight RightOf(string login) => Rights.GetValueOrDefault(login, GiteaRight.Admin);
}

/// <summary>Gitea would have said no.</summary>
public sealed class GiteaRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status that its API answers with.</summary>
    public int Status { get; } = status;
}
