using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Keeps the gate's one comment on a pull request: the first of a thread of its own. The thread is closed once the change is allowed, since
/// a branch policy may ask for all comments to be resolved, and active until then. Comments of others are answered in their threads.
/// </summary>
internal sealed class AzureDevOpsComments(AzureDevOpsClient client, AzureDevOpsAccounts accounts)
{
    private const int LongestComment = 150_000;
    private const string Cut = "\n\n… (cut: Azure DevOps takes no longer comments; the ruling's page has everything)";

    /// <summary>How the gate's own text begins when nothing is left to do; a test holds the two together.</summary>
    private const string Green = "### ✅";

    /// <summary>Writes the comment, or updates it in place.</summary>
    /// <returns><c>thread/comment</c>.</returns>
    public async Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var (link, threads) = (client.Open(connection), $"{AzureDevOpsApi.PartsOf(change)}/threads");
        // Two gateways may serve one repository, each with a comment of its own.
        var mark = $"<!-- gitops-gate:{connection.StatusContext} -->\n";
        var wanted = new Wanted(Fit(mark + markdown), markdown.StartsWith(Green, StringComparison.Ordinal) ? "closed" : "active");
        if (await KnownAsync(link, threads, knownId, cancellation) is { } known
            && await UpdateAsync(link, threads, known, wanted, cancellation)) return known.Id;
        var own = await accounts.OwnIdAsync(connection, link, cancellation);
        foreach (var thread in await link.ListAsync(AzureDevOpsApi.At(threads), "value", cancellation))
        {
            // Only our own account's comment is ours: anybody can write the mark.
            if (FirstOf(thread) is { } first && first.Comment.Child("author").Id("id") == own
                && first.Comment.Text("content").StartsWith(mark, StringComparison.Ordinal)
                && await UpdateAsync(link, threads, first, wanted, cancellation)) return first.Id;
        }

        return await BeginAsync(link, change, threads, wanted, cancellation);
    }

    /// <summary>
    /// Answers in the comment's thread, unless an answer of ours is there; in a thread of its own when the comment is gone, closed from the
    /// start, since there is nothing to resolve.
    /// </summary>
    /// <param name="commentId"><c>thread/comment</c>.</param>
    /// <returns><c>thread/comment</c>.</returns>
    public async Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var (link, threads) = (client.Open(connection), $"{AzureDevOpsApi.PartsOf(change)}/threads");
        var answered = CommentId.Plain(commentId.Replace('/', '-'));
        var mark = $"<!-- gitops-gate:{connection.StatusContext} answers {answered} -->\n";
        var own = await accounts.OwnIdAsync(connection, link, cancellation);
        var comments = await CommentsAsync(link, threads, cancellation);
        var ours = comments.FirstOrDefault(one =>
            one.Comment.Child("author").Id("id") == own && one.Comment.Text("content").StartsWith(mark, StringComparison.Ordinal));
        if (ours is not null) return ours.Id;
        var text = Fit(mark + markdown);
        if (comments.FirstOrDefault(one => one.Id == commentId) is not { } parent)
        {
            return await BeginAsync(link, change, threads, new Wanted(text, "closed"), cancellation);
        }

        var thread = parent.Thread.Id("id");
        var body = Made(text, parent.Comment.Number("id") ?? 0);
        var made = await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At($"{threads}/{thread}/comments"), body, cancellation);
        return $"{thread}/{CommentId.Made(made, change)}";
    }

    /// <summary>The comments of all threads that nobody deleted.</summary>
    private static async Task<ImmutableArray<Placed>> CommentsAsync(ForgeLink link, string threads, CancellationToken cancellation) =>
    [
        .. from thread in await link.ListAsync(AzureDevOpsApi.At(threads), "value", cancellation)
           where !thread.Flag("isDeleted") && thread.Id("id").Length > 0
           from comment in thread.Items("comments")
           where !comment.Flag("isDeleted") && comment.Id("id").Length > 0
           select new Placed(thread, comment),
    ];

    /// <summary>Begins a thread; gives the id of its first comment.</summary>
    private static async Task<string> BeginAsync(
        ForgeLink link, ChangeKey change, string threads, Wanted wanted, CancellationToken cancellation)
    {
        var body = new JsonObject { ["status"] = wanted.Status, ["comments"] = new JsonArray(Made(wanted.Content, 0)) };
        var made = await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At(threads), body, cancellation);
        return FirstOf(made)?.Id
            ?? throw new ForgeTroubleException($"the comment on `{change}` was written, but its id did not come", TroubleKind.Unclear);
    }

    private static async Task<Placed?> KnownAsync(ForgeLink link, string threads, string? id, CancellationToken cancellation)
    {
        if (id?.Split('/') is not [{ Length: > 0 } thread, _] || !thread.All(char.IsAsciiDigit)) return null;
        var found = await link.FindAsync(AzureDevOpsApi.At($"{threads}/{thread}"), cancellation);
        return found is { } there && FirstOf(there) is { } first && first.Id == id ? first : null;
    }

    /// <summary>The comment that a thread began with; null when it was deleted.</summary>
    private static Placed? FirstOf(JsonElement thread)
    {
        var first = thread.Items("comments").FirstOrDefault(comment => (comment.Number("parentCommentId") ?? 0) == 0);
        return !thread.Flag("isDeleted") && !first.Flag("isDeleted") && thread.Id("id").Length > 0 && first.Id("id").Length > 0
            ? new Placed(thread, first)
            : null;
    }

    /// <summary>Writes what differs; false when somebody deleted the comment meanwhile.</summary>
    private static async Task<bool> UpdateAsync(ForgeLink link, string threads, Placed first, Wanted wanted, CancellationToken cancellation)
    {
        try
        {
            var thread = $"{threads}/{first.Thread.Id("id")}";
            if (first.Comment.Text("content") != wanted.Content)
            {
                var comment = AzureDevOpsApi.At($"{thread}/comments/{first.Comment.Id("id")}");
                await link.SendAsync(HttpMethod.Patch, comment, new JsonObject { ["content"] = wanted.Content }, cancellation);
            }

            if (first.Thread.Text("status") != wanted.Status)
            {
                var body = new JsonObject { ["status"] = wanted.Status };
                await link.SendAsync(HttpMethod.Patch, AzureDevOpsApi.At(thread), body, cancellation);
            }

            return true;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return false;
        }
    }

    /// <param name="parent">The comment that is answered; 0 for the first of a thread.</param>
    private static JsonObject Made(string content, long parent) =>
        new() { ["parentCommentId"] = parent, ["content"] = content, ["commentType"] = "text" };

    private static string Fit(string text) =>
        text.Length <= LongestComment ? text : OneLine.Cut(text, LongestComment - Cut.Length) + Cut;

    private sealed record Wanted(string Content, string Status);

    private sealed record Placed(JsonElement Thread, JsonElement Comment)
    {
        public string Id => $"{Thread.Id("id")}/{Comment.Id("id")}";
    }
}
