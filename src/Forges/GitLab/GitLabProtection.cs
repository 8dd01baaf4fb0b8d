using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Has merges wait for the verdict by the strongest means that the project's edition has: an external status check (Ultimate), else
/// "Pipelines must succeed". Which edition it is, is told by what its API answers. Both are settings of the whole project, so they guard
/// every branch.
/// </summary>
internal sealed class GitLabProtection(ForgeLink link, Connection connection, GitLabMemory memory)
{
    private const string NeedsPipeline = "only_allow_merge_if_pipeline_succeeds";
    private const string SkippedCounts = "allow_merge_on_skipped_pipeline";
    private const string NeedsChecks = "only_allow_merge_if_all_status_checks_passed";

    public async Task<Protection> ReadAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        (await LookAsync(repository, branch, cancellation)).Judge(branch, connection.StatusContext, []);

    public async Task<Protection> ProtectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        var before = await LookAsync(repository, branch, cancellation);
        if (before.IsByChecks || (before.IsByPipeline && !before.HasChecks))
        {
            return before.Judge(branch, connection.StatusContext, []);
        }

        var isDone = before.HasChecks && await TryAsync(() => RequireCheckAsync(repository, cancellation), advice);
        if (!isDone && !before.IsByPipeline)
        {
            var wanted = new JsonObject { [NeedsPipeline] = true, [SkippedCounts] = false };
            await TryAsync(() => SetAsync(repository, wanted, cancellation), advice);
        }

        memory.ForgetChecks(repository, connection.StatusContext);
        return (await LookAsync(repository, branch, cancellation)).Judge(branch, connection.StatusContext, advice.ToImmutable());
    }

    /// <summary>
    /// Takes our external status check away and turns "Pipelines must succeed" off. GitLab does not say who turned that on, and with it on
    /// a merge waits for our status whatever else it waits for.
    /// </summary>
    public async Task UnprotectAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var checks = await TryListAsync($"{GitLabClient.Project(repository)}/external_status_checks?per_page=100", cancellation) ?? [];
        var (ours, others) = (checks.Where(IsOurs).ToList(), checks.Count(check => !IsOurs(check)));
        foreach (var check in ours) await DeleteAsync(repository, check.Id("id"), cancellation);
        var project = await link.GetAsync(GitLabClient.Project(repository), cancellation);
        var wanted = new JsonObject();
        // With other checks the setting is still somebody's.
        if (project.Flag(NeedsChecks) && others == 0) wanted[NeedsChecks] = false;
        if (project.Flag(NeedsPipeline)) wanted[NeedsPipeline] = false;
        if (wanted.Count > 0) await SetAsync(repository, wanted, cancellation);
        memory.ForgetChecks(repository, connection.StatusContext);
    }

    private bool IsOurs(JsonElement check) => check.Text("name") == connection.StatusContext;

    private async Task<GitLabGuard> LookAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var at = GitLabClient.Project(repository);
        var project = await link.GetAsync(at, cancellation);
        var checks = await TryListAsync($"{at}/external_status_checks?per_page=100", cancellation);
        var rules = await TryListAsync($"{at}/approval_rules?per_page=100", cancellation);
        var guarded = await TryFindAsync($"{at}/protected_branches/{GitLabClient.Piece(branch)}", cancellation);
        return new GitLabGuard
        {
            HasChecks = checks is not null,
            HasApprovalRules = rules is not null,
            IsByChecks = project.Flag(NeedsChecks) && checks is { } known && known.Any(check => IsOurs(check) && Covers(check, branch)),
            IsByPipeline = project.Flag(NeedsPipeline) && !project.Flag(SkippedCounts),
            IsClosedToPushes = guarded is { } rule && !rule.Flag("allow_force_push") && rule.Items("push_access_levels").Any()
                && rule.Items("push_access_levels").All(level => level.Number("access_level") == 0),
        };
    }

    /// <summary>A check is for all branches, or for the protected ones that it names.</summary>
    private static bool Covers(JsonElement check, string branch)
    {
        var named = check.Items("protected_branches").ToList();
        return named.Count == 0 || named.Exists(one => one.Text("name") == branch);
    }

    /// <summary>False where GitLab could not be told where to ask, because our webhook is not there.</summary>
    private async Task<bool> RequireCheckAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = GitLabClient.Project(repository);
        var checks = await link.ListAsync($"{at}/external_status_checks?per_page=100", null, cancellation);
        if (!checks.Any(check => IsOurs(check) && !check.Items("protected_branches").Any()))
        {
            var hooks = await link.ListAsync($"{at}/hooks?per_page=100", null, cancellation);
            var url = hooks.FirstOrDefault(hook => hook.Text("name") == GitLabHooks.Name).Text("url");
            if (url.Length == 0) return false;
            await link.SendAsync(HttpMethod.Post, $"{at}/external_status_checks", Wanted(url), cancellation);
        }

        await SetAsync(repository, new JsonObject { [NeedsChecks] = true }, cancellation);
        return true;
    }

    private JsonObject Wanted(string url)
    {
        var body = new JsonObject { ["name"] = connection.StatusContext, ["external_url"] = url };
        var secrets = connection.SigningTokens.IsEmpty ? connection.WebhookSecrets : connection.SigningTokens;
        if (secrets.FirstOrDefault() is { } secret) body["shared_secret"] = secret.Reveal();
        return body;
    }

    private async Task<bool> SetAsync(RepositoryKey repository, JsonObject wanted, CancellationToken cancellation)
    {
        await link.SendAsync(HttpMethod.Put, GitLabClient.Project(repository), wanted, cancellation);
        return true;
    }

    private async Task DeleteAsync(RepositoryKey repository, string check, CancellationToken cancellation)
    {
        try
        {
            var at = $"{GitLabClient.Project(repository)}/external_status_checks/{check}";
            await link.SendAsync(HttpMethod.Delete, at, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody else took it away.
        }
    }

    /// <summary>Whether it was done; what GitLab does not let us do is advice.</summary>
    private static async Task<bool> TryAsync(Func<Task<bool>> act, ImmutableArray<string>.Builder advice)
    {
        try
        {
            return await act();
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            advice.Add($"Give the gate's token the role Maintainer, or have a maintainer set it: {trouble.Message}.");
            return false;
        }
    }

    /// <summary>Null where the edition has no such list, or our rights do not show it.</summary>
    private async Task<ImmutableArray<JsonElement>?> TryListAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.ListAsync(path, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden)
        {
            return null;
        }
    }

    private async Task<JsonElement?> TryFindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.FindAsync(path, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            return null;
        }
    }
}
