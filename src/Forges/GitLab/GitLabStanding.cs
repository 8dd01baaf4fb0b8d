using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Asks who we are to a GitLab and what we may do in a project.</summary>
internal sealed class GitLabStanding(ForgeLink link)
{
    private const int Developer = 30;
    private const int Maintainer = 40;

    public async Task<ForgeStanding> ReadAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var me = await link.GetAsync("/user", cancellation);
        var project = await link.GetAsync(GitLabClient.Project(repository), cancellation);
        var version = (await FindAsync("/version", cancellation)).Text("version");
        var missing = ImmutableArray.CreateBuilder<string>();
        // Nobody but GitLab's administrators has rights in a project without being its member.
        if (!me.Flag("is_admin")) AddMissing(missing, await LevelAsync(repository, project, me.Id("id"), cancellation));
        var scopes = (await FindAsync("/personal_access_tokens/self", cancellation)).Items("scopes").Select(scope => scope.AsText()).ToList();
        if (scopes.Count > 0 && !scopes.Contains("api"))
        {
            missing.Add("the token lacks scope `api`; without it the gate can write nothing");
        }

        return new ForgeStanding(
            me.Text("username"), version.Length > 0 ? $"GitLab {version}" : "GitLab", project.Text("default_branch"),
            missing.ToImmutable());
    }

    private static void AddMissing(ImmutableArray<string>.Builder missing, long level)
    {
        if (level < Developer)
        {
            missing.Add("role `Developer` or above; without it verdicts cannot be shown as commit statuses");
        }

        if (level < Maintainer)
        {
            missing.Add("role `Maintainer` or above; without it webhooks cannot be registered and branches not be protected");
        }
    }

    /// <summary>Our access level in a project: 30 for Developer, 40 for Maintainer; 0 for nobody's.</summary>
    private async Task<long> LevelAsync(RepositoryKey repository, JsonElement project, string me, CancellationToken cancellation)
    {
        var rights = project.Child("permissions");
        var told = Math.Max(
            rights.Child("project_access").Number("access_level") ?? 0, rights.Child("group_access").Number("access_level") ?? 0);
        if (told >= Maintainer) return told;
        // What an invited group gives is told only here.
        var member = await FindAsync($"{GitLabClient.Project(repository)}/members/all/{ForgeLink.Safe(me)}", cancellation);
        return Math.Max(told, member.Number("access_level") ?? 0);
    }

    /// <summary>What older versions, or our rights, may not let us see.</summary>
    private async Task<JsonElement> FindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.GetAsync(path, cancellation);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden or TroubleKind.Refused)
        {
            return default;
        }
    }
}
