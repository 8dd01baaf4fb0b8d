using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Keeps the gate's one comment on a pull request, and answers those of others. Both Bitbuckets show HTML comments as text and take about as long texts, so the mark
/// is Bitbucket Cloud's.
/// </summary>
internal sealed class BitbucketDataCenterComments(ForgeLink link, Connection connection)
{
    /// <summary>How often a comment that somebody else changes meanwhile is read again.</summary>
    private const int MostTries = 4;

    public async Task<string> ExplainAsync(ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var (pull, text) = (Pull(change), BitbucketCloudComments.Mark(markdown, connection));
        if (knownId is { Length: > 0 } && await TryUpdateAsync(pull, knownId, text, IsExplanation, cancellation)) return knownId;
        // A pull request's comments are listed only by file, or within its activity.
        await foreach (var activity in link.ListEachAsync($"{pull}/activities?limit=500", cancellation))
        {
            var (comment, id) = (activity.Child("comment"), activity.Child("comment").Id("id"));
            var isOurs = id.Length > 0 && id != knownId && IsExplanation(comment.Text("text"));
            if (isOurs && await TryUpdateAsync(pull, id, text, IsExplanation, cancellation)) return id;
        }

        var body = new JsonObject { ["text"] = text };
        return CommentId.Made(await link.SendAsync(HttpMethod.Post, $"{pull}/comments", body, cancellation), change);
    }

    /// <summary>Answers below the comment, or beside it when it is gone.</summary>
    public async Task<string> ReplyAsync(ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        var (pull, text) = (Pull(change), BitbucketCloudComments.MarkAnswer(markdown, commentId, connection));
        var body = new JsonObject { ["text"] = text };
        await foreach (var activity in link.ListEachAsync($"{pull}/activities?limit=500", cancellation))
        {
            foreach (var comment in BitbucketDataCenterPayloads.Thread(activity.Child("comment")))
            {
                var id = comment.Id("id");
                var isOurs = id.Length > 0 && IsAnswer(comment.Text("text"));
                if (isOurs && await TryUpdateAsync(pull, id, text, IsAnswer, cancellation)) return id;
                if (id == commentId && comment.Number("id") is { } parent) body["parent"] = new JsonObject { ["id"] = parent };
            }
        }

        return CommentId.Made(await link.SendAsync(HttpMethod.Post, $"{pull}/comments", body, cancellation), change);

        bool IsAnswer(string said) => BitbucketCloudComments.IsAnswer(said, commentId, connection);
    }

    private static string Pull(ChangeKey change) =>
        $"{BitbucketDataCenterPages.Repository(change.Repository.Path)}/pull-requests/{change.Number}";

    private bool IsExplanation(string text) => BitbucketCloudComments.IsMarked(text, connection);

    /// <summary>
    /// Whether the comment now says this. A change names the version that it is made to, and is refused (409) when there is a newer one;
    /// then the comment is read again. Only its author can change a comment's text, so a stranger's with our mark is not ours.
    /// </summary>
    private async Task<bool> TryUpdateAsync(
        string pull, string id, string text, Func<string, bool> isOurs, CancellationToken cancellation)
    {
        var (at, seen) = ($"{pull}/comments/{ForgeLink.Safe(id)}", -1L);
        for (var tries = 0; ; tries++)
        {
            if (await link.FindAsync(at, cancellation) is not { } known || !isOurs(known.Text("text"))) return false;
            if (known.Text("text").TrimEnd() == text) return true;
            var version = known.Number("version") ?? 0;
            try
            {
                await link.SendAsync(HttpMethod.Put, at, new JsonObject { ["text"] = text, ["version"] = version }, cancellation);
                return true;
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
            {
                return false;
            }
            catch (ForgeTroubleException trouble)
                when (trouble.Kind == TroubleKind.Refused && version != seen && tries + 1 < MostTries)
            {
                // What was refused for another reason than its version would be refused again.
                seen = version;
            }
        }
    }
}
