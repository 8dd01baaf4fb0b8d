using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Opens a pull request that adds one file. Each step looks first whether it was done before, so that whatever broke off half way is
/// finished the next time.
/// </summary>
internal sealed class GiteaProposals(ForgeLink link, RepositoryKey repository)
{
    private string Path => GiteaClient.PathOf(repository);

    /// <summary>Gives the page of the pull request, new or not.</summary>
    public async Task<string> ProposeAsync(FileProposal proposal, CancellationToken cancellation)
    {
        if (await FindAsync(proposal, cancellation) is { } known) return known;
        await WriteAsync(proposal, cancellation);
        var opened = await link.SendAsync(HttpMethod.Post, $"{Path}/pulls", Pull(proposal), cancellation);
        return opened.Text("html_url") is { Length: > 0 } page
            ? page
            : throw new ForgeTroubleException(
                $"the pull request from `{proposal.Branch}` was opened, but its page did not come", TroubleKind.Unclear);
    }

    private static JsonObject Pull(FileProposal proposal) => new()
    {
        ["head"] = proposal.Branch,
        ["base"] = proposal.Onto,
        ["title"] = proposal.Title,
        ["body"] = proposal.Body,
    };

    private async Task<string?> FindAsync(FileProposal proposal, CancellationToken cancellation)
    {
        var pulls = await GiteaClient.OpenPullsAsync(link, repository, cancellation);
        return pulls.Where(pull => IsFrom(pull, proposal))
            .Select(pull => pull.TextOrNull("html_url"))
            .FirstOrDefault(page => page is { Length: > 0 });
    }

    // A fork may have a branch of the same name.
    private static bool IsFrom(JsonElement pull, FileProposal proposal) =>
        pull.Child("head").Text("ref") == proposal.Branch
        && pull.Child("base").Text("ref") == proposal.Onto
        && pull.Child("head").Child("repo").Id("id") == pull.Child("base").Child("repo").Id("id");

    private async Task WriteAsync(FileProposal proposal, CancellationToken cancellation)
    {
        var content = Convert.ToBase64String(Encoding.UTF8.GetBytes(proposal.Content));
        var isThere = await link.FindAsync($"{Path}/branches/{ForgeLink.Safe(proposal.Branch)}", cancellation) is not null;
        var file = isThere ? await FileAsync(proposal, cancellation) : null;
        if (file is { } same && IsSame(same, content)) return;
        var operation = new JsonObject { ["operation"] = "create", ["path"] = proposal.Path, ["content"] = content };
        if (file is { } other) (operation["operation"], operation["sha"]) = ("update", other.Text("sha"));
        var change = new JsonObject
        {
            ["branch"] = isThere ? proposal.Branch : proposal.Onto,
            ["message"] = proposal.Title,
            ["files"] = new JsonArray(operation),
        };
        if (!isThere) change["new_branch"] = proposal.Branch;
        await link.SendAsync(HttpMethod.Post, $"{Path}/contents", change, cancellation);
    }

    private Task<JsonElement?> FileAsync(FileProposal proposal, CancellationToken cancellation) =>
        link.FindAsync(
            $"{Path}/contents/{ForgeLink.Safe(proposal.Path)}?ref={Uri.EscapeDataString(proposal.Branch)}", cancellation);

    private static bool IsSame(JsonElement file, string content) =>
        file.Text("content").ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal) == content;
}
