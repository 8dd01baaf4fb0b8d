using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Proposes a file by a pull request in three steps: a branch, the file, the pull request. Each looks first, so that whatever stopped half
/// way is finished the next time.
/// </summary>
internal sealed class GitHubProposals(GitHubClient client)
{
    /// <summary>Opens the pull request, or finds it.</summary>
    /// <returns>The address of its page.</returns>
    public async Task<string> ProposeAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var (link, path) = (client.Open(connection), GitHubClient.PathOf(repository));
        await BranchAsync(link, repository, proposal, cancellation);
        await WriteAsync(link, path, proposal, cancellation);
        if (await OpenAsync(link, repository, proposal, cancellation) is { } open) return open;
        var wanted = new JsonObject
        {
            ["title"] = proposal.Title,
            ["head"] = proposal.Branch,
            ["base"] = proposal.Onto,
            ["body"] = proposal.Body,
        };
        return AddressOf(await link.SendAsync(HttpMethod.Post, $"{path}/pulls", wanted, cancellation));
    }

    private static async Task BranchAsync(
        ForgeLink link, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        if (!(await GitHubSurvey.TipAsync(link, repository, proposal.Branch, cancellation)).IsNone) return;
        var onto = await GitHubSurvey.TipAsync(link, repository, proposal.Onto, cancellation);
        if (onto.IsNone)
        {
            throw new ForgeTroubleException(
                $"repository `{repository.Path}` has no branch `{proposal.Onto}` to merge a file into", TroubleKind.Missing);
        }

        var wanted = new JsonObject { ["ref"] = GitHubPushes.Heads + proposal.Branch, ["sha"] = onto.Value };
        await link.SendAsync(HttpMethod.Post, $"{GitHubClient.PathOf(repository)}/git/refs", wanted, cancellation);
    }

    private static async Task WriteAsync(ForgeLink link, string path, FileProposal proposal, CancellationToken cancellation)
    {
        // One piece of the address, with its slashes escaped, as GitHub's own clients send it.
        var file = $"{path}/contents/{Uri.EscapeDataString(Checked(proposal.Path))}";
        var known = await link.FindAsync($"{file}?ref={Uri.EscapeDataString(proposal.Branch)}", cancellation);
        if (known is { } there && ContentOf(there) == proposal.Content) return;
        var wanted = new JsonObject
        {
            ["message"] = proposal.Title,
            ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(proposal.Content)),
            ["branch"] = proposal.Branch,
        };
        // Naming what is replaced has GitHub refuse when somebody else wrote in between.
        if (known is { } old) wanted["sha"] = old.Text("sha");
        await link.SendAsync(HttpMethod.Put, file, wanted, cancellation);
    }

    private static async Task<string?> OpenAsync(
        ForgeLink link, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var head = Uri.EscapeDataString($"{repository.Path.Split('/')[0]}:{proposal.Branch}");
        var query = $"state=open&head={head}&base={Uri.EscapeDataString(proposal.Onto)}&per_page=100";
        var pulls = await link.ListAsync($"{GitHubClient.PathOf(repository)}/pulls?{query}", null, cancellation);
        var ours = pulls.Where(pull => pull.Child("head").Text("ref") == proposal.Branch).ToArray();
        return ours.Length > 0 ? AddressOf(ours[0]) : null;
    }

    private static string Checked(string path)
    {
        ForgeLink.Safe(path);
        return path;
    }

    private static string? ContentOf(JsonElement file)
    {
        if (file.Text("encoding") != "base64") return null;
        var text = file.Text("content").ReplaceLineEndings("");
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private static string AddressOf(JsonElement pull) => pull.TextOrNull("html_url")
        ?? throw new ForgeTroubleException("the pull request stands, but its address did not come", TroubleKind.Unclear);
}
