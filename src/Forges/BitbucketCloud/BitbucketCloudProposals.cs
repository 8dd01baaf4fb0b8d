using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Proposes a file by a pull request. Every step first looks whether it was taken already.</summary>
internal sealed class BitbucketCloudProposals(ForgeLink link)
{
    public async Task<string> ProposeAsync(RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        if (await FindAsync(repository, proposal, cancellation) is { } open) return open;
        await CommitAsync(repository, proposal, cancellation);
        var body = new JsonObject
        {
            ["title"] = proposal.Title,
            ["description"] = proposal.Body,
            ["source"] = Branch(proposal.Branch),
            ["destination"] = Branch(proposal.Onto),
            ["close_source_branch"] = true,
        };
        var at = $"{BitbucketCloudClient.Repository(repository.Path)}/pullrequests";
        var made = await link.SendAsync(HttpMethod.Post, at, body, cancellation);
        return made.Child("links").Child("html").TextOrNull("href") ?? throw new ForgeTroubleException(
            $"a pull request into `{repository.Path}` was opened, but its address did not come", TroubleKind.Unclear);
    }

    private static JsonObject Branch(string name) => new() { ["branch"] = new JsonObject { ["name"] = name } };

    private async Task<string?> FindAsync(RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var at = $"{BitbucketCloudClient.Repository(repository.Path)}/pullrequests?state=OPEN&pagelen=50";
        var found = await link.ListAsync(at, "values", cancellation);
        // A fork may have a branch of the same name.
        var ours = found.FirstOrDefault(change =>
            change.Child("source").Child("branch").Text("name") == proposal.Branch
            && change.Child("destination").Child("branch").Text("name") == proposal.Onto
            && string.Equals(
                change.Child("source").Child("repository").Text("full_name"), repository.Path, StringComparison.OrdinalIgnoreCase));
        return ours.Child("links").Child("html").TextOrNull("href");
    }

    /// <summary>Puts the file on the branch, which is made with it in one go.</summary>
    private async Task CommitAsync(RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var at = BitbucketCloudClient.Repository(repository.Path);
        var tip = await BitbucketCloudSurvey.TipAsync(link, repository, proposal.Branch, cancellation);
        var isThere = !tip.IsNone;
        if (!isThere) tip = await BitbucketCloudSurvey.TipAsync(link, repository, proposal.Onto, cancellation);
        if (tip.IsNone)
        {
            throw new ForgeTroubleException($"`{repository.Path}` has no branch `{proposal.Onto}`", TroubleKind.Missing);
        }

        // A file's text comes as it is and not as JSON; its length tells our own from another one.
        var known = await link.FindAsync($"{at}/src/{tip}/{ForgeLink.Safe(proposal.Path)}?format=meta", cancellation);
        if (isThere && known?.Number("size") == Encoding.UTF8.GetByteCount(proposal.Content)) return;
        KeyValuePair<string, string>[] fields =
        [
            new("message", proposal.Title),
            new("branch", proposal.Branch),
            new("parents", tip.Value),
            // With a slash before it no file is taken for one of the other fields.
            new($"/{proposal.Path}", proposal.Content),
        ];
        await link.PostFormAsync($"{at}/src", fields, cancellation);
    }
}
