using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Opens the pull request that adds one file. Every step is looked for before it is taken, so that whatever stopped half way is finished
/// by asking again.
/// </summary>
internal sealed class AzureDevOpsProposals(AzureDevOpsClient client)
{
    private const int LongestTitle = 400;
    private const int LongestDescription = 4_000;

    /// <summary>See <see cref="IForgeSetup.ProposeFileAsync"/>.</summary>
    public async Task<string> ProposeAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var number = await OpenOneAsync(link, repository, proposal, cancellation);
        if (number == 0)
        {
            await PushAsync(link, repository, proposal, cancellation);
            var made = await link.SendAsync(
                HttpMethod.Post, AzureDevOpsApi.At($"{AzureDevOpsApi.Repository(repository)}/pullrequests"), PullOf(proposal), cancellation);
            number = made.Number("pullRequestId") ?? 0;
        }

        return number > 0
            ? connection.GitUrl.TrimEnd('/') + AzureDevOpsApi.PageOf(new ChangeKey(repository, number))
            : throw new ForgeTroubleException($"the pull request into `{repository}` was opened, but its number did not come", TroubleKind.Unclear);
    }

    private static async Task<long> OpenOneAsync(
        ForgeLink link, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var open = await AzureDevOpsClient.OpenAsync(link, repository, proposal.Branch, cancellation);
        return open.Where(pull => pull.Text("targetRefName") == AzureDevOpsApi.RefOf(proposal.Onto) && !pull.Has("forkSource"))
            .Select(pull => pull.Number("pullRequestId") ?? 0)
            .FirstOrDefault();
    }

    /// <summary>Has the branch hold the file. A branch that is new begins at the tip that the push names as the old one.</summary>
    private static async Task PushAsync(ForgeLink link, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var tip = await AzureDevOpsSurvey.TipAsync(link, repository, proposal.Branch, cancellation);
        var there = tip.IsNone ? null : await ContentAsync(link, repository, proposal, cancellation);
        if (there == proposal.Content) return;
        if (tip.IsNone) tip = await AzureDevOpsSurvey.TipAsync(link, repository, proposal.Onto, cancellation);
        if (tip.IsNone)
        {
            throw new ForgeTroubleException($"`{repository}` has no branch `{proposal.Onto}` to merge into", TroubleKind.Missing);
        }

        var change = new JsonObject
        {
            ["changeType"] = there is null ? "add" : "edit",
            ["item"] = new JsonObject { ["path"] = $"/{proposal.Path}" },
            ["newContent"] = new JsonObject { ["content"] = proposal.Content, ["contentType"] = "rawText" },
        };
        var push = new JsonObject
        {
            ["refUpdates"] = new JsonArray(
                new JsonObject { ["name"] = AzureDevOpsApi.RefOf(proposal.Branch), ["oldObjectId"] = tip.Value }),
            ["commits"] = new JsonArray(new JsonObject { ["comment"] = proposal.Title, ["changes"] = new JsonArray(change) }),
        };
        await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At($"{AzureDevOpsApi.Repository(repository)}/pushes"), push, cancellation);
    }

    private static async Task<string?> ContentAsync(
        ForgeLink link, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var path = AzureDevOpsApi.At(
            $"{AzureDevOpsApi.Repository(repository)}/items", ("path", $"/{proposal.Path}"), ("includeContent", "true"), ("$format", "json"),
            ("versionDescriptor.version", proposal.Branch), ("versionDescriptor.versionType", "branch"));
        return (await link.FindAsync(path, cancellation))?.TextOrNull("content");
    }

    private static JsonObject PullOf(FileProposal proposal) => new()
    {
        ["sourceRefName"] = AzureDevOpsApi.RefOf(proposal.Branch),
        ["targetRefName"] = AzureDevOpsApi.RefOf(proposal.Onto),
        ["title"] = OneLine.Of(proposal.Title, LongestTitle),
        ["description"] = OneLine.Cut(proposal.Body, LongestDescription),
    };
}
