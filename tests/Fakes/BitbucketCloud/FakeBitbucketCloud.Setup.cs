using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>What a workspace has, what its rules keep from being merged, and what its reports show.</summary>
public sealed partial class FakeBitbucketCloud
{
    /// <summary>Whether the workspace has Premium: else merge checks cannot be enforced, and only warn.</summary>
    public bool HasPremium { get; set; } = true;

    /// <summary>The gate's permission in every repository: <c>read</c>, <c>write</c> or <c>admin</c>.</summary>
    public string GatePermission { get; set; } = "admin";

    /// <summary>Sets a branch restriction, as an administrator would.</summary>
    public void Restrict(string path, string kind, string pattern, long value = 0) =>
        Repository(path).Restrictions.Add(new BitbucketRestriction(Interlocked.Increment(ref _ids), kind, pattern, value));

    /// <summary>The branch restrictions of a repository.</summary>
    public IReadOnlyList<BitbucketRestriction> Restrictions(string path) => [.. Repository(path).Restrictions];

    /// <summary>Whether Bitbucket would refuse to merge a pull request now.</summary>
    public bool IsBlocked(string path, long number) => IsBlocked(Repository(path), Change(Repository(path), number));

    /// <summary>The reports on a commit, by the id that their writer chose.</summary>
    public IReadOnlyDictionary<string, BitbucketReport> Reports(string path, string sha) =>
        Repository(path).Reports.Where(report => report.Key.Sha == sha).ToDictionary(report => report.Key.Id, report => report.Value);

    /// <summary>Adds a webhook, as a person would.</summary>
    public void AddHook(string path, string url) => Repository(path).Hooks.Add(new BitbucketHook(NextUuid())
    {
        Url = url,
        Secret = "somebody's",
        IsActive = true,
        Events = ["repo:push"],
        CreatedAt = Now(),
    });

    /// <summary>Takes an event away from a webhook.</summary>
    public void WeakenHook(string path, string url) => Hook(path, url).Events.Remove("pullrequest:updated");

    /// <summary>Switches a webhook off.</summary>
    public void DisableHook(string path, string url) => Hook(path, url).IsActive = false;

    /// <summary>Lets a webhook take any certificate.</summary>
    public void DistrustHook(string path, string url) => Hook(path, url).SkipsCertificate = true;

    /// <summary>Points a pull request at another branch.</summary>
    public async Task RetargetAsync(string path, long number, string by, string target)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = Change(repository, number);
        (change.Destination, change.Base) = (target, await repository.Repo.ResolveAsync(target));
        Note(change, "update", user);
        await _webhooks.PullRequestAsync(repository, change, user, "pullrequest:updated");
    }

    /// <summary>Deletes a branch.</summary>
    public async Task DeleteBranchAsync(string path, string by, string branch)
    {
        var repository = Repository(path);
        var before = await repository.Repo.ResolveAsync($"refs/heads/{branch}");
        await repository.Repo.DeleteBranchAsync(branch);
        await _webhooks.PushAsync(repository, User(by), branch, before, null);
    }

    internal long NextId() => Interlocked.Increment(ref _ids);

    internal IReadOnlyList<BitbucketRepository> RepositoriesOf(string workspace)
    {
        lock (_gate)
        {
            return [.. _repositories.Values.Where(one => one.Path.StartsWith(workspace + "/", StringComparison.OrdinalIgnoreCase))];
        }
    }

    internal Task PushedAsync(BitbucketRepository repository, string branch, string? before, string after) =>
        _webhooks.PushAsync(repository, Gate, branch, before, after);

    internal JsonObject? Set(BitbucketRepository repository, JsonObject body)
    {
        var kind = BitbucketRest.Text(body, "kind");
        if (kind == "enforce_merge_checks" && !HasPremium) return null;
        var value = body["value"]?.GetValue<long>() ?? 0;
        var rule = new BitbucketRestriction(NextId(), kind, BitbucketRest.Text(body, "pattern"), value);
        repository.Restrictions.Add(rule);
        return BitbucketJson.Restriction(rule);
    }

    private BitbucketHook Hook(string path, string url) => Repository(path).Hooks.Single(hook => hook.Url == url);

    private bool IsBlocked(BitbucketRepository repository, BitbucketPullRequest change)
    {
        // A build counts for the pull request only if it names its source branch.
        var builds = BuildsOf(repository, change.Head).Where(build => build.RefName == change.Source).ToList();
        var rules = repository.Restrictions.Where(rule => rule.Covers(change.Destination)).ToList();
        // Without enforcement a person is warned, and may merge.
        if (!rules.Exists(rule => rule.Kind == "enforce_merge_checks")) return false;
        return rules.Where(rule => rule.Kind == "require_passing_builds_to_merge")
            .Any(rule => builds.Count < rule.Value || !builds.TrueForAll(build => build.State == "SUCCESSFUL"));
    }
}
