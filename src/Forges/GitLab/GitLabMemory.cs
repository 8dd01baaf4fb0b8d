using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// What the gate has seen on GitLab and need not ask for each time that it reports. Lost with the process: whoever uses it works without
/// it, and only asks more or leaves a remark open for longer. Safe to use from many threads.
/// </summary>
internal sealed class GitLabMemory(TimeProvider clock)
{
    /// <summary>How much of each kind is kept; what is above it is forgotten together.</summary>
    private const int Most = 10_000;

    private static readonly TimeSpan ChecksLast = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(RepositoryKey, string Name), (ImmutableArray<long> Ids, DateTimeOffset Until)> _checks = new();
    private readonly ConcurrentDictionary<(RepositoryKey, CommitId), (long Id, string Branch)> _pipelines = new();
    private readonly ConcurrentDictionary<(RepositoryKey, string Branch), bool> _noted = new();

    /// <summary>The external status checks of a project that have this name; null when they have to be asked for.</summary>
    public ImmutableArray<long>? Checks(RepositoryKey repository, string name) =>
        _checks.TryGetValue((repository, name), out var known) && known.Until > clock.GetUtcNow() ? known.Ids : null;

    public void NoteChecks(RepositoryKey repository, string name, ImmutableArray<long> ids) =>
        Keep(_checks, (repository, name), (ids, clock.GetUtcNow() + ChecksLast));

    /// <summary>The checks of the project are to be asked for again.</summary>
    public void ForgetChecks(RepositoryKey repository, string name) => _checks.TryRemove((repository, name), out _);

    /// <summary>
    /// Notes the pipeline that GitLab judges a merge request by, where a status of the source branch can join it: one of the project itself,
    /// for this head and branch. A pipeline for merge requests has a ref of its own.
    /// </summary>
    /// <param name="json">The merge request as GitLab tells it.</param>
    public void NotePipeline(ChangeRequest change, JsonElement json)
    {
        var pipeline = json.Child("head_pipeline");
        var isOfProject = !pipeline.Has("project_id") || pipeline.Id("project_id") == json.Id("target_project_id");
        if (pipeline.Number("id") is { } id && isOfProject && !change.Head.IsNone && pipeline.Commit("sha") == change.Head
            && pipeline.Text("ref") == change.SourceBranch)
        {
            Keep(_pipelines, (change.Key.Repository, change.Head), (id, change.SourceBranch));
        }
    }

    /// <summary>The pipeline that a status for this commit and branch belongs to, or null when none is known.</summary>
    public long? Pipeline(RepositoryKey repository, CommitId commit, string branch) =>
        _pipelines.TryGetValue((repository, commit), out var known) && known.Branch == branch ? known.Id : null;

    public void ForgetPipeline(RepositoryKey repository, CommitId commit) => _pipelines.TryRemove((repository, commit), out _);

    /// <summary>Whether there may be remarks of ours at lines of the branch's merge requests.</summary>
    public bool MayHaveNotes(RepositoryKey repository, string branch) => _noted.ContainsKey((repository, branch));

    public void NoteNotes(RepositoryKey repository, string branch, bool areLeft)
    {
        if (areLeft) Keep(_noted, (repository, branch), true);
        else _noted.TryRemove((repository, branch), out _);
    }

    private static void Keep<TKey, TValue>(ConcurrentDictionary<TKey, TValue> kept, TKey key, TValue value)
        where TKey : notnull
    {
        if (kept.Count >= Most) kept.Clear();
        kept[key] = value;
    }
}
