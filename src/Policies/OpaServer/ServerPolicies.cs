using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Bundles;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>
/// What a server has loaded, as <c>GET /v1/policies</c> tells: the packages with their rules, and the modules' texts.
/// </summary>
internal sealed class ServerPolicies
{
    private readonly SortedDictionary<string, SortedSet<string>> _rules = new(StringComparer.Ordinal);

    private ServerPolicies()
    {
    }

    /// <summary>The modules as files, tests included: what a content address can be made of.</summary>
    public List<BundleFile> Files { get; } = [];

    /// <summary>The packages with rules, as <c>data.…</c> paths, tests excluded.</summary>
    public IReadOnlyList<string> Packages => [.. _rules.Where(package => package.Value.Count > 0).Select(package => package.Key)];

    /// <summary>Reads the answer; null when it has another shape.</summary>
    public static ServerPolicies? Read(JsonElement answer)
    {
        var policies = new ServerPolicies();
        try
        {
            foreach (var module in answer.GetProperty("result").EnumerateArray())
            {
                var id = module.GetProperty("id").GetString() ?? "";
                policies.Files.Add(new BundleFile(id, Encoding.UTF8.GetBytes(module.GetProperty("raw").GetString() ?? "")));
                if (!id.EndsWith("_test.rego", StringComparison.Ordinal)) policies.AddModule(module.GetProperty("ast"));
            }
        }
        catch (Exception trouble) when (trouble is KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }

        return policies;
    }

    public IReadOnlyList<string> RulesIn(string package) => _rules.TryGetValue(package, out var names) ? [.. names] : [];

    private void AddModule(JsonElement tree)
    {
        var path = tree.GetProperty("package").GetProperty("path").EnumerateArray().Skip(1)
            .Select(term => term.GetProperty("value").GetString()!);
        var package = QueryPath.ToReference(path);
        if (!_rules.TryGetValue(package, out var names)) _rules[package] = names = new SortedSet<string>(StringComparer.Ordinal);
        if (!tree.TryGetProperty("rules", out var rules) || rules.ValueKind != JsonValueKind.Array) return;
        foreach (var rule in rules.EnumerateArray())
        {
            var head = rule.GetProperty("head");
            if (head.TryGetProperty("args", out var operands) && operands.ValueKind == JsonValueKind.Array) continue;
            if (NameOf(head) is { } name) names.Add(name);
        }
    }

    private static string? NameOf(JsonElement head)
    {
        if (head.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String) return name.GetString();
        return head.TryGetProperty("ref", out var path) && path.ValueKind == JsonValueKind.Array && path.GetArrayLength() > 0
            ? path[0].GetProperty("value").GetString()
            : null;
    }
}
