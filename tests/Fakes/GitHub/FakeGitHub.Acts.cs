using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>What people do.</summary>
public sealed partial class FakeGitHub
{
    /// <summary>
    /// Pushes one commit to a branch, which begins at the default branch when it is new. Open pull requests follow it.
    /// </summary>
    /// <returns>The commit's id.</returns>
    public async Task<string> PushAsync(
        GitHubRepository repository, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        var before = await repository.Git.TryResolveAsync($"refs/heads/{branch}");
        var changes = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text)).ToList();
        var author = new GitPerson(by, $"{by}@example.org");
        var after = await repository.Git.CommitAsync(branch, message, changes, author, from: repository.DefaultBranch);
        await PushedAsync(repository, by, branch, before, after);
        return after;
    }

    /// <summary>
    /// Says that a branch moved, for whoever moved it in the bare repository itself. Open pull requests follow it.
    /// </summary>
    /// <param name="before">Null when the branch is new.</param>
    /// <param name="after">Null when the branch was deleted.</param>
    public async Task PushedAsync(
        GitHubRepository repository, string by, string branch, string? before, string? after, bool isForced = false)
    {
        await SendPushAsync(repository, by, $"refs/heads/{branch}", before, after, isForced);
        List<GitHubPull> moved;
        lock (_gate)
        {
            foreach (var onto in repository.Pulls.Where(pull => pull.IsOpen && pull.TargetBranch == branch)) onto.Base = after ?? onto.Base;
            moved = [.. repository.Pulls.Where(pull => pull.IsOpen && pull.SourceBranch == branch && after is not null && pull.Head != after)];
        }

        foreach (var pull in moved)
        {
            await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", after!);
            lock (_gate) pull.Head = after!;
            await SendPullAsync(pull, by, "synchronize", body => (body["before"], body["after"]) = (before, after));
        }
    }

    /// <summary>Sets a tag and says so.</summary>
    public async Task TagAsync(GitHubRepository repository, string by, string tag, string commit)
    {
        var before = await repository.Git.TryResolveAsync($"refs/tags/{tag}");
        await repository.Git.SetRefAsync($"refs/tags/{tag}", commit);
        await SendPushAsync(repository, by, $"refs/tags/{tag}", before, commit, before is not null);
    }

    /// <summary>Opens a pull request.</summary>
    /// <param name="branch">The source branch; it must be there.</param>
    /// <param name="onto">The target branch; the default branch when not given.</param>
    public async Task<GitHubPull> OpenPullAsync(
        GitHubRepository repository, string author, string branch, string title, string? onto = null, bool isDraft = false,
        bool isFromFork = false)
    {
        var pull = await AddPullAsync(repository, author, (branch, onto ?? repository.DefaultBranch), title, isDraft, isFromFork);
        await SendPullAsync(pull, author, "opened");
        return pull;
    }

    private async Task<GitHubPull> AddPullAsync(
        GitHubRepository repository, string author, (string From, string Onto) branches, string title, bool isDraft = false,
        bool isFromFork = false)
    {
        var (head, tip) = (await repository.Git.ResolveAsync(branches.From), await repository.Git.ResolveAsync(branches.Onto));
        GitHubPull pull;
        lock (_gate)
        {
            pull = new GitHubPull(repository, repository.Pulls.Count + 1, User(author))
            {
                Title = title,
                SourceBranch = branches.From,
                TargetBranch = branches.Onto,
                Head = head,
                Base = tip,
                IsDraft = isDraft,
                IsFromFork = isFromFork,
                CreatedAt = _clock.GetUtcNow(),
                UpdatedAt = _clock.GetUtcNow(),
            };
            repository.Pulls.Add(pull);
        }

        await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", head);
        return pull;
    }

    /// <summary>Changes the title, or what else the caller wants, and says so.</summary>
    public async Task EditAsync(GitHubPull pull, string by, string title)
    {
        var from = pull.Title;
        lock (_gate) pull.Title = title;
        await SendPullAsync(
            pull, by, "edited", body => body["changes"] = new JsonObject { ["title"] = new JsonObject { ["from"] = from } });
    }

    /// <summary>Points a pull request at another target branch.</summary>
    public async Task RetargetAsync(GitHubPull pull, string by, string onto)
    {
        var (from, tip) = (pull.TargetBranch, await pull.Repository.Git.ResolveAsync(onto));
        lock (_gate) (pull.TargetBranch, pull.Base) = (onto, tip);
        await SendPullAsync(pull, by, "edited", body => body["changes"] = new JsonObject
        {
            ["base"] = new JsonObject { ["ref"] = new JsonObject { ["from"] = from } },
        });
    }

    /// <summary>Makes a pull request ready for review, or a draft again.</summary>
    public async Task SetDraftAsync(GitHubPull pull, string by, bool isDraft)
    {
        lock (_gate) pull.IsDraft = isDraft;
        await SendPullAsync(pull, by, isDraft ? "converted_to_draft" : "ready_for_review");
    }

    /// <summary>Adds a label, or takes it away when it is there.</summary>
    public async Task ToggleLabelAsync(GitHubPull pull, string by, string label)
    {
        bool isAdded;
        lock (_gate)
        {
            isAdded = !pull.Labels.Remove(label);
            if (isAdded) pull.Labels.Add(label);
        }

        await SendPullAsync(pull, by, isAdded ? "labeled" : "unlabeled", body => body["label"] = GitHubShapes.Label(label));
    }

    /// <summary>Deletes the fork that a pull request came from. GitHub says nothing about it.</summary>
    public void DeleteFork(GitHubPull pull)
    {
        lock (_gate) pull.IsForkDeleted = true;
    }

    /// <summary>Gives a review on the current head.</summary>
    /// <param name="state"><c>APPROVED</c>, <c>CHANGES_REQUESTED</c> or <c>COMMENTED</c>.</param>
    public async Task<GitHubReview> ReviewAsync(GitHubPull pull, string by, string state, string body = "")
    {
        GitHubReview review;
        lock (_gate)
        {
            review = new GitHubReview(NextId(), User(by), state, pull.Head, body, _clock.GetUtcNow());
            pull.Reviews.Add(review);
        }

        await SendReviewAsync(pull, by, "submitted", review);
        return review;
    }

    /// <summary>Dismisses a review.</summary>
    public async Task DismissAsync(GitHubPull pull, string by, GitHubReview review)
    {
        var dismissed = review with { State = "DISMISSED" };
        lock (_gate) pull.Reviews[pull.Reviews.FindIndex(one => one.Id == review.Id)] = dismissed;
        await SendReviewAsync(pull, by, "dismissed", dismissed);
    }

    /// <summary>Comments on a pull request.</summary>
    public async Task<GitHubComment> CommentAsync(GitHubPull pull, string by, string body)
    {
        var comment = AddComment(pull, User(by), body);
        await SendCommentAsync(pull, by, "created", comment, null);
        return comment;
    }

    /// <summary>Changes a comment's text.</summary>
    public async Task EditCommentAsync(GitHubPull pull, string by, GitHubComment comment, string body)
    {
        var edited = Replace(pull, comment, body);
        await SendCommentAsync(pull, by, "edited", edited, comment.Body);
    }

    /// <summary>Deletes a comment.</summary>
    public async Task DeleteCommentAsync(GitHubPull pull, string by, GitHubComment comment)
    {
        lock (_gate) pull.Comments.RemoveAll(one => one.Id == comment.Id);
        await SendCommentAsync(pull, by, "deleted", comment, null);
    }

    /// <summary>Posts a status as somebody else than the gate.</summary>
    public Task PostStatusAsync(GitHubRepository repository, string by, string commit, string context, string state, string description = "") =>
        SendStatusAsync(repository, AddStatus(repository, User(by), commit, new StatusText(state, context, description, "")));

    /// <summary>Runs a check to its end.</summary>
    /// <param name="conclusion">For instance <c>success</c>; null leaves it running.</param>
    public async Task RunCheckAsync(GitHubRepository repository, string app, string commit, string name, string? conclusion)
    {
        GitHubCheckRun run;
        lock (_gate)
        {
            var known = _apps.Find(one => one.Slug == app);
            run = new GitHubCheckRun(NextId(), commit, name, conclusion is null ? "in_progress" : "completed", conclusion, app)
            {
                AppId = known?.Id ?? 0,
                ClientId = known?.ClientId ?? "",
            };
            repository.CheckRuns.RemoveAll(one => one.Commit == commit && one.Name == name && one.App == app);
            repository.CheckRuns.Add(run);
        }

        var body = new JsonObject { ["action"] = conclusion is null ? "created" : "completed", ["check_run"] = GitHubShapes.CheckRun(run) };
        await SendAsync(repository, "check_run", User($"{app}[bot]"), body);
    }

    /// <summary>Closes a pull request without merging it.</summary>
    public async Task CloseAsync(GitHubPull pull, string by)
    {
        lock (_gate) pull.IsOpen = false;
        await SendPullAsync(pull, by, "closed");
    }

    /// <summary>Opens a closed pull request again.</summary>
    public async Task ReopenAsync(GitHubPull pull, string by)
    {
        lock (_gate) pull.IsOpen = true;
        await SendPullAsync(pull, by, "reopened");
    }

    /// <summary>Merges a pull request.</summary>
    /// <param name="asAdmin">Whether required statuses are bypassed, as administrators may.</param>
    /// <returns>The commit that the merge made on the target branch.</returns>
    /// <exception cref="GitHubRefusedException">405: it is closed, a draft, in conflict, or a required status is not
    /// green.</exception>
    public async Task<string> MergeAsync(GitHubPull pull, string by, GitHubMerge how = GitHubMerge.Merge, bool asAdmin = false)
    {
        if (MergeProblem(pull, asAdmin) is { } problem) throw new GitHubRefusedException(405, problem);
        var (git, target) = (pull.Repository.Git, pull.TargetBranch);
        var person = new GitPerson(by, $"{by}@example.org");
        var before = await git.ResolveAsync(target);
        string merged;
        try
        {
            merged = how switch
            {
                GitHubMerge.Merge => await git.MergeAsync(target, pull.Head, $"Merge pull request #{pull.Number}\n\n{pull.Title}", person),
                GitHubMerge.Squash => await git.SquashAsync(target, pull.Head, $"{pull.Title} (#{pull.Number})", person),
                GitHubMerge.Rebase => await git.RebaseAsync(target, pull.Head, person),
            };
        }
        catch (GitFailedException)
        {
            throw new GitHubRefusedException(405, "Pull Request is not mergeable");
        }

        lock (_gate)
        {
            (pull.IsOpen, pull.MergeCommit, pull.MergedBy, pull.MergedAt) = (false, merged, User(by), _clock.GetUtcNow());
        }

        await SendPullAsync(pull, by, "closed");
        await PushedAsync(pull.Repository, by, target, before, merged);
        return merged;
    }

    /// <summary>Puts a pull request into the merge queue, which asks for its checks at a temporary commit.</summary>
    /// <returns>The temporary commit: statuses must be posted on it.</returns>
    public async Task<string> EnqueueAsync(GitHubPull pull, string by)
    {
        var (git, target) = (pull.Repository.Git, pull.TargetBranch);
        var tip = await git.ResolveAsync(target);
        var branch = $"gh-readonly-queue/{target}/pr-{pull.Number}-{tip}";
        await git.SetRefAsync($"refs/heads/{branch}", tip);
        var group = await git.MergeAsync(branch, pull.Head, $"Merge pull request #{pull.Number}");
        await SendPullAsync(pull, by, "enqueued");
        var body = new JsonObject
        {
            ["action"] = "checks_requested",
            ["merge_group"] = new JsonObject
            {
                ["head_sha"] = group,
                ["head_ref"] = $"refs/heads/{branch}",
                ["base_sha"] = tip,
                ["base_ref"] = $"refs/heads/{target}",
            },
        };
        await SendAsync(pull.Repository, "merge_group", User(by), body);
        return group;
    }

    private string? MergeProblem(GitHubPull pull, bool asAdmin)
    {
        lock (_gate)
        {
            if (!pull.IsOpen) return "Pull Request is not open";
            if (pull.IsDraft) return "Pull Request is still a draft";
            var missing = Required(pull.Repository, pull.TargetBranch)
                .Where(wanted => !(asAdmin && wanted.MayBypass) && !IsGreen(pull.Repository, pull.Head, wanted))
                .Select(wanted => wanted.Context)
                .ToList();
            return missing.Count == 0 ? null : $"Required status check \"{missing[0]}\" is not successful.";
        }
    }
}
