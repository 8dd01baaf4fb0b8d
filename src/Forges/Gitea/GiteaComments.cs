using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Keeps the gate's one comment on a pull request. It begins with an HTML comment, which Gitea's Markdown hides; a reply that quotes one
/// begins otherwise.
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
        // Whoever may write in a repository may edit other people's comments, so only our own account's comment is ours: anybody can
        // write the mark.
        var own = (await link.GetAsync("/user", cancellation)).Id("id");
        foreach (var comment in await link.ListAsync($"{issues}/{change.Number}/comments", null, cancellation))
        {
            var isOurs = comment.Child("user").Id("id") == own && comment.Text("body").StartsWith(Mark, StringComparison.Ordinal);
            var id = comment.Id("id");
            if (isOurs && id != knownId && await UpdateAsync(issues, id, body, cancellation)) return id;
        }

        var created = await link.SendAsync(HttpMethod.Post, $"{issues}/{change.Number}/comments", body, cancellation);
        return created.Id("id") is { Length: > 0 } fresh
            ? fresh
            : throw new ForgeTroubleException($"the comment on `{change}` was written, but its id did not come", TroubleKind.Unclear);
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
