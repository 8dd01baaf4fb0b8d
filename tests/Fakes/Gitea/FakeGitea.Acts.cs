using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>What people do.</summary>
public sealed partial class FakeGitea
{
    /// <summary>
    /// Pushes one commit to a branch, which begins at the default branch when it is new. Open pull requests follow it.
    /// </summary>
    /// <returns>The commit's id.</returns>
    /// <exception cref="GiteaRefusedException">403: a branch protection lets nobody push there.</exception>
    public async Task<string> PushAsync(
        GiteaRepository repository, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        lock (_gate)
        {
            if (PushProblem(repository, branch) is { } problem) throw new GiteaRefusedException(403, problem);
        }

        var changes = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text)).ToList();
        return await CommitAsync(repository, by, branch, message, changes, repository.DefaultBranch);
    }

    /// <summary>
    /// Says that a branch moved, for whoever moved it in the bare repository itself. Open pull requests follow it.
    /// </summary>
    /// <param name="before">Null when the branch is new.</param>
    /// <param name="after">Null when the branch was deleted: then no push is told, but a deletion.</param>
    public async Task PushedAsync(GiteaRepository repository, string by, string branch, string? before, string? after)
    {
        if (after is null)
        {
            await SendRefAsync(repository, by, "delete", branch, null);
            return;
        }

        if (before is null) await SendRefAsync(repository, by, "create", branch, after);
        await SendPushAsync(repository, by, $"refs/heads/{branch}", before, after);
        List<GiteaPull> moved;
        lock (_gate)
        {
            foreach (var onto in repository.Pulls.Where(pull => pull.IsOpen && pull.TargetBranch == branch)) onto.Base = after;
            moved = [.. repository.Pulls.Where(pull => pull.IsOpen && pull.SourceBranch == branch && pull.Head != after)];
        }

        foreach (var pull in moved)
        {
            await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", after);
            lock (_gate) Move(pull, after);
            await SendPullAsync(pull, by, "pull_request_sync", "synchronized");
        }
    }

    /// <summary>Sets a tag and says so.</summary>
    public async Task TagAsync(GiteaRepository repository, string by, string tag, string commit)
    {
        await repository.Git.SetRefAsync($"refs/tags/{tag}", commit);
        await SendPushAsync(repository, by, $"refs/tags/{tag}", null, commit);
    }

    /// <summary>Opens a pull request.</summary>
    /// <param name="branch">The source branch; it must be there.</param>
    /// <param name="onto">The target branch; the default branch when not given.</param>
    /// <param name="isOfNoBranch">Whether it is pushed for review to no branch (AGit).</param>
    public Task<GiteaPull> OpenPullAsync(
        GiteaRepository repository, string author, string branch, string title, string? onto = null, bool isFromFork = false,
        bool isOfNoBranch = false) =>
        OpenAsync(repository, author, (number, user) => new GiteaPull(repository, number, user)
        {
            Title = title,
            SourceBranch = branch,
            TargetBranch = onto ?? repository.DefaultBranch,
            IsFromFork = isFromFork,
            IsOfNoBranch = isOfNoBranch,
            CreatedAt = _clock.GetUtcNow(),
        });

    /// <summary>Changes the title and says so; a draft becomes ready in this way.</summary>
    public async Task EditAsync(GiteaPull pull, string by, string title)
    {
        var from = pull.Title;
        lock (_gate) pull.Title = title;
        await SendPullAsync(
            pull, by, "pull_request", "edited",
            body => body["changes"] = new JsonObject { ["title"] = new JsonObject { ["from"] = from } });
    }

    /// <summary>Adds a label, or takes it away when it is there.</summary>
    public async Task ToggleLabelAsync(GiteaPull pull, string by, string label)
    {
        lock (_gate)
        {
            if (!pull.Labels.Remove(label)) pull.Labels.Add(label);
        }

        await SendPullAsync(pull, by, "pull_request_label", "label_updated");
    }

    /// <summary>Deletes the fork that a pull request came from; nothing is said about it.</summary>
    public void DeleteFork(GiteaPull pull)
    {
        lock (_gate) pull.IsForkDeleted = true;
    }

    /// <summary>
    /// Gives a review on the current head. A verdict makes the reviewer's earlier ones count no more, and answers what they were asked for.
    /// </summary>
    /// <param name="state"><c>APPROVED</c>, <c>REQUEST_CHANGES</c>, <c>COMMENT</c>, or <c>PENDING</c>, of which nothing is told.</param>
    public async Task<GiteaReview> ReviewAsync(GiteaPull pull, string by, string state, string body = "")
    {
        GiteaReview review;
        lock (_gate)
        {
            var isVerdict = state is "APPROVED" or "REQUEST_CHANGES";
            if (isVerdict)
            {
                pull.Reviews.RemoveAll(one => one.User.Login == by && one.State == "REQUEST_REVIEW");
                Replace(pull, one => one.User.Login == by, one => one with { IsOfficial = false });
            }

            var isOfficial = isVerdict && pull.Repository.RuleOf(pull.TargetBranch) is not null && pull.Repository.RightOf(by) > GiteaRight.Read;
            review = new GiteaReview(NextId(), User(by), state, pull.Head, body, _clock.GetUtcNow(), false, isOfficial, false);
            pull.Reviews.Add(review);
        }

        if (state == "PENDING") return review;
        var type = state switch
        {
            "APPROVED" => "pull_request_review_approved",
            "REQUEST_CHANGES" => "pull_request_review_rejected",
            _ => "pull_request_review_comment",
        };
        await SendPullAsync(
            pull, by, type, "reviewed", payload => payload["review"] = new JsonObject { ["type"] = type, ["content"] = body });
        return review;
    }

    /// <summary>Asks somebody for a review, or for another one; their earlier verdicts are not official any more.</summary>
    public async Task RequestReviewAsync(GiteaPull pull, string by, string reviewer)
    {
        lock (_gate)
        {
            Replace(pull, one => one.User.Login == reviewer, one => one with { IsOfficial = false });
            pull.Reviews.Add(
                new GiteaReview(NextId(), User(reviewer), "REQUEST_REVIEW", "", "", _clock.GetUtcNow(), false, false, false));
        }

        await SendPullAsync(
            pull, by, "pull_request_review_request", "review_requested",
            body => body["requested_reviewer"] = GiteaShapes.User(User(reviewer)));
    }

    /// <summary>Dismisses a review; no webhook tells of it.</summary>
    public void Dismiss(GiteaPull pull, GiteaReview review)
    {
        lock (_gate) Replace(pull, one => one.Id == review.Id, one => one with { IsDismissed = true, IsOfficial = false });
    }

    /// <summary>Comments on a pull request.</summary>
    public async Task<GiteaComment> CommentAsync(GiteaPull pull, string by, string body)
    {
        var comment = AddComment(pull, User(by), body);
        await SendCommentAsync(pull, by, "created", comment, null);
        return comment;
    }

    /// <summary>Changes a comment's text.</summary>
    public async Task EditCommentAsync(GiteaPull pull, string by, GiteaComment comment, string body)
    {
        var edited = Replace(pull, comment, body);
        await SendCommentAsync(pull, by, "edited", edited, comment.Body);
    }

    /// <summary>Deletes a comment.</summary>
    public async Task DeleteCommentAsync(GiteaPull pull, string by, GiteaComment comment)
    {
        lock (_gate) pull.Comments.RemoveAll(one => one.Id == comment.Id);
        await SendCommentAsync(pull, by, "deleted", comment, null);
    }

    /// <summary>Posts a status as somebody else than the gate.</summary>
    public Task PostStatusAsync(GiteaRepository repository, string by, string commit, string context, string state, string description = "") =>
        SendStatusAsync(repository, AddStatus(repository, User(by), commit, new StatusText(state, context, description, "")));

    /// <summary>Closes a pull request without merging it.</summary>
    public async Task CloseAsync(GiteaPull pull, string by)
    {
        lock (_gate) pull.IsOpen = false;
        await SendPullAsync(pull, by, "pull_request", "closed");
    }

    /// <summary>Opens a closed pull request again.</summary>
    public async Task ReopenAsync(GiteaPull pull, string by)
    {
        lock (_gate) pull.IsOpen = true;
        await SendPullAsync(pull, by, "pull_request", "reopened");
    }

    /// <summary>Merges a pull request.</summary>
    /// <param name="asAdmin">Whether the branch protection is overridden, as administrators may unless it holds them too.</param>
    /// <returns>The commit that the merge made on the target branch.</returns>
    /// <exception cref="GiteaRefusedException">405: it is closed, a draft, in conflict, or not what the branch protection asks for.</exception>
    public async Task<string> MergeAsync(GiteaPull pull, string by, GiteaMerge how = GiteaMerge.Merge, bool asAdmin = false)
    {
        if (MergeProblem(pull, asAdmin) is { } problem) throw new GiteaRefusedException(405, problem);
        var (git, target) = (pull.Repository.Git, pull.TargetBranch);
        var person = new GitPerson(by, $"{by}@example.org");
        var before = await git.ResolveAsync($"refs/heads/{target}");
        string merged;
        try
        {
            merged = how switch
            {
                GiteaMerge.Merge => await git.MergeAsync(target, pull.Head, $"Merge pull request '{pull.Title}' (#{pull.Number})", person),
                GiteaMerge.Squash => await git.SquashAsync(target, pull.Head, $"{pull.Title} (#{pull.Number})", person),
                GiteaMerge.Rebase => await git.RebaseAsync(target, pull.Head, person),
            };
        }
        catch (GitFailedException)
        {
            throw new GiteaRefusedException(405, "not in mergeable state");
        }

        lock (_gate)
        {
            (pull.IsOpen, pull.MergeCommit, pull.MergedBy, pull.MergedAt) = (false, merged, User(by), _clock.GetUtcNow());
        }

        await SendPullAsync(pull, by, "pull_request", "closed");
        await PushedAsync(pull.Repository, by, target, before, merged);
        return merged;
    }

    private async Task<GiteaPull> OpenAsync(GiteaRepository repository, string author, Func<long, GiteaUser, GiteaPull> make)
    {
        GiteaPull pull;
        lock (_gate)
        {
            pull = make(repository.Pulls.Count + 1, User(author));
            repository.Pulls.Add(pull);
        }

        pull.Head = await repository.Git.ResolveAsync($"refs/heads/{pull.SourceBranch}");
        pull.Base = await repository.Git.ResolveAsync($"refs/heads/{pull.TargetBranch}");
        await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", pull.Head);
        await SendPullAsync(pull, author, "pull_request", "opened");
        return pull;
    }

    private async Task<string> CommitAsync(
        GiteaRepository repository, string by, string branch, string message, IReadOnlyList<GitFile> files, string from)
    {
        var before = await repository.Git.TryResolveAsync($"refs/heads/{branch}");
        var after = await repository.Git.CommitAsync(branch, message, files, new GitPerson(by, $"{by}@example.org"), from: from);
        await PushedAsync(repository, by, branch, before, after);
        return after;
    }

    // A review is stale once the head has moved on, and not any more when it comes back to what was reviewed.
    private static void Move(GiteaPull pull, string head)
    {
        pull.Head = head;
        Replace(pull, _ => true, one => one with { IsStale = one.Commit != head });
    }

    private static void Replace(GiteaPull pull, Func<GiteaReview, bool> which, Func<GiteaReview, GiteaReview> change)
    {
        for (var at = 0; at < pull.Reviews.Count; at++)
        {
            if (which(pull.Reviews[at])) pull.Reviews[at] = change(pull.Reviews[at]);
        }
    }

    private GiteaComment AddComment(GiteaPull pull, GiteaUser by, string body)
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            var comment = new GiteaComment(NextId(), by, body, now, now);
            pull.Comments.Add(comment);
            return comment;
        }
    }

    private GiteaComment Replace(GiteaPull pull, GiteaComment comment, string body)
    {
        lock (_gate)
        {
            var edited = comment with { Body = body, UpdatedAt = _clock.GetUtcNow() };
            pull.Comments[pull.Comments.FindIndex(one => one.Id == comment.Id)] = edited;
            return edited;
        }
    }

    private GiteaStatus AddStatus(GiteaRepository repository, GiteaUser by, string commit, StatusText text)
    {
        lock (_gate)
        {
            var status = new GiteaStatus(
                NextId(), commit, text.State, text.Context, text.Description, text.TargetUrl, by, _clock.GetUtcNow());
            repository.Statuses.Add(status);
            return status;
        }
    }

    private sealed record StatusText(string State, string Context, string Description, string TargetUrl);
}
