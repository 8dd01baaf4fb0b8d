using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>How things are done, whoever asks for them: people by the acts, the gate over REST.</summary>
public sealed partial class FakeBitbucketDataCenter
{
    internal static GitPerson Person(DataCenterUser user) => new(user.Name, $"{user.Name}@example.org");

    internal static IEnumerable<DataCenterComment> CommentsIn(DataCenterPullRequest change) =>
        change.Activities.Select(one => one.Comment).OfType<DataCenterComment>().SelectMany(Thread);

    internal IReadOnlyList<DataCenterBuild> BuildsOf(DataCenterRepository repository, string sha) =>
        [.. repository.Builds.Where(build => build.Sha == sha)];

    internal void PutBuild(DataCenterRepository repository, DataCenterBuild build) => Change(() =>
        repository.Builds = repository.Builds.RemoveAll(one => one.Sha == build.Sha && one.Key == build.Key).Add(build));

    internal void PutReport(DataCenterRepository repository, DataCenterReport report) => Change(() =>
        repository.Reports = repository.Reports.RemoveAll(one => one.Sha == report.Sha && one.Key == report.Key).Add(report));

    internal async Task<DataCenterPullRequest> OpenAsync(
        DataCenterRepository repository, DataCenterUser by, string source, string target, string title, string description)
    {
        var (head, tip) = (await repository.Repo.ResolveAsync(source), await repository.Repo.ResolveAsync(target));
        var change = Change(() =>
        {
            var fresh = new DataCenterPullRequest(repository.PullRequests.Count + 1, by, Now())
            {
                Title = title,
                Description = description,
                Source = source,
                Target = target,
                Head = head,
                Base = tip,
            };
            repository.PullRequests = repository.PullRequests.Add(fresh);
            return fresh;
        });
        Note(change, "OPENED", by);
        await _webhooks.PullRequestAsync(repository, change, by, "pr:opened");
        return change;
    }

    /// <summary>Tells of a branch that moved; its open pull requests follow.</summary>
    internal async Task MovedAsync(DataCenterRepository repository, DataCenterUser by, string branch, string? before, string after)
    {
        await _webhooks.PushAsync(repository, by, branch, before, after);
        foreach (var change in repository.PullRequests.Where(one => one.Source == branch && one.State == "OPEN"))
        {
            var previous = change.Head;
            Change(() => (change.Head, change.Version) = (after, change.Version + 1));
            Note(change, "RESCOPED", by);
            await _webhooks.PullRequestAsync(repository, change, by, "pr:from_ref_updated", ("previousFromHash", previous));
        }
    }

    /// <summary>What the merge checks say against a merge.</summary>
    internal IReadOnlyList<string> Vetoes(DataCenterRepository repository, DataCenterPullRequest change)
    {
        var builds = BuildsOf(repository, change.Head);
        return
        [
            .. from condition in repository.Conditions
               where Takes(condition.Matcher, change.Target) && (condition.Exempt is null || !Takes(condition.Exempt, change.Source))
               from key in condition.Keys
               // A build counts for the branch that it names.
               let ours = builds.Where(build => build.Parent == key && build.Ref == $"refs/heads/{change.Source}").ToList()
               where ours.Count == 0 || ours.Any(build => build.State != "SUCCESSFUL")
               select $"the required build `{key}` is not successful",
        ];
    }

    internal async Task<string> MergeAsync(
        DataCenterRepository repository, DataCenterPullRequest change, DataCenterUser by, DataCenterMerge how)
    {
        var before = await repository.Repo.ResolveAsync(change.Target);
        var message = $"Pull request #{change.Id}: {change.Title}";
        var commit = how switch
        {
            DataCenterMerge.MergeCommit => await repository.Repo.MergeAsync(change.Target, change.Source, message, Person(by)),
            DataCenterMerge.Squash => await repository.Repo.SquashAsync(change.Target, change.Source, message, Person(by)),
            DataCenterMerge.RebaseFastForward => await repository.Repo.RebaseAsync(change.Target, change.Source, Person(by)),
        };
        Note(change, "MERGED", by, commit: commit);
        Change(() => (change.State, change.MergeCommit, change.ClosedAt, change.Version) = ("MERGED", commit, Now(), change.Version + 1));
        await _webhooks.PushAsync(repository, by, change.Target, before, commit);
        await _webhooks.PullRequestAsync(repository, change, by, "pr:merged");
        return commit;
    }

    internal async Task<DataCenterComment> WriteAsync(
        DataCenterRepository repository, DataCenterPullRequest change, DataCenterUser by, string text, long answers = 0)
    {
        var comment = new DataCenterComment(NextId(), by, Now()) { Text = text };
        if (answers == 0)
        {
            Note(change, "COMMENTED", by, comment);
        }
        else
        {
            var parent = CommentsIn(change).First(one => one.Id == answers);
            Change(() => parent.Answers = parent.Answers.Add(comment));
        }

        await _webhooks.PullRequestAsync(repository, change, by, "pr:comment:added", ("comment", DataCenterJson.Comment(comment)));
        return comment;
    }

    internal Task RewriteAsync(DataCenterRepository repository, DataCenterPullRequest change, DataCenterComment comment, string text)
    {
        var previous = comment.Text;
        Change(() => (comment.Text, comment.UpdatedAt, comment.Version) = (text, Now(), comment.Version + 1));
        return _webhooks.PullRequestAsync(
            repository, change, comment.Author, "pr:comment:edited", ("comment", DataCenterJson.Comment(comment)), ("previousComment", previous));
    }

    internal async Task<IReadOnlyList<DataCenterPullRequest>> ChangesOfAsync(DataCenterRepository repository, string sha)
    {
        var found = new List<DataCenterPullRequest>();
        foreach (var change in repository.PullRequests)
        {
            var commits = await repository.Repo.LogAsync($"{change.Base}..{change.Head}");
            if (commits.Contains(sha) || change.MergeCommit == sha) found.Add(change);
        }

        return found;
    }

    private static IEnumerable<DataCenterComment> Thread(DataCenterComment comment) => comment.Answers.SelectMany(Thread).Prepend(comment);

    /// <summary>Whether a matcher takes a branch.</summary>
    private static bool Takes(JsonObject matcher, string branch) => matcher["type"]?["id"]?.GetValue<string>() switch
    {
        "ANY_REF" => true,
        "BRANCH" => matcher["id"]?.GetValue<string>() == $"refs/heads/{branch}",
        _ => false,
    };

    private void Note(DataCenterPullRequest change, string action, DataCenterUser by, DataCenterComment? comment = null, string commit = "") =>
        Change(() =>
        {
            var activity = new DataCenterActivity(NextId(), action, by, Now(), comment, commit);
            (change.Activities, change.UpdatedAt) = (change.Activities.Add(activity), activity.At);
        });

    private Task MarkAsync(string path, long number, string by, string status, string action, string name)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = PullRequest(repository, number);
        if (user == change.Author) throw new InvalidOperationException("authors may not review their own pull requests");
        var known = change.Reviewers.Find(one => one.User == user);
        if (known is not null && (known.Status, known.LastReviewed) == (status, change.Head)) return Task.CompletedTask;
        Change(() => change.Reviewers = change.Reviewers.RemoveAll(one => one.User == user)
            .Add(new DataCenterReviewer(user, status, change.Head)));
        Note(change, action, user);
        var participant = new JsonObject { ["user"] = DataCenterJson.User(user), ["role"] = "REVIEWER", ["status"] = status };
        return _webhooks.PullRequestAsync(
            repository, change, user, name, ("participant", participant), ("previousStatus", known?.Status ?? "UNAPPROVED"));
    }
}
