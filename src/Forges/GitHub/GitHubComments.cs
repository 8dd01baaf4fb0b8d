using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Keeps the gate's one comment on a pull request, and answers those of others.</summary>
internal sealed class GitHubComments(GitHubClient client)
{
    private const string Mark = "<!-- gitops-gate";
    private const int LongestBody = 65_536;
    private const string Cut = "\n\n… (cut: GitHub takes no longer comments; the ruling's page has everything)";

    private readonly ConcurrentDictionary<ConnectionName, string> _ownIds = new();

    /// <summary>Whether a comment begins with the gate's mark.</summary>
    public static bool IsMarked(string body) => body.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>Writes the comment, or updates it in place.</summary>
    /// <returns>The comment's id.</returns>
    public async Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        // Two gateways may serve one repository, each with a comment of its own.
        var mark = $"{Mark}:{connection.StatusContext} -->\n";
        var body = new JsonObject { ["body"] = Fit(mark + markdown) };
        var issues = $"{GitHubClient.PathOf(change.Repository)}/issues";
        if (knownId is not null && await UpdateAsync(link, issues, knownId, body, cancellation)) return knownId;
        var own = await OwnIdAsync(connection, link, cancellation);
        await foreach (var comment in link.EachAsync($"{issues}/{change.Number}/comments?per_page=100", null, cancellation))
        {
            var isOurs = comment.Text("body").StartsWith(mark, StringComparison.Ordinal) && IsBy(connection, own, comment);
            var id = comment.Id("id");
            if (isOurs && id != knownId && await UpdateAsync(link, issues, id, body, cancellation)) return id;
        }

        var created = await link.SendAsync(HttpMethod.Post, $"{issues}/{change.Number}/comments", body, cancellation);
        return CommentId.Made(created, change);
    }

    /// <summary>Answers a comment, unless an answer of ours is there.</summary>
    /// <returns>The reply's id.</returns>
    public async Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var mark = $"{Mark}:{connection.StatusContext} answers {CommentId.Plain(commentId)} -->\n";
        var comments = $"{GitHubClient.PathOf(change.Repository)}/issues/{change.Number}/comments";
        var own = await OwnIdAsync(connection, link, cancellation);
        await foreach (var comment in link.EachAsync($"{comments}?per_page=100", null, cancellation))
        {
            if (comment.Text("body").StartsWith(mark, StringComparison.Ordinal) && IsBy(connection, own, comment)) return comment.Id("id");
        }

        var created = await link.SendAsync(HttpMethod.Post, comments, new JsonObject { ["body"] = Fit(mark + markdown) }, cancellation);
        return CommentId.Made(created, change);
    }

    private static async Task<bool> UpdateAsync(
        ForgeLink link, string issues, string id, JsonObject body, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Patch, $"{issues}/comments/{ForgeLink.Safe(id)}", body, cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return false;
        }
    }

    /// <summary>
    /// Our own account's id. Whoever may write in a repository may edit other people's comments, so a mark alone proves nothing:
    /// text that we put into a stranger's comment would be the stranger's to change. Empty for tokens that belong to no account.
    /// </summary>
    private async Task<string> OwnIdAsync(Connection connection, ForgeLink link, CancellationToken cancellation)
    {
        // An app has no account; what it wrote says so.
        if (connection.App is not null) return "";
        if (_ownIds.TryGetValue(connection.Name, out var known)) return known;
        try
        {
            return _ownIds[connection.Name] = (await link.GetAsync("/user", cancellation)).Id("id");
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            return _ownIds[connection.Name] = "";
        }
    }

    private static bool IsBy(Connection connection, string own, JsonElement comment)
    {
        if (connection.App is { } app) return GitHubApps.IsOf(app, comment.Child("performed_via_github_app"));
        return own.Length > 0
            ? comment.Child("user").Id("id") == own
            : comment.Has("performed_via_github_app") && comment.Child("user").Text("type") == "Bot";
    }

    private static string Fit(string text) =>
        text.Length <= LongestBody ? text : OneLine.Cut(text, LongestBody - Cut.Length) + Cut;
}
