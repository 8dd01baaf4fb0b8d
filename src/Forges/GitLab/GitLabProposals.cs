using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Proposes a file by a merge request. Every step first looks whether it was taken already.</summary>
internal sealed class GitLabProposals(ForgeLink link)
{
    public async Task<string> ProposeAsync(RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var project = GitLabClient.Project(repository);
        if (await FindAsync(project, proposal, cancellation) is { } open) return open;
        await CommitAsync(project, proposal, cancellation);
        var body = new JsonObject
        {
            ["source_branch"] = proposal.Branch,
            ["target_branch"] = proposal.Onto,
            ["title"] = proposal.Title,
            ["description"] = proposal.Body,
            ["remove_source_branch"] = true,
        };
        try
        {
            return AddressOf(await link.SendAsync(HttpMethod.Post, $"{project}/merge_requests", body, cancellation), repository);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            // Somebody, or an earlier try of ours, may have been quicker (409).
            if (await FindAsync(project, proposal, cancellation) is { } made) return made;
            throw;
        }
    }

    private async Task<string?> FindAsync(string project, FileProposal proposal, CancellationToken cancellation)
    {
        var (from, onto) = (Uri.EscapeDataString(proposal.Branch), Uri.EscapeDataString(proposal.Onto));
        var query = $"state=opened&source_branch={from}&target_branch={onto}&per_page=100";
        var found = await link.ListAsync($"{project}/merge_requests?{query}", null, cancellation);
        // A fork may have a branch of the same name.
        var ours = found.FirstOrDefault(change => change.Id("source_project_id") == change.Id("target_project_id"));
        return ours.TextOrNull("web_url");
    }

    /// <summary>Puts the file on the branch, which is made with it in one go.</summary>
    private async Task CommitAsync(string project, FileProposal proposal, CancellationToken cancellation)
    {
        var branch = $"{project}/repository/branches/{GitLabClient.Piece(proposal.Branch)}";
        var isThere = await link.FindAsync(branch, cancellation) is not null;
        var known = await ContentAsync(project, proposal.Path, isThere ? proposal.Branch : proposal.Onto, cancellation);
        if (known == proposal.Content)
        {
            if (isThere) return;
            throw new ForgeTroubleException(
                $"`{proposal.Path}` is on `{proposal.Onto}` already, just as it is proposed", TroubleKind.Refused);
        }

        var body = new JsonObject
        {
            ["branch"] = proposal.Branch,
            ["commit_message"] = proposal.Title,
            ["actions"] = new JsonArray(new JsonObject
            {
                ["action"] = known is null ? "create" : "update",
                ["file_path"] = proposal.Path,
                ["content"] = proposal.Content,
            }),
        };
        if (!isThere) body["start_branch"] = proposal.Onto;
        await link.SendAsync(HttpMethod.Post, $"{project}/repository/commits", body, cancellation);
    }

    private async Task<string?> ContentAsync(string project, string path, string branch, CancellationToken cancellation)
    {
        var at = $"{project}/repository/files/{GitLabClient.Piece(path)}?ref={Uri.EscapeDataString(branch)}";
        if (await link.FindAsync(at, cancellation) is not { } file) return null;
        var bytes = new byte[file.Text("content").Length];
        return Convert.TryFromBase64String(file.Text("content"), bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
    }

    private static string AddressOf(JsonElement change, RepositoryKey repository) =>
        change.TextOrNull("web_url") ?? throw new ForgeTroubleException(
            $"a merge request into `{repository.Path}` was opened, but its address did not come", TroubleKind.Unclear);
}
