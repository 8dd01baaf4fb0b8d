using System.Text.Json;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// Reads <c>.manifest</c>. Fields that OPA knows and that do not change what is judged (wasm, metadata) are passed over.
/// </summary>
internal static class ManifestReader
{
    public const string FileName = ".manifest";

    public static BundleManifest Read(ReadOnlyMemory<byte> json, int defaultVersion, List<BundleProblem> problems)
    {
        try
        {
            using var document =
                JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                var version = ReadVersion(root, problems) ?? defaultVersion;
                return new BundleManifest(ReadRevision(root, problems), ReadRoots(root, problems), version,
                    ReadPatterns(root, problems));
            }

            Add(problems, "is not a JSON object such as `{\"roots\": [\"kubernetes\"]}`");
        }
        catch (JsonException trouble)
        {
            Add(problems, $"is not JSON (line {(trouble.LineNumber ?? 0) + 1})");
        }

        return BundleManifest.Default;
    }

    private static string ReadRevision(JsonElement root, List<BundleProblem> problems)
    {
        if (!root.TryGetProperty("revision", out var value) || value.ValueKind == JsonValueKind.Null) return "";
        if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
        Add(problems, "has a `revision` that is not a string");
        return "";
    }

    private static int? ReadVersion(JsonElement root, List<BundleProblem> problems)
    {
        if (!root.TryGetProperty("rego_version", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (IsVersion(value, out var version)) return version;
        Add(problems, $"has `rego_version` `{value.GetRawText()}`; 0 or 1 would be right");
        return null;
    }

    private static List<string> ReadRoots(JsonElement root, List<BundleProblem> problems)
    {
        if (!root.TryGetProperty("roots", out var value) || value.ValueKind == JsonValueKind.Null) return [""];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            Add(problems, "has `roots` that are not a list of strings");
            return [""];
        }

        var roots = value.EnumerateArray().Select(item => item.GetString()!.Trim('/')).Order(StringComparer.Ordinal).ToList();
        for (var i = 1; i < roots.Count; i++)
        {
            // Sorted, so an owner stands before what it owns; only the nearest earlier owner has to be looked for.
            var owner = roots.Take(i).FirstOrDefault(earlier =>
                earlier.Length == 0 || BundleManifest.StartsWith(roots[i].Split('/'), earlier.Split('/')));
            if (owner is not null) Add(problems, $"has overlapping roots `{owner}` and `{roots[i]}`; name only the outer one");
        }

        return roots;
    }

    private static List<BundleManifest.FilePattern> ReadPatterns(JsonElement root, List<BundleProblem> problems)
    {
        var patterns = new List<BundleManifest.FilePattern>();
        if (!root.TryGetProperty("file_rego_versions", out var value) || value.ValueKind == JsonValueKind.Null) return patterns;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Add(problems, "has `file_rego_versions` that is not an object of patterns");
            return patterns;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Name.AsSpan().IndexOfAny("[]{}\\") >= 0)
                Add(problems, $"has the pattern `{property.Name}`; only `*` and `?` are understood in `file_rego_versions`");
            else if (!IsVersion(property.Value, out var version))
                Add(problems, $"gives `{property.Name}` the version `{property.Value.GetRawText()}`; 0 or 1 would be right");
            else
                patterns.Add(new BundleManifest.FilePattern(property.Name, version));
        }

        patterns.Sort((a, b) => b.Pattern.Length != a.Pattern.Length
            ? b.Pattern.Length.CompareTo(a.Pattern.Length)
            : string.CompareOrdinal(a.Pattern, b.Pattern));
        return patterns;
    }

    private static bool IsVersion(JsonElement value, out int version)
    {
        version = 1;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out version) && version is 0 or 1;
    }

    private static void Add(List<BundleProblem> problems, string message) => problems.Add(new BundleProblem(FileName, message));
}
