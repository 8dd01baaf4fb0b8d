using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Has merges wait for the gate's status by a branch protection. The rule that counts for a branch is the one that the forge itself says,
/// since several may fit it. A rule that is there is added to; nothing else of it is touched.
/// </summary>
internal sealed class GiteaProtections(ForgeLink link, Connection connection)
{
    private string Context => connection.StatusContext;

    /// <summary>How the branch stands. Only reads.</summary>
    public async Task<Protection> LookAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Judge(branch, await RuleAsync(repository, branch, cancellation), []);

    /// <summary>Requires the status by the rule that counts for the branch, or by a new one.</summary>
    public async Task<Protection> ProtectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var rule = await RuleAsync(repository, branch, cancellation);
        if (rule is { IsReadable: false } || WaitsForAll(rule)) return Judge(branch, rule, []);
        try
        {
            if (rule is null)
            {
                await link.SendAsync(HttpMethod.Post, RulesOf(repository), await NewAsync(branch, cancellation), cancellation);
            }
            else if (Addition(rule) is { Count: > 0 } addition)
            {
                await link.SendAsync(HttpMethod.Patch, AddressOf(repository, rule.Name), addition, cancellation);
            }
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Refused or TroubleKind.Missing)
        {
            var advice = $"Have an administrator require the status `{Context}` for `{branch}`: it was refused to us ({trouble.Message}).";
            return Judge(branch, rule, [advice]);
        }

        return Judge(branch, await RuleAsync(repository, branch, cancellation), []);
    }

    /// <summary>Takes our status out of the rule. The rule itself stays: whatever else it keeps from the branch was not asked about.</summary>
    public async Task UnprotectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        if (await RuleAsync(repository, branch, cancellation) is not { } rule || !rule.Contexts.Contains(Context)) return;
        if (!rule.IsReadable)
        {
            throw new ForgeTroubleException(
                $"the branch protection of `{branch}` can only be changed by an administrator of `{repository}`", TroubleKind.Forbidden);
        }

        var rest = rule.Contexts.Remove(Context);
        var change = new JsonObject { ["status_check_contexts"] = Words(rest) };
        // Without a name, it would wait for every status that anybody posts.
        if (rest.IsEmpty) change["enable_status_check"] = false;
        await link.SendAsync(HttpMethod.Patch, AddressOf(repository, rule.Name), change, cancellation);
    }

    private static string RulesOf(RepositoryKey repository) => $"{GiteaClient.PathOf(repository)}/branch_protections";

    // A rule is named after its branches, which may have slashes; the name is one piece of the address.
    private static string AddressOf(RepositoryKey repository, string rule) =>
        $"{RulesOf(repository)}/{ForgeLink.Safe(rule).Replace("/", "%2F", StringComparison.Ordinal)}";

    private static JsonArray Words(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];

    /// <summary>A rule that waits for statuses and names none waits for each that was posted: naming ours would let go of the rest.</summary>
    private static bool WaitsForAll(Rule? rule) => rule is { WaitsForStatus: true, Contexts.IsEmpty: true };

    private async Task<Rule?> RuleAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var found = await link.FindAsync($"{GiteaClient.PathOf(repository)}/branches/{ForgeLink.Safe(branch)}", cancellation)
            ?? throw new ForgeTroubleException($"`{repository}` has no branch `{branch}`", TroubleKind.Missing);
        if (!found.Flag("protected")) return null;
        // Only administrators are told which rule it is, and may read it.
        var name = found.Text("effective_branch_protection_name");
        if (name.Length == 0) return new Rule("", found);
        // From the list, since a name with slashes is no part of an address for every version. A rule that is not found must never be taken
        // for none: a new one would put itself in its place.
        var rules = await link.ListAsync(RulesOf(repository), null, cancellation);
        return rules.Where(rule => (rule.TextOrNull("rule_name") ?? rule.Text("branch_name")) == name)
            .Select(rule => new Rule(name, rule))
            .FirstOrDefault()
            ?? throw new ForgeTroubleException(
                $"branch protection `{name}` of `{repository}` is gone while it is looked at", TroubleKind.Unavailable);
    }

    private JsonObject? Addition(Rule rule)
    {
        var addition = new JsonObject();
        if (!rule.WaitsForStatus || !rule.Contexts.Contains(Context))
        {
            addition["enable_status_check"] = true;
            // What stands there while nothing waits for a status is in force for nobody.
            addition["status_check_contexts"] = Words(rule.WaitsForStatus ? rule.Contexts.Add(Context) : [Context]);
        }

        if (rule.OverrideField is { } field && !rule.HoldsAdministrators) addition[field] = true;
        return addition;
    }

    private async Task<JsonObject> NewAsync(string branch, CancellationToken cancellation)
    {
        var product = GiteaProduct.Of(await link.GetAsync("/version", cancellation));
        return new JsonObject
        {
            ["rule_name"] = GlobOf(branch),
            // A push to the branch itself would go past the gate.
            ["enable_push"] = false,
            ["enable_status_check"] = true,
            ["status_check_contexts"] = Words([Context]),
            [product.IsForgejo ? Rule.ForgejosOverride : Rule.GiteasOverride] = true,
        };
    }

    // A rule's name is a pattern. Of what means something there, a branch's name can have the braces alone (git-check-ref-format(1)).
    private static string GlobOf(string branch) =>
        branch.Replace("{", "\\{", StringComparison.Ordinal).Replace("}", "\\}", StringComparison.Ordinal);

    private Protection Judge(string branch, Rule? rule, ImmutableArray<string> said)
    {
        if (rule is null || !rule.WaitsForStatus || !rule.Contexts.Contains(Context))
        {
            return new Protection(false, false, false, "", [.. said, WaitsForAll(rule) ? NameThemAll(branch) : RequireIt(branch)]);
        }

        var advice = said.ToBuilder();
        advice.Add(
            $"Give the right to write only to those whom you trust with the status `{Context}`: the forge takes it from each of them, and "
            + "not from the gate alone.");
        if (!rule.IsReadable)
        {
            advice.Add($"Look whether administrators can merge past the protection of `{branch}`: only they may see it.");
            return new Protection(true, false, false, $"a branch protection of `{branch}`", advice.ToImmutable());
        }

        if (!rule.HoldsAdministrators)
        {
            advice.Add($"Have branch protection `{rule.Name}` hold administrators too: they can merge without the status.");
        }

        if (rule.LetsPush)
        {
            advice.Add($"Switch pushing off in branch protection `{rule.Name}`: what is pushed to `{branch}` itself goes past the gate.");
        }

        var isTight = rule.HoldsAdministrators && !rule.LetsPush;
        return new Protection(true, false, isTight, $"branch protection `{rule.Name}`", advice.ToImmutable());
    }

    private string RequireIt(string branch) =>
        $"Require the status check `{Context}` for `{branch}` in a branch protection that holds administrators too: until then whatever the "
        + "gate says is shown and blocks nothing.";

    private string NameThemAll(string branch) =>
        $"Name `{Context}`, beside each other status that must be green, in the branch protection of `{branch}`: it waits for every status "
        + "that was posted and asks for none, and naming the gate's alone would let go of the others.";

    /// <summary>A branch protection; or, without a name, as much of it as the branch shows to those who may not read it.</summary>
    private sealed record Rule(string Name, JsonElement Json)
    {
        public const string GiteasOverride = "block_admin_merge_override";
        public const string ForgejosOverride = "apply_to_admins";

        public bool IsReadable => Name.Length > 0;

        public bool WaitsForStatus => Json.Flag("enable_status_check");

        public ImmutableArray<string> Contexts { get; } =
            [.. Json.Items("status_check_contexts").Select(name => name.AsText() ?? "").Where(name => name.Length > 0)];

        /// <summary>The field that holds administrators too; null in versions that cannot.</summary>
        public string? OverrideField =>
            Json.Has(GiteasOverride) ? GiteasOverride : Json.Has(ForgejosOverride) ? ForgejosOverride : null;

        public bool HoldsAdministrators => Json.Flag(GiteasOverride) || Json.Flag(ForgejosOverride);

        /// <summary>Some files may be pushed although nothing else may.</summary>
        public bool LetsPush => Json.Flag("enable_push") || Json.Text("unprotected_file_patterns").Length > 0;
    }
}
