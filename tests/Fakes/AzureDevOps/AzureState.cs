using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>An account or a group.</summary>
/// <param name="Name">What people sign in with; shown as the unique name.</param>
/// <param name="Descriptor">Begins with what kind of account it is.</param>
public sealed record AzureUser(string Id, string Name, string Descriptor, bool IsGroup = false);

/// <summary>A status, of a pull request or of a commit.</summary>
/// <param name="State"><c>notSet</c>, <c>pending</c>, <c>succeeded</c>, <c>failed</c>, <c>error</c> or <c>notApplicable</c>.</param>
/// <param name="Iteration">0 for the pull request as a whole, and for a commit.</param>
public sealed record AzureStatus(
    long Id, string Genre, string Name, string State, string Description, string TargetUrl, long Iteration, AzureUser By, DateTimeOffset At);

/// <summary>A state of a pull request's source branch; each push makes one.</summary>
public sealed record AzureIteration(long Id, string Commit, DateTimeOffset At);

/// <summary>A comment in a thread.</summary>
/// <param name="Kind"><c>text</c> or <c>system</c>.</param>
public sealed record AzureComment(long Id, AzureUser Author, string Content, string Kind, DateTimeOffset At, DateTimeOffset EditedAt, bool IsDeleted);

/// <summary>A thread of comments on a pull request.</summary>
public sealed class AzureThread
{
    public required long Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary><c>active</c>, <c>closed</c> and others; empty for what Azure DevOps wrote itself.</summary>
    public string Status { get; internal set; } = "";

    public List<AzureComment> Comments { get; } = [];

    /// <summary>What Azure DevOps notes beside its own comments.</summary>
    public Dictionary<string, string> Properties { get; } = [];
}

/// <summary>How a pull request is completed.</summary>
public enum AzureMerge
{
    NoFastForward,
    Squash,
    Rebase,
}

/// <summary>A pull request. Its number is one of the organization.</summary>
public sealed class AzurePull
{
    internal AzurePull(AzureRepository repository, long number, AzureUser author) =>
        (Repository, Number, Author) = (repository, number, author);

    public AzureRepository Repository { get; }

    public long Number { get; }

    public AzureUser Author { get; }

    public string Title { get; internal set; } = "";

    public string Description { get; internal set; } = "";

    public string SourceBranch { get; internal init; } = "";

    public string TargetBranch { get; internal init; } = "";

    public string Head { get; internal set; } = "";

    /// <summary>The tip of the target branch when its merge was last tried.</summary>
    public string Base { get; internal set; } = "";

    public bool IsDraft { get; internal set; }

    public bool IsFromFork { get; internal init; }

    /// <summary><c>active</c>, <c>abandoned</c> or <c>completed</c>.</summary>
    public string Status { get; internal set; } = "active";

    public string? MergeCommit { get; internal set; }

    public AzureUser? ClosedBy { get; internal set; }

    public DateTimeOffset CreatedAt { get; internal init; }

    public DateTimeOffset? ClosedAt { get; internal set; }

    public List<string> Labels { get; } = [];

    /// <summary>10, 5, 0, -5 or -10 of each reviewer.</summary>
    public List<(AzureUser By, int Vote)> Votes { get; } = [];

    public List<AzureIteration> Iterations { get; } = [];

    public List<AzureStatus> Statuses { get; } = [];

    public List<AzureThread> Threads { get; } = [];

    /// <summary>The newest status of a context on the newest iteration, or null.</summary>
    /// <param name="context"><c>genre/name</c>, or the name alone.</param>
    public AzureStatus? Shown(string context) => StatusAt(context, Iterations[^1].Id);

    internal AzureStatus? StatusAt(string context, long iteration) =>
        Statuses.LastOrDefault(one => Context(one) == context && one.Iteration == iteration);

    internal static string Context(AzureStatus status) => status.Genre.Length > 0 ? $"{status.Genre}/{status.Name}" : status.Name;
}

/// <summary>A repository, with the bare Git repository that holds its commits.</summary>
public sealed class AzureRepository
{
    internal AzureRepository(string id, string projectId, string path, GitRepo git) => (Id, ProjectId, Path, Git) = (id, projectId, path, git);

    public string Id { get; }

    public string ProjectId { get; }

    /// <summary><c>project/repository</c>.</summary>
    public string Path { get; }

    public string Project => Path.Split('/')[0];

    public string Name => Path.Split('/')[1];

    /// <summary>The bare repository. What is done to it directly sends no webhook.</summary>
    public GitRepo Git { get; }

    public string DefaultBranch { get; } = "main";

    /// <summary>Whether nobody can use it.</summary>
    public bool IsDisabled { get; set; }

    /// <summary>Whether a push takes the votes of its pull requests away, as a branch policy may.</summary>
    public bool ResetsVotes { get; set; }

    public List<AzurePull> Pulls { get; } = [];

    /// <summary>The statuses of commits themselves, oldest first.</summary>
    public List<(string Commit, AzureStatus Status)> Statuses { get; } = [];
}

/// <summary>A service hook: one event, sent to one address.</summary>
public sealed class AzureSubscription
{
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Event { get; set; }

    public required string Version { get; set; }

    /// <summary><c>enabled</c>, <c>onProbation</c>, <c>disabledByUser</c>, <c>disabledBySystem</c> or <c>disabledByInactiveIdentity</c>.</summary>
    public required string Status { get; set; }

    public required JsonObject Publisher { get; set; }

    public required JsonObject Consumer { get; set; }

    public string Url => Text(Consumer, "url");

    public string Password => Text(Consumer, "basicAuthPassword");

    public string Repository => Text(Publisher, "repository");

    internal static string Text(JsonObject inputs, string name) => (string?)inputs[name] ?? "";
}

/// <summary>A branch policy.</summary>
public sealed class AzurePolicy
{
    public required long Id { get; init; }

    public required string Project { get; init; }

    public required string Type { get; set; }

    public required bool IsEnabled { get; set; }

    public required bool IsBlocking { get; set; }

    public required JsonObject Settings { get; set; }
}

/// <summary>Azure DevOps would have said no.</summary>
public sealed class AzureRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status that its API answers with.</summary>
    public int Status { get; } = status;
}
