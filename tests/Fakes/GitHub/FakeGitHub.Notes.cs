namespace GitOpsGate.Fakes.GitHub;

/// <summary>How comments and statuses are kept.</summary>
public sealed partial class FakeGitHub
{
    private GitHubComment AddComment(GitHubPull pull, GitHubUser by, string body)
    {
        lock (_gate)
        {
            var app = _apps.Find(one => one.BotLogin == by.Login);
            var comment = new GitHubComment(NextId(), by, body, _clock.GetUtcNow(), _clock.GetUtcNow()) { App = app };
            pull.Comments.Add(comment);
            return comment;
        }
    }

    private GitHubComment Replace(GitHubPull pull, GitHubComment comment, string body)
    {
        lock (_gate)
        {
            var edited = comment with { Body = body, UpdatedAt = _clock.GetUtcNow() };
            pull.Comments[pull.Comments.FindIndex(one => one.Id == comment.Id)] = edited;
            return edited;
        }
    }

    private GitHubStatus AddStatus(GitHubRepository repository, GitHubUser by, string commit, StatusText text)
    {
        lock (_gate)
        {
            var status = new GitHubStatus(
                NextId(), commit, text.State, text.Context, text.Description, text.TargetUrl, by, _clock.GetUtcNow());
            repository.Statuses.Add(status);
            return status;
        }
    }

    private sealed record StatusText(string State, string Context, string Description, string TargetUrl);
}
