using System.Security.Cryptography;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>An app that is installed.</summary>
public sealed class GitHubApp
{
    internal GitHubApp(long id, string slug, long installationId, RSA key) => (Id, Slug, InstallationId, Key) = (id, slug, installationId, key);

    /// <summary>The number that required checks are bound to.</summary>
    public long Id { get; }

    /// <summary>The other name that its JWTs may be issued by.</summary>
    public string ClientId => $"Iv23li{Id:D8}";

    public string Slug { get; }

    public long InstallationId { get; }

    /// <summary>The account that shows beside what it does.</summary>
    public string BotLogin => $"{Slug}[bot]";

    /// <summary>What its installation was granted: <c>read</c>, <c>write</c>; nothing else is told.</summary>
    public Dictionary<string, string> Permissions { get; } = new(StringComparer.Ordinal)
    {
        ["actions"] = "read",
        ["administration"] = "write",
        ["checks"] = "write",
        ["contents"] = "write",
        ["deployments"] = "write",
        ["members"] = "read",
        ["metadata"] = "read",
        ["pull_requests"] = "write",
        ["repository_hooks"] = "write",
        ["statuses"] = "read",
    };

    /// <summary>The repositories that it is installed on, by path; null for all.</summary>
    public HashSet<string>? Repositories { get; set; }

    /// <summary>Its own webhook, or null: buttons and questions about deployments are told to nobody else.</summary>
    public GitHubHook? Hook { get; internal set; }

    internal RSA Key { get; }
}

/// <summary>One attempt to send a webhook.</summary>
public sealed class GitHubAttempt
{
    internal GitHubAttempt(long id, long hookId, HookCall call, string? action, DateTimeOffset at) =>
        (Id, HookId, Call, Action, At) = (id, hookId, call, action, at);

    public long Id { get; }

    public long HookId { get; }

    public HookCall Call { get; }

    public string? Action { get; }

    public DateTimeOffset At { get; }

    public bool IsAgain { get; internal init; }

    /// <summary>Whether it was answered or given up.</summary>
    public bool IsOver { get; internal set; }

    /// <summary>What was answered; 0 when nothing was.</summary>
    public int Code { get; internal set; }

    /// <summary>The delivery's id, the same for each attempt.</summary>
    public string Delivery => Call.Headers["X-GitHub-Delivery"];

    public string Status => Code switch
    {
        0 => "failed to connect to host",
        >= 200 and < 300 => "OK",
        _ => $"Invalid HTTP Response: {Code}",
    };
}

/// <summary>A run that waits until an app has answered for an environment.</summary>
public sealed class GitHubWaitingRun
{
    internal GitHubWaitingRun(long run, string environment, string commit, GitHubApp app) =>
        (Run, Environment, Commit, App) = (run, environment, commit, app);

    public long Run { get; }

    public string Environment { get; }

    public string Commit { get; }

    public GitHubApp App { get; }

    /// <summary><c>approved</c> or <c>rejected</c>; null while the app has not answered.</summary>
    public string? State { get; internal set; }

    /// <summary>Whether somebody else must agree as well.</summary>
    public bool NeedsOthers { get; set; }

    /// <summary>What the app said, in that order.</summary>
    public List<string> Comments { get; } = [];

    /// <summary>Whether the deployment still waits for anybody.</summary>
    public bool IsWaiting => State is null || (State == "approved" && NeedsOthers);
}

/// <summary>A status that a merge into a branch waits for.</summary>
/// <param name="App">The number of the app whose report alone counts, or null.</param>
/// <param name="MayBypass">Whether administrators may merge without it.</param>
public sealed record GitHubRequiredStatus(string Context, long? App, bool MayBypass);
