using System.Globalization;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Reads pushes and the names of refs.</summary>
internal static class GitHubPushes
{
    public const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";
    private const string Queue = "gh-readonly-queue/";

    /// <summary>A push of one branch or tag.</summary>
    public static Reading Read(GitHubBody body)
    {
        if (body.Repository is not { } repository) return body.Lacks("repository.full_name");
        var name = body.Root.Text("ref");
        if (!CommitId.TryParse(body.Root.TextOrNull("before"), out var before)) return body.Lacks("before");
        if (!CommitId.TryParse(body.Root.TextOrNull("after"), out var after)) return body.Lacks("after");
        if (before.IsNone && after.IsNone)
        {
            return new Reading.Unreadable("`before` and `after` are both zeros; one should name a commit");
        }

        if (ShortName(name, Tags) is { } tag)
        {
            return GitHubBody.Concerning(new Concern.Tag(repository, tag, before, after), Trigger.Tag);
        }

        if (ShortName(name, Heads) is not { } branch) return new Reading.Ignored($"`{name}` is neither a branch nor a tag");
        if (branch.StartsWith(Queue, StringComparison.Ordinal))
        {
            return new Reading.Ignored("it is a merge queue's own temporary branch");
        }

        var pusher = body.Root.Child("sender").TextOrNull("login") ?? body.Root.Child("pusher").Text("name");
        return GitHubBody.Concerning(
            new Concern.Push(repository, branch, before, after, body.Root.Flag("forced"), pusher), Trigger.Push);
    }

    /// <summary>The name behind a prefix, or null when it has another prefix or nothing behind it.</summary>
    public static string? ShortName(string name, string prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    /// <summary>
    /// The pull request that a merge queue's branch names: <c>gh-readonly-queue/{base}/pr-{number}-{commit}</c>; 0 when it names
    /// none. The base may itself hold slashes and <c>pr-</c>, so the last piece counts.
    /// </summary>
    public static long QueuedNumber(string branch)
    {
        const string Mark = "/pr-";
        var start = branch.LastIndexOf(Mark, StringComparison.Ordinal);
        if (start < 0 || !branch.StartsWith(Queue, StringComparison.Ordinal)) return 0;
        var digits = branch[(start + Mark.Length)..].Split('-')[0];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
