using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Looks round on Bitbucket Cloud; see <see cref="IForgeSurvey"/>. It knows no archived repositories.</summary>
internal sealed class BitbucketCloudSurvey(ForgeLink link, Connection connection)
{
    private const string Values = "values";

    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(string workspace, CancellationToken cancellation)
    {
        var found = await link.ListAsync($"/repositories/{ForgeLink.Safe(workspace)}?pagelen=100", Values, cancellation);
        return
        [
            .. found.Select(repository => repository.Text("full_name"))
                .Where(path => path.Length > 0)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal)
                .Select(path => new RepositoryKey(connection.Name, path)),
        ];
    }

    /// <summary>Heads are told by their first twelve digits.</summary>
    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = $"{BitbucketCloudClient.Repository(repository.Path)}/pullrequests?state=OPEN&pagelen=50";
        var found = await link.ListAsync(at, Values, cancellation);
        return
        [
            .. found.Where(change => change.Number("id") is > 0)
                .Select(change => new OpenChange(
                    new ChangeKey(repository, change.Number("id")!.Value),
                    change.Child("source").Child("commit").Text("hash").ToLowerInvariant(),
                    change.Child("destination").Child("branch").Text("name"),
                    change.Time("updated_on") ?? default))
                .OrderBy(change => change.Key.Number),
        ];
    }

    public Task<CommitId> TipAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        TipAsync(link, repository, branch, cancellation);

    /// <summary>
    /// A branch's tip, or none. The branch is asked for by a filter: a name with slashes is ambiguous as a part of an address.
    /// </summary>
    public static async Task<CommitId> TipAsync(
        ForgeLink link, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var quoted = branch.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        var query = Uri.EscapeDataString($"name = \"{quoted}\"");
        var at = $"{BitbucketCloudClient.Repository(repository.Path)}/refs/branches?q={query}&pagelen=100";
        var found = await link.ListAsync(at, Values, cancellation);
        // The filter may be deaf to the case of letters.
        return found.FirstOrDefault(one => one.Text("name") == branch).Child("target").Commit("hash");
    }
}
