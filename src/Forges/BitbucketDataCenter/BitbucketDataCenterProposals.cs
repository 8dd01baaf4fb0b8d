using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Proposes a file: a branch, one commit on it, a pull request. Each step first looks whether it has been done, so that one which stopped
/// half way is finished the next time.
/// </summary>
internal sealed class BitbucketDataCenterProposals(ForgeLink link, Connection connection)
{
    /// <summary>Gives the pull request's page.</summary>
    public async Task<string> ProposeAsync(RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var at = BitbucketDataCenterPages.Repository(repository.Path);
        if (await FindAsync(at, repository, proposal, cancellation) is { } open) return open;
        var tip = await BranchAsync(at, repository, proposal, cancellation);
        await WriteAsync(at, proposal, tip, cancellation);
        var pull = new JsonObject
        {
            ["title"] = proposal.Title,
            ["description"] = proposal.Body,
            ["fromRef"] = Ref(repository, proposal.Branch),
            ["toRef"] = Ref(repository, proposal.Onto),
        };
        return BitbucketDataCenterPayloads.PageOf(await link.SendAsync(HttpMethod.Post, $"{at}/pull-requests", pull, cancellation))
            is { Length: > 0 } page
                ? page
                : throw new ForgeTroubleException(
                    $"the pull request from `{proposal.Branch}` was opened, but its address did not come", TroubleKind.Unclear);
    }

    private static JsonObject Ref(RepositoryKey repository, string branch)
    {
        var pieces = repository.Path.Split('/');
        return new JsonObject
        {
            ["id"] = BitbucketDataCenterPayloads.Branches + branch,
            ["repository"] = new JsonObject
            {
                ["slug"] = pieces[1],
                ["project"] = new JsonObject { ["key"] = pieces[0] },
            },
        };
    }

    private async Task<string?> FindAsync(
        string at, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var source = Uri.EscapeDataString(BitbucketDataCenterPayloads.Branches + proposal.Branch);
        var list = $"{at}/pull-requests?direction=OUTGOING&state=OPEN&at={source}&limit=100";
        await foreach (var pull in link.ListEachAsync(list, cancellation))
        {
            var (from, to) = (pull.Child("fromRef"), pull.Child("toRef"));
            var isOurs = BitbucketDataCenterPayloads.BranchOf(from) == proposal.Branch
                && BitbucketDataCenterPayloads.BranchOf(to) == proposal.Onto
                && IsHere(from, repository) && IsHere(to, repository);
            if (isOurs) return BitbucketDataCenterPayloads.PageOf(pull);
        }

        return null;
    }

    private static bool IsHere(JsonElement side, RepositoryKey repository) => string.Equals(
        BitbucketDataCenterPayloads.PathOf(side.Child("repository")), repository.Path, StringComparison.OrdinalIgnoreCase);

    /// <summary>The tip of the proposal's branch, which begins at the tip of the other one when it is new.</summary>
    private async Task<CommitId> BranchAsync(
        string at, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        var survey = new BitbucketDataCenterSurvey(link, connection);
        var tip = await survey.TipAsync(repository, proposal.Branch, cancellation);
        if (!tip.IsNone) return tip;
        var begin = await survey.TipAsync(repository, proposal.Onto, cancellation);
        if (begin.IsNone)
        {
            throw new ForgeTroubleException(
                $"`{repository}` has no branch `{proposal.Onto}` to propose a file for", TroubleKind.Missing);
        }

        var body = new JsonObject { ["name"] = proposal.Branch, ["startPoint"] = begin.Value };
        await link.SendAsync(HttpMethod.Post, $"{at}/branches", body, cancellation);
        return begin;
    }

    /// <summary>Commits the file, unless the branch has it so already. One that is there is changed as it stood at the tip.</summary>
    private async Task WriteAsync(string at, FileProposal proposal, CommitId tip, CancellationToken cancellation)
    {
        var file = $"{at}/browse/{ForgeLink.Safe(proposal.Path)}";
        var lines = await LinesAsync($"{file}?at={tip}", cancellation);
        if (lines is not null && lines == proposal.Content.ReplaceLineEndings("\n").TrimEnd('\n')) return;
        List<(string Name, string Value)> fields =
            [("branch", proposal.Branch), ("content", proposal.Content), ("message", proposal.Title)];
        if (lines is not null) fields.Add(("sourceCommitId", tip.Value));
        await link.SendFormAsync(HttpMethod.Put, file, new ForgeForm(fields), cancellation);
    }

    /// <summary>A file's lines at a commit, without the line breaks at the end, which are not told; null when it is not there.</summary>
    private async Task<string?> LinesAsync(string file, CancellationToken cancellation)
    {
        try
        {
            var lines = await link.ListAllAsync(file, cancellation, "lines");
            return string.Join('\n', lines.Select(line => line.Text("text"))).TrimEnd('\n');
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return null;
        }
    }
}
