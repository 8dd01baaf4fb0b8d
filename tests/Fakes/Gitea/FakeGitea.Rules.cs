using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>What branch protections there are, and what they keep from happening.</summary>
public sealed partial class FakeGitea
{
    /// <summary>All settings as they are when nobody says otherwise; what is not among them is left out in silence.</summary>
    private JsonObject Defaults() => new()
    {
        ["enable_push"] = false,
        ["enable_push_whitelist"] = false,
        ["push_whitelist_usernames"] = new JsonArray(),
        ["enable_merge_whitelist"] = false,
        ["merge_whitelist_usernames"] = new JsonArray(),
        ["enable_status_check"] = false,
        ["status_check_contexts"] = new JsonArray(),
        ["required_approvals"] = 0,
        ["enable_approvals_whitelist"] = false,
        ["block_on_rejected_reviews"] = false,
        ["block_on_official_review_requests"] = false,
        ["block_on_outdated_branch"] = false,
        ["dismiss_stale_approvals"] = false,
        ["ignore_stale_approvals"] = false,
        ["require_signed_commits"] = false,
        ["protected_file_patterns"] = "",
        ["unprotected_file_patterns"] = "",
        [IsForgejo ? "apply_to_admins" : "block_admin_merge_override"] = false,
    };

    /// <summary>Protects a branch, or those that a pattern fits, as an administrator does.</summary>
    /// <param name="settings">By the API's names; the rest is as usual.</param>
    public GiteaRule Protect(GiteaRepository repository, string name, JsonObject settings)
    {
        lock (_gate)
        {
            var rule = new GiteaRule(name, Defaults());
            Apply(rule, settings);
            repository.Rules.RemoveAll(known => known.Name == name);
            repository.Rules.Add(rule);
            return rule;
        }
    }

    private static void Apply(GiteaRule rule, JsonObject wanted)
    {
        foreach (var (setting, value) in wanted)
        {
            if (value is not null && rule.Settings.ContainsKey(setting)) rule.Settings[setting] = value.DeepClone();
        }
    }

    private void MapRules(RouteGroupBuilder repository)
    {
        repository.MapGet("/branches/{**branch}", BranchAsync);
        repository.MapGet("/branch_protections", (HttpContext context, string owner, string name) => AsAdmin(
            context, owner, name, repo => new GiteaAnswer(new JsonArray([.. repo.Rules.Select(GiteaShapes.Rule)]), 200)));
        repository.MapPost("/branch_protections", async (HttpContext context, string owner, string name) =>
        {
            var wanted = await BodyAsync(context.Request);
            return AsAdmin(context, owner, name, repo =>
            {
                var rule = (string?)wanted["rule_name"] ?? (string?)wanted["branch_name"] ?? "";
                if (rule.Length == 0) return GiteaAnswer.Error(400, "both rule_name and branch_name are empty");
                return repo.Rules.Exists(known => known.Name == rule)
                    ? GiteaAnswer.Error(403, "Branch protection already exist")
                    : new GiteaAnswer(GiteaShapes.Rule(Protect(repo, rule, wanted)), 201);
            });
        });
        repository.MapPatch("/branch_protections/{rule}", ChangeRuleAsync);
    }

    private async Task<IResult> BranchAsync(HttpContext context, string owner, string name, string branch)
    {
        if (Found(owner, name) is not { } repository) return NotFound();
        if (await repository.Git.TryResolveAsync($"refs/heads/{branch}") is not { } tip) return NotFound();
        lock (_gate)
        {
            var right = repository.RightOf(Caller(context.Request)!.Login);
            return new GiteaAnswer(GiteaShapes.Branch(branch, tip, repository.RuleOf(branch), right), 200);
        }
    }

    private async Task<IResult> ChangeRuleAsync(HttpContext context, string owner, string name, string rule)
    {
        var wanted = await BodyAsync(context.Request);
        return AsAdmin(context, owner, name, repo =>
        {
            // An address keeps an escaped slash as it is, so that a rule's name stays one piece of it.
            var found = repo.Rules.Find(known => known.Name == rule.Replace("%2F", "/", StringComparison.Ordinal));
            if (found is null) return NotFound();
            Apply(found, wanted);
            return new GiteaAnswer(GiteaShapes.Rule(found), 200);
        });
    }

    private static string? PushProblem(GiteaRepository repository, string branch) =>
        repository.RuleOf(branch) is { } rule && !rule.Flag("enable_push") ? $"Not allowed to push to protected branch {branch}" : null;

    private string? MergeProblem(GiteaPull pull, bool asAdmin)
    {
        lock (_gate)
        {
            if (!pull.IsOpen) return "pull is closed";
            if (pull.IsDraft) return "work in progress PRs cannot be merged";
            if (pull.Repository.RuleOf(pull.TargetBranch) is not { } rule) return null;
            if (asAdmin && !rule.Flag("block_admin_merge_override") && !rule.Flag("apply_to_admins")) return null;
            if (rule.Flag("enable_status_check") && !IsGreen(pull, rule.Words("status_check_contexts")))
            {
                return "Not all required status checks successful";
            }

            var approvals = pull.Reviews.Count(review => review is { State: "APPROVED", IsOfficial: true, IsDismissed: false });
            if (approvals < (int?)rule.Settings["required_approvals"]) return "Does not have enough approvals";
            var isRejected = pull.Reviews.Exists(review => review is { State: "REQUEST_CHANGES", IsOfficial: true, IsDismissed: false });
            return rule.Flag("block_on_rejected_reviews") && isRejected ? "There are requested changes" : null;
        }
    }

    /// <summary>
    /// Each name, which may be a pattern, must have a status, and all that it fits must be green; without names, all that were posted, and
    /// at least one. A warning counts as green.
    /// </summary>
    private static bool IsGreen(GiteaPull pull, IReadOnlyList<string> contexts)
    {
        var newest = pull.Repository.Statuses.Where(status => status.Commit == pull.Head)
            .GroupBy(status => status.Context, StringComparer.Ordinal).Select(same => same.Last()).ToList();
        var wanted = contexts.Count == 0 ? ["*"] : contexts;
        return wanted.All(pattern =>
        {
            var fitting = newest.Where(status =>
                System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, status.Context, ignoreCase: false)).ToList();
            return fitting.Count > 0 && fitting.TrueForAll(status => status.State is "success" or "warning" or "skipped");
        });
    }
}
