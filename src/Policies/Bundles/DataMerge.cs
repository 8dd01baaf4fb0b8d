using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// Puts the data files of a bundle together: each stands at the path of its folder. Objects merge; two files that give one path
/// different values are refused, because which one is meant could only be guessed.
/// </summary>
internal sealed class DataMerge(BundleManifest manifest, BundleOptions options, List<BundleProblem> problems)
{
    private readonly JsonObject _root = [];

    public void Add(BundleFile file)
    {
        var json = file.Content;
        if (!file.Name.EndsWith(".json", StringComparison.Ordinal))
        {
            if (options.YamlToJson is not { } translate)
            {
                problems.Add(new BundleProblem(file.Path,
                    "is YAML, which this reader was not given a parser for; `data.json` would be read"));
                return;
            }

            try
            {
                json = translate(json);
            }
            catch (FormatException trouble)
            {
                problems.Add(new BundleProblem(file.Path, $"is not YAML: {trouble.Message}"));
                return;
            }
        }

        if (Parse(file.Path, json) is not { } value) return;
        if (file.Folder.Count == 0 && value is not JsonObject)
        {
            problems.Add(new BundleProblem(file.Path, "is not a JSON object, which the root of `data` has to be"));
            return;
        }

        CheckRoots(file, value);
        Place(file, value);
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) _root.WriteTo(writer);
        return json.WrittenMemory;
    }

    private JsonNode? Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            var parsing = new JsonDocumentOptions { MaxDepth = options.Limits.DataDepth, AllowDuplicateProperties = false };
            var value = JsonNode.Parse(json.Span, documentOptions: parsing);
            if (value is not null) return value;
            problems.Add(new BundleProblem(path, "is `null`; an object such as `{}` would be right"));
        }
        catch (JsonException trouble)
        {
            problems.Add(new BundleProblem(path,
                $"is not JSON that can be used (line {(trouble.LineNumber ?? 0) + 1}): {Plain(trouble)}"));
        }

        return null;
    }

    private static string Plain(JsonException trouble) =>
        trouble.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.');

    private void CheckRoots(BundleFile file, JsonNode value)
    {
        var stray = Stray(file.Folder, value);
        if (stray is not null)
            problems.Add(new BundleProblem(file.Path, $"gives data at `{stray}`, outside the roots `{string.Join("`, `", manifest.Roots)}`"));
    }

    private string? Stray(IReadOnlyList<string> path, JsonNode? value)
    {
        if (manifest.Owns(path)) return null;
        if (!manifest.LeadsToRoot(path) || value is not JsonObject inner) return string.Join('/', path);
        return inner.Select(property => Stray([.. path, property.Key], property.Value))
            .FirstOrDefault(stray => stray is not null);
    }

    private void Place(BundleFile file, JsonNode value)
    {
        var at = _root;
        for (var i = 0; i < file.Folder.Count; i++)
        {
            var last = i == file.Folder.Count - 1;
            if (!at.TryGetPropertyValue(file.Folder[i], out var next))
            {
                at[file.Folder[i]] = next = last ? value : new JsonObject();
                if (last) return;
            }

            if (next is not JsonObject inner)
            {
                problems.Add(new BundleProblem(file.Path,
                    $"puts data below `{string.Join('/', file.Folder.Take(i + 1))}`, which another file makes a value"));
                return;
            }

            at = inner;
        }

        Merge(file, at, value);
    }

    private void Merge(BundleFile file, JsonObject into, JsonNode? value)
    {
        if (value is not JsonObject more)
        {
            problems.Add(new BundleProblem(file.Path, "gives a value where another data file gives an object"));
            return;
        }

        foreach (var (key, item) in more.ToList())
        {
            more.Remove(key);
            if (!into.TryGetPropertyValue(key, out var known)) into[key] = item;
            else if (known is JsonObject inner) Merge(file, inner, item);
            else problems.Add(new BundleProblem(file.Path, $"gives `{key}` a value that another data file gives too"));
        }
    }
}
