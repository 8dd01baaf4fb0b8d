using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Keeps the gate's one comment on a pull request: the first of a thread of its own. The thread is closed once the change is allowed, since
/// a branch policy may ask for all comments to be resolved, and active until then.
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

        var made = await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At(threads), Made(wanted), cancellation);
        return FirstOf(made)?.Id
            ?? throw new ForgeTroubleException($"the comment on `{change}` was written, but its id did not come", TroubleKind.Unclear);
    }

    private static async Task<First?> KnownAsync(ForgeLink link, string threads, string? id, CancellationToken cancellation)
    {
        if (id?.Split('/') is not [{ Length: > 0 } thread, _] || !thread.All(char.IsAsciiDigit)) return null;
        var found = await link.FindAsync(AzureDevOpsApi.At($"{threads}/{thread}"), cancellation);
        return found is { } there && FirstOf(there) is { } first && first.Id == id ? first : null;
    }

    /// <summary>The comment that a thread began with; null when it was deleted.</summary>
    private static First? FirstOf(JsonElement thread)
    {
        var first = thread.Items("comments").FirstOrDefault(comment => (comment.Number("parentCommentId") ?? 0) == 0);
        return !thread.Flag("isDeleted") && !first.Flag("isDeleted") && thread.Id("id").Length > 0 && first.Id("id").Length > 0
            ? new First(thread, first)
            : null;
    }

    /// <summary>Writes what differs; false when somebody deleted the comment meanwhile.</summary>
    private static async Task<bool> UpdateAsync(ForgeLink link, string threads, First first, Wanted wanted, CancellationToken cancellation)
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

    private static JsonObject Made(Wanted wanted) => new()
    {
        ["status"] = wanted.Status,
        ["comments"] = new JsonArray(
            new JsonObject { ["parentCommentId"] = 0, ["content"] = wanted.Content, ["commentType"] = "text" }),
    };

    private static string Fit(string text) =>
        text.Length <= LongestComment ? text : OneLine.Cut(text, LongestComment - Cut.Length) + Cut;

    private sealed record Wanted(string Content, string Status);

    private sealed record First(JsonElement Thread, JsonElement Comment)
    {
        public string Id => $"{Thread.Id("id")}/{Comment.Id("id")}";
    }
}
