using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// One repository's mirror: those who read it, and the order of those who change it. Reading needs no turn: a fetch only adds objects, and
/// none are ever taken away.
/// </summary>
internal sealed class Mirror
{
    public Mirror(GitCommand git, Func<HttpClient> http, SemaphoreSlim room, TimeProvider clock)
    {
        Git = git;
        var width = git.Options.Readers;
        Known = new Standby<GitObjects>(() => GitObjects.OpenLocal(git, clock), width, room, clock);
        Objects = new Standby<GitObjects>(() => GitObjects.OpenReaching(git, clock), width, room, clock);
        Diffs = new Standby<GitDiffs>(() => GitDiffs.Open(git, clock), width, room, clock);
        Fetches = new FetchQueue(this, new GitWire(git, http, clock));
    }

    public GitCommand Git { get; }

    public FetchQueue Fetches { get; }

    /// <summary>Readers of what the mirror holds: for them, what is not there is not there.</summary>
    public Standby<GitObjects> Known { get; }

    /// <summary>Readers that bring in file contents which the mirror lacks.</summary>
    public Standby<GitObjects> Objects { get; }

    public Standby<GitDiffs> Diffs { get; }

    /// <summary>Commits that were read before; they never change.</summary>
    public CommitCache Commits { get; } = new();

    /// <summary>Makes sure that a commit is there.</summary>
    public Task EnsureAsync(CommitId commit, CancellationToken cancellation) => commit.IsNone
        ? throw Git.Trouble("no commit is named", isPermanent: true)
        : Fetches.EnsureAsync([new Want(commit, $"refs/gate/commits/{commit.Value[..2]}", null)], cancellation);

    /// <summary>Writes down what is still to be written, and ends the processes that nobody has needed for so long.</summary>
    public async Task RestAsync(TimeSpan longest)
    {
        await Fetches.SettleAsync();
        await Known.EndIdleAsync(longest);
        await Objects.EndIdleAsync(longest);
        await Diffs.EndIdleAsync(longest);
    }

    public async Task CloseAsync()
    {
        await Known.CloseAsync();
        await Objects.CloseAsync();
        await Diffs.CloseAsync();
    }
}
