using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Looks round on a GitLab; see <see cref="IForgeSurvey"/>.</summary>
internal sealed class GitLabSurvey(ForgeLink link, Connection connection)
{
    private const string Which = "archived=false&simple=true&order_by=id&sort=asc&per_page=100";

    /// <summary>The projects of a group and its subgroups, or of a user where no group has this path. Shared projects belong elsewhere.</summary>
    public async Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(string owner, CancellationToken cancellation)
    {
        ImmutableArray<JsonElement> projects;
        try
        {
            var group = $"/groups/{GitLabClient.Piece(owner)}/projects?include_subgroups=true&with_shared=false&{Which}";
            projects = await link.ListAsync(group, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing && !owner.Contains('/', StringComparison.Ordinal))
        {
            projects = await link.ListAsync($"/users/{GitLabClient.Piece(owner)}/projects?{Which}", null, cancellation);
        }

        return
        [
            .. projects.Where(project => !project.Flag("archived"))
                .Select(project => project.Text("path_with_namespace"))
                .Where(path => path.Length > 0)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal)
                .Select(path => new RepositoryKey(connection.Name, path)),
        ];
    }

    /// <summary>A merge request that GitLab is still preparing has no head yet, and is at no commit.</summary>
    public async Task<ImmutableArray<OpenChange>> OpenChangesAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = $"{GitLabClient.Project(repository)}/merge_requests?state=opened&order_by=created_at&sort=asc&per_page=100";
        var found = await link.ListAsync(at, null, cancellation);
        return
        [
            .. found.Where(change => change.Number("iid") is > 0)
                .Select(change => new OpenChange(
                    new ChangeKey(repository, change.Number("iid")!.Value), change.Commit("sha").Value, change.Text("target_branch"),
                    change.Time("updated_at") ?? default))
                .OrderBy(change => change.Key.Number),
        ];
    }

    public async Task<CommitId> TipAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var at = $"{GitLabClient.Project(repository)}/repository/branches/{GitLabClient.Piece(branch)}";
        return await link.FindAsync(at, cancellation) is { } found ? found.Child("commit").Commit("id") : default;
    }
}
