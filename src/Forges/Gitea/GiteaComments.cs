using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Keeps the gate's one comment on a pull request, and answers those of others. What it writes begins with an HTML comment, which Gitea's
/// Markdown hides; a reply that quotes one begins otherwise.
/// </summary>
internal sealed class GiteaComments(ForgeLink link, Connection connection)
{
    private const string MarkerStart = "<!-- gitops-gate";

    /// <summary>Neither forge states a limit; this is as much as anybody reads, and fits each of their databases.</summary>
    private const int LongestBody = 65_536;

    private const string Cut = "\n\n… (cut: the ruling's page has everything)";

    // Two gateways may serve one repository, each with a comment of its own.
    private string Mark => $"{MarkerStart}:{connection.StatusContext} -->\n";

    /// <summary>Whether a comment is one of a gate's, whichever gate's.</summary>
    public static bool IsMarked(string body) => body.StartsWith(MarkerStart, StringComparison.Ordinal);

    /// <summary>Writes the comment, or updates it in place.</summary>
    /// <returns>The comment's id.</returns>
    public async Task<string> ExplainAsync(ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var issues = $"{GiteaClient.PathOf(change.Repository)}/issues";
        var body = new JsonObject { ["body"] = Fit(Mark + markdown) };
        if (knownId is { Length: > 0 } && await UpdateAsync(issues, knownId, body, cancellation)) return knownId;
        foreach (var id in await OwnAsync($"{issues}/{change.Number}/comments", Mark, cancellation))
        {
            if (id != knownId && await UpdateAsync(issues, id, body, cancellation)) return id;
        }

        return CommentId.Made(await link.SendAsync(HttpMethod.Post, $"{issues}/{change.Number}/comments", body, cancellation), change);
    }

    /// <summary>Answers a comment, unless an answer of ours is there. Neither forge has threads outside of reviews.</summary>
    /// <returns>The reply's id.</returns>
    public async Task<string> ReplyAsync(ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var mark = $"{MarkerStart}:{connection.StatusContext} answers {CommentId.Plain(commentId)} -->\n";
        var comments = $"{GiteaClient.PathOf(change.Repository)}/issues/{change.Number}/comments";
        if (await OwnAsync(comments, mark, cancellation) is [var known, ..]) return known;
        var body = new JsonObject { ["body"] = Fit(mark + markdown) };
        return CommentId.Made(await link.SendAsync(HttpMethod.Post, comments, body, cancellation), change);
    }

    /// <summary>
    /// The ids of our own account's comments that begin with a mark. Whoever may write in a repository may edit other people's comments, and
    /// anybody can write the mark.
    /// </summary>
    private async Task<ImmutableArray<string>> OwnAsync(string comments, string mark, CancellationToken cancellation)
    {
        var own = (await link.GetAsync("/user", cancellation)).Id("id");
        return
        [
            .. from comment in await link.ListAsync(comments, null, cancellation)
               where comment.Child("user").Id("id") == own && comment.Text("body").StartsWith(mark, StringComparison.Ordinal)
               select comment.Id("id"),
        ];
    }

    private async Task<bool> UpdateAsync(string issues, string id, JsonObject body, CancellationToken cancellation)
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

    private static string Fit(string text) =>
        text.Length <= LongestBody ? text : OneLine.Cut(text, LongestBody - Cut.Length) + Cut;
}
