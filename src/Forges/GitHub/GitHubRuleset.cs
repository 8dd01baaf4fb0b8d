using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Writes our ruleset: the one of the repository that is named as our status. Whatever else people put into it stays. Source of the shape:
/// GitHub's OpenAPI description, <c>repository-ruleset</c>.
/// </summary>
internal static class GitHubRuleset
{
    /// <summary>The ruleset as it should be, so that merges into a branch wait for a status.</summary>
    /// <param name="known">The ruleset as it is, or null when there is none.</param>
    /// <param name="app">The app whose report alone counts; null leaves that as it is.</param>
    public static JsonObject With(JsonElement? known, string branch, string context, long? app)
    {
        var set = Writable(known, context);
        var (include, exclude) = (RefsOf(set, "include"), RefsOf(set, "exclude"));
        var name = GitHubPushes.Heads + branch;
        if (!include.Contains(name)) include.Add(name);
        exclude.Remove(name);
        Put(set, include, exclude);
        set["enforcement"] = "active";
        set["bypass_actors"] = new JsonArray();
        Require(RulesOf(set), context, app);
        return set;
    }

    /// <summary>
    /// The ruleset without a branch, or, when it is the last one, without our status; null when nothing would be left of it.
    /// </summary>
    /// <param name="problem">Why it cannot be written; empty when it can.</param>
    public static JsonObject? Without(JsonElement known, string branch, string context, out string problem)
    {
        problem = "";
        var set = Writable(known, context);
        var (include, exclude) = (RefsOf(set, "include"), RefsOf(set, "exclude"));
        include.Remove(GitHubPushes.Heads + branch);
        Drop(RulesOf(set), context);
        var isOursAlone = RulesOf(set).Count == 0;
        if (include.Count == 0) return isOursAlone ? null : set;
        if (!isOursAlone)
        {
            problem = $"the ruleset `{context}` holds rules that are not the gate's, for other branches too; take `{branch}` out by hand";
        }

        var kept = Writable(known, context);
        Put(kept, include, exclude);
        return kept;
    }

    /// <summary>Whether a ruleset names a branch.</summary>
    public static bool Covers(JsonElement known, string branch) =>
        known.Child("conditions").Child("ref_name").Items("include").Any(name => name.AsText() == GitHubPushes.Heads + branch);

    /// <summary>Whether writing this would change nothing.</summary>
    public static bool IsSaidBy(JsonElement known, JsonObject wanted)
    {
        var standing = JsonNode.Parse(known.GetRawText())!.AsObject();
        return wanted.All(part => JsonNode.DeepEquals(part.Value, standing[part.Key]));
    }

    private static JsonObject Writable(JsonElement? known, string context)
    {
        if (known is not { } there)
        {
            return new JsonObject { ["name"] = context, ["target"] = "branch", ["enforcement"] = "active", ["rules"] = new JsonArray() };
        }

        var whole = JsonNode.Parse(there.GetRawText())!.AsObject();
        var set = new JsonObject();
        foreach (var part in (string[])["name", "target", "enforcement", "bypass_actors", "conditions", "rules"])
        {
            if (whole[part] is { } value) set[part] = value.DeepClone();
        }

        return set;
    }

    private static List<string> RefsOf(JsonObject set, string part) =>
        set["conditions"]?["ref_name"]?[part] is JsonArray names ? [.. names.Select(name => name?.GetValue<string>()).OfType<string>()] : [];

    private static void Put(JsonObject set, List<string> include, List<string> exclude)
    {
        if (set["conditions"] is not JsonObject conditions) set["conditions"] = conditions = [];
        conditions["ref_name"] = new JsonObject { ["include"] = Listed(include), ["exclude"] = Listed(exclude) };
    }

    private static JsonArray Listed(List<string> names) => [.. names.Select(name => (JsonNode)name)];

    private static JsonArray RulesOf(JsonObject set)
    {
        if (set["rules"] is JsonArray rules) return rules;
        var fresh = new JsonArray();
        set["rules"] = fresh;
        return fresh;
    }

    private static void Require(JsonArray rules, string context, long? app)
    {
        if (ChecksOf(rules).FirstOrDefault() is not { } checks)
        {
            checks = [];
            rules.Add((JsonNode)new JsonObject
            {
                ["type"] = GitHubRules.StatusRule,
                // Not strict: asking for a branch that is up to date is the team's choice, not ours.
                ["parameters"] = new JsonObject { ["required_status_checks"] = checks, ["strict_required_status_checks_policy"] = false },
            });
        }

        if (checks.OfType<JsonObject>().FirstOrDefault(one => IsContext(one, context)) is not { } check)
        {
            checks.Add((JsonNode)(check = new JsonObject { ["context"] = context }));
        }

        if (app is { } id) check["integration_id"] = id;
    }

    private static void Drop(JsonArray rules, string context)
    {
        foreach (var rule in rules.OfType<JsonObject>().ToArray())
        {
            if (rule["parameters"]?["required_status_checks"] is not JsonArray checks) continue;
            foreach (var check in checks.OfType<JsonObject>().Where(one => IsContext(one, context)).ToArray()) checks.Remove(check);
            if (checks.Count == 0) rules.Remove(rule);
        }
    }

    private static IEnumerable<JsonArray> ChecksOf(JsonArray rules) => rules.OfType<JsonObject>()
        .Where(rule => rule["type"]?.GetValue<string>() == GitHubRules.StatusRule)
        .Select(rule => rule["parameters"]?["required_status_checks"])
        .OfType<JsonArray>();

    private static bool IsContext(JsonObject check, string context) =>
        check["context"] is JsonValue name && name.TryGetValue<string>(out var text)
        && string.Equals(text, context, StringComparison.OrdinalIgnoreCase);
}
