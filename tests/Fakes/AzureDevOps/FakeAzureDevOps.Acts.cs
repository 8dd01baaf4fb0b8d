using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>What people do.</summary>
public sealed partial class FakeAzureDevOps
{
    private const string StatusCheck = "cbdc66da-9728-4af8-aada-9a5a32e4a226";

    /// <summary>Pushes one commit to a branch, which begins at the default branch when it is new. Open pull requests follow it.</summary>
    /// <returns>The commit's id.</returns>
    public async Task<string> PushAsync(
        AzureRepository repository, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        var before = await repository.Git.TryResolveAsync($"refs/heads/{branch}");
        var changes = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text)).ToList();
        var author = new GitPerson(by, $"{by}@example.org");
        var after = await repository.Git.CommitAsync(branch, message, changes, author, from: repository.DefaultBranch);
        await PushedAsync(repository, by, branch, before, after);
        return after;
    }

    /// <summary>Says that a branch moved, for whoever moved it in the bare repository itself. Open pull requests follow it.</summary>
    /// <param name="before">Null when the branch is new.</param>
    /// <param name="after">Null when the branch was deleted.</param>
    public async Task PushedAsync(AzureRepository repository, string by, string branch, string? before, string? after)
    {
        await SendPushAsync(repository, by, $"refs/heads/{branch}", before, after);
        List<AzurePull> moved = [];
        lock (_gate)
        {
            foreach (var pull in repository.Pulls.Where(pull => pull.Status == "active"))
            {
                if (pull.TargetBranch == branch) pull.Base = after ?? pull.Base;
                if (pull.SourceBranch != branch || after is null || pull.Head == after) continue;
                pull.Head = after;
                pull.Iterations.Add(new AzureIteration(pull.Iterations.Count + 1, after, Now()));
                if (repository.ResetsVotes) pull.Votes.Clear();
                moved.Add(pull);
            }
        }

        foreach (var pull in moved)
        {
            await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", after!);
            await SendPullAsync(pull, by, "git.pullrequest.updated", "updated the source branch of");
            await SendPullAsync(pull, by, "git.pullrequest.merged", "attempted to merge");
        }
    }

    /// <summary>Opens a pull request.</summary>
    /// <param name="branch">The source branch; it must be there.</param>
    /// <param name="onto">The target branch; the default branch when not given.</param>
    public async Task<AzurePull> OpenPullAsync(
        AzureRepository repository, string author, string branch, string title, string? onto = null, bool isDraft = false,
        bool isFromFork = false)
    {
        var target = onto ?? repository.DefaultBranch;
        var (head, tip) = (await repository.Git.ResolveAsync(branch), await repository.Git.ResolveAsync(target));
        AzurePull pull;
        lock (_gate)
        {
            pull = new AzurePull(repository, ++_lastPull, User(author))
            {
                Title = title,
                SourceBranch = branch,
                TargetBranch = target,
                Head = head,
                Base = tip,
                IsDraft = isDraft,
                IsFromFork = isFromFork,
                CreatedAt = Now(),
            };
            pull.Iterations.Add(new AzureIteration(1, head, pull.CreatedAt));
            repository.Pulls.Add(pull);
        }

        await repository.Git.SetRefAsync($"refs/pull/{pull.Number}/head", head);
        await SendPullAsync(pull, author, "git.pullrequest.created", "created");
        await SendPullAsync(pull, author, "git.pullrequest.merged", "attempted to merge");
        return pull;
    }

    /// <summary>Changes the title. No event is sent for it.</summary>
    public void Edit(AzurePull pull, string title, string description)
    {
        lock (_gate) (pull.Title, pull.Description) = (title, description);
    }

    /// <summary>Makes a pull request ready for review, or a draft again.</summary>
    public Task SetDraftAsync(AzurePull pull, string by, bool isDraft)
    {
        lock (_gate) pull.IsDraft = isDraft;
        return SendPullAsync(pull, by, "git.pullrequest.updated", isDraft ? "marked as a draft" : "published");
    }

    /// <summary>Votes on the current head: 10, 5, 0, -5 or -10. Azure DevOps writes a thread about it.</summary>
    public async Task VoteAsync(AzurePull pull, string by, int vote)
    {
        var voter = User(by);
        lock (_gate)
        {
            SetVote(pull, voter, vote);
            var thread = AddThread(pull, voter, $"{by} voted {vote}", "", "system");
            thread.Properties["CodeReviewThreadType"] = "VoteUpdate";
            thread.Properties["CodeReviewVotedByTfId"] = voter.Id;
            thread.Properties["CodeReviewVoteResult"] = $"{vote}";
        }

        await SendPullAsync(pull, by, "git.pullrequest.updated", "voted on");
    }

    /// <summary>Shows the vote that a group has because a member of it voted.</summary>
    public void SetVote(AzurePull pull, AzureUser reviewer, int vote)
    {
        lock (_gate)
        {
            pull.Votes.RemoveAll(one => one.By == reviewer);
            pull.Votes.Add((reviewer, vote));
        }
    }

    /// <summary>Comments on a pull request, in a thread of its own.</summary>
    public async Task<AzureThread> CommentAsync(AzurePull pull, string by, string content)
    {
        var thread = AddThread(pull, User(by), content, "active");
        await SendCommentAsync(pull, by, thread.Comments[0]);
        return thread;
    }

    /// <summary>Changes the text that a thread began with.</summary>
    public async Task EditCommentAsync(AzurePull pull, string by, AzureThread thread, string content) =>
        await SendCommentAsync(pull, by, Replace(thread, 1, old => old with { Content = content, EditedAt = Now() }));

    /// <summary>Deletes what a thread began with.</summary>
    public async Task DeleteCommentAsync(AzurePull pull, string by, AzureThread thread) =>
        await SendCommentAsync(pull, by, Replace(thread, 1, old => old with { IsDeleted = true }));

    /// <summary>Posts a status as somebody else than the gate. No event is sent for it.</summary>
    /// <param name="iteration">0 for the pull request as a whole.</param>
    public void PostStatus(AzurePull pull, string by, string genre, string name, string state, long iteration = 0, string description = "")
    {
        lock (_gate) pull.Statuses.Add(new AzureStatus(NextId(), genre, name, state, description, "", iteration, User(by), Now()));
    }

    /// <summary>Closes a pull request without completing it.</summary>
    public Task AbandonAsync(AzurePull pull, string by)
    {
        lock (_gate) (pull.Status, pull.ClosedBy, pull.ClosedAt) = ("abandoned", User(by), Now());
        return SendPullAsync(pull, by, "git.pullrequest.updated", "abandoned");
    }

    /// <summary>Completes a pull request.</summary>
    /// <param name="bypasses">Whether the policies are bypassed, as who has the right may.</param>
    /// <returns>The commit that was made on the target branch.</returns>
    /// <exception cref="AzureRefusedException">It is closed, a draft, in conflict (409), or a policy says no (403).</exception>
    public async Task<string> CompleteAsync(AzurePull pull, string by, AzureMerge how = AzureMerge.NoFastForward, bool bypasses = false)
    {
        lock (_gate)
        {
            if (pull.Status != "active" || pull.IsDraft) throw new AzureRefusedException(409, "TF401192: the pull request cannot be completed");
            if (!bypasses && UnmetPolicy(pull) is { } unmet) throw new AzureRefusedException(403, $"TF402455: the policy `{unmet}` is not met");
        }

        var (git, target, person) = (pull.Repository.Git, pull.TargetBranch, new GitPerson(by, $"{by}@example.org"));
        var before = await git.ResolveAsync(target);
        string merged;
        try
        {
            merged = how switch
            {
                AzureMerge.NoFastForward => await git.MergeAsync(target, pull.Head, $"Merged PR {pull.Number}: {pull.Title}", person),
                AzureMerge.Squash => await git.SquashAsync(target, pull.Head, $"Merged PR {pull.Number}: {pull.Title}", person),
                AzureMerge.Rebase => await git.RebaseAsync(target, pull.Head, person),
            };
        }
        catch (GitFailedException)
        {
            throw new AzureRefusedException(409, "TF401181: the pull request has conflicts");
        }

        lock (_gate)
        {
            (pull.Status, pull.MergeCommit, pull.ClosedBy, pull.ClosedAt) = ("completed", merged, User(by), Now());
        }

        await SendPullAsync(pull, by, "git.pullrequest.merged", "completed");
        await SendPullAsync(pull, by, "git.pullrequest.updated", "completed");
        await PushedAsync(pull.Repository, by, target, before, merged);
        return merged;
    }

    /// <summary>Whether a pull request into a branch is completed only with a status of this context.</summary>
    public bool IsRequired(AzureRepository repository, string branch, string context)
    {
        lock (_gate)
        {
            return _policies.Exists(policy =>
                policy.IsEnabled && policy.IsBlocking && Reaches(policy, repository, branch) && ContextOf(policy) == context);
        }
    }

    private AzureThread AddThread(AzurePull pull, AzureUser by, string content, string status, string kind = "text")
    {
        lock (_gate)
        {
            var now = Now();
            var thread = new AzureThread { Id = NextId(), At = now, Status = status };
            thread.Comments.Add(new AzureComment(1, by, content, kind, now, now, IsDeleted: false));
            pull.Threads.Add(thread);
            return thread;
        }
    }

    private AzureComment AddComment(AzureThread thread, AzureUser by, string content)
    {
        lock (_gate)
        {
            var now = Now();
            var comment = new AzureComment(thread.Comments.Count + 1, by, content, "text", now, now, IsDeleted: false);
            thread.Comments.Add(comment);
            return comment;
        }
    }

    private AzureComment Replace(AzureThread thread, long id, Func<AzureComment, AzureComment> change)
    {
        lock (_gate)
        {
            var at = thread.Comments.FindIndex(comment => comment.Id == id);
            return thread.Comments[at] = change(thread.Comments[at]);
        }
    }

    /// <summary>The context of a policy that holds a pull request back, or null.</summary>
    private string? UnmetPolicy(AzurePull pull) => _policies
        .Where(policy => policy.IsEnabled && policy.IsBlocking && Reaches(policy, pull.Repository, pull.TargetBranch))
        .Where(policy => !IsMet(policy, pull))
        .Select(ContextOf)
        .FirstOrDefault();

    private static bool IsMet(AzurePolicy policy, AzurePull pull)
    {
        // After a push only what was posted on the newest iteration counts, where the policy says so.
        var isReset = (bool?)policy.Settings["invalidateOnSourceUpdate"] ?? false;
        var author = (string?)policy.Settings["authorId"];
        var newest = pull.Statuses.LastOrDefault(status => AzurePull.Context(status) == ContextOf(policy)
            && (author is null || status.By.Id == author) && (!isReset || status.Iteration == pull.Iterations[^1].Id));
        return newest is { State: "succeeded" or "notApplicable" };
    }

    private static string ContextOf(AzurePolicy policy)
    {
        var (genre, name) = ((string?)policy.Settings["statusGenre"] ?? "", (string?)policy.Settings["statusName"] ?? "");
        return genre.Length > 0 ? $"{genre}/{name}" : name;
    }

    private static bool Reaches(AzurePolicy policy, AzureRepository repository, string branch) =>
        policy.Project.Equals(repository.Project, StringComparison.OrdinalIgnoreCase) && policy.Type == StatusCheck
        && policy.Settings["scope"]!.AsArray().Any(scope =>
            (string?)scope!["repositoryId"] is var id && (id is null || id == repository.Id)
            && Covers((string?)scope["matchKind"], (string?)scope["refName"] ?? "", $"refs/heads/{branch}"));

    private static bool Covers(string? kind, string name, string branch) =>
        kind == "Prefix" ? branch.StartsWith(name, StringComparison.Ordinal) : name == branch;
}
