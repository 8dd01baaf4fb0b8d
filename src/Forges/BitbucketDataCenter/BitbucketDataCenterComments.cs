using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Keeps the gate's one comment on a pull request. Both Bitbuckets show HTML comments as text and take about as long texts, so the mark
/// is Bitbucket Cloud's.
/// </summary>
internal sealed class BitbucketDataCenterComments(ForgeLink link, Connection connection)
{
    /// <summary>How often a comment that somebody else changes meanwhile is read again.</summary>
    private const int MostTries = 4;

    public async Task<string> ExplainAsync(ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        var pull = $"{BitbucketDataCenterPages.Repository(change.Repository.Path)}/pull-requests/{change.Number}";
        var text = BitbucketCloudComments.Mark(markdown, connection);
        if (knownId is { Length: > 0 } && await TryUpdateAsync($"{pull}/comments/{ForgeLink.Safe(knownId)}", text, cancellation))
        {
            return knownId;
        }

        // A pull request's comments are listed only by file, or within its activity.
        await foreach (var activity in link.ListEachAsync($"{pull}/activities?limit=500", cancellation))
        {
            var (comment, id) = (activity.Child("comment"), activity.Child("comment").Id("id"));
            var isOurs = id.Length > 0 && id != knownId && BitbucketCloudComments.IsMarked(comment.Text("text"), connection);
            if (isOurs && await TryUpdateAsync($"{pull}/comments/{ForgeLink.Safe(id)}", text, cancellation)) return id;
        }

        var body = new JsonObject { ["text"] = text };
        return (await link.SendAsync(HttpMethod.Post, $"{pull}/comments", body, cancellation)).Id("id") is { Length: > 0 } fresh
            ? fresh
            : throw new ForgeTroubleException(
                $"the comment on `{change}` was written, but its id did not come", TroubleKind.Unclear);
    }

    /// <summary>
    /// Whether the comment now says this. A change names the version that it is made to, and is refused (409) when there is a newer one;
    /// then the comment is read again. Only its author can change a comment's text, so a stranger's with our mark is not ours.
    /// </summary>
    private async Task<bool> TryUpdateAsync(string at, string text, CancellationToken cancellation)
    {
        var seen = -1L;
        for (var tries = 0; ; tries++)
        {
            if (await link.FindAsync(at, cancellation) is not { } known
                || !BitbucketCloudComments.IsMarked(known.Text("text"), connection)) return false;
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
