using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>What there is in an organization at this moment; see <see cref="IForgeSurvey"/>.</summary>
internal sealed class AzureDevOpsSurvey(AzureDevOpsClient client)
{
    /// <summary>The repositories of a project. Azure DevOps archives none, but disables them: nobody can read or push then.</summary>
    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string project, CancellationToken cancellation)
    {
        var path = AzureDevOpsApi.At($"/{AzureDevOpsApi.Piece(project)}/_apis/git/repositories");
        var found = await client.Open(connection).ListAsync(path, "value", cancellation);
        return
        [
            .. found.Where(repository => !repository.Flag("isDisabled"))
                .Select(AzureDevOpsPayloads.PathOf)
                .OfType<string>()
                .Order(StringComparer.Ordinal)
                .Select(name => new RepositoryKey(connection.Name, name)),
        ];
    }

    /// <summary>The open pull requests. The list says no other moment of one than when it was made.</summary>
    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        var open = await AzureDevOpsClient.OpenAsync(client.Open(connection), repository, "", cancellation);
        return
        [
            .. from pull in open
               let number = pull.Number("pullRequestId") ?? 0
               where number > 0
               orderby number
               select new OpenChange(
                   new ChangeKey(repository, number), pull.Child("lastMergeSourceCommit").Commit("commitId").Value,
                   AzureDevOpsApi.BranchOf(pull.Text("targetRefName")), pull.Time("creationDate") ?? default),
        ];
    }

    public Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        TipAsync(client.Open(connection), repository, branch, cancellation);

    /// <summary>The tip of a branch. The filter asks for how names begin, so others come with it.</summary>
    public static async Task<CommitId> TipAsync(ForgeLink link, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var path = AzureDevOpsApi.At($"{AzureDevOpsApi.Repository(repository)}/refs", ("filter", $"heads/{branch}"));
        await foreach (var found in link.EachAsync(path, "value", cancellation))
        {
            if (found.Text("name") == AzureDevOpsApi.RefOf(branch)) return found.Commit("objectId");
        }

        return default;
    }
}
