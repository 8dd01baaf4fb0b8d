using System.Text.Json;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>Microsoft's own descriptions of the REST API (Swagger 2), as far as requests are concerned.</summary>
internal sealed class AzureDevOpsApiDescription(params IEnumerable<JsonElement> roots)
{
    /// <summary>
    /// What the descriptions leave out since two calls share one path there: a single item is asked for by <c>path</c> (Microsoft Learn,
    /// "Items - Get").
    /// </summary>
    private static readonly string[] OfItems = ["path", "includeContent"];

    private readonly List<(string[] Pieces, JsonElement Operations, JsonElement Root)> _paths =
    [
        .. roots.SelectMany(root => root.GetProperty("paths").EnumerateObject().Select(path => (path.Name.Split('/'), path.Value, root))),
    ];

    /// <summary>What is wrong with a request; empty when a description allows it.</summary>
    /// <param name="pathAndQuery">From the organization on.</param>
    public IEnumerable<string> Problems(string method, string pathAndQuery, string body)
    {
        var (path, query) = pathAndQuery.Split('?') is [var first, var second] ? (first, second) : (pathAndQuery, "");
        var pieces = path.Split('/');
        // A path without placeholders goes before one with them.
        var (_, operations, root) = _paths.Where(one => Fits(one.Pieces, pieces)).OrderBy(one => one.Pieces.Count(IsPlaceholder)).FirstOrDefault();
        if (operations.ValueKind == JsonValueKind.Undefined) return [$"{method} {path}: there is no such path"];
        if (!operations.TryGetProperty(method.ToLowerInvariant(), out var operation)) return [$"{method} {path}: there is no such method"];
        var parameters = operation.Items("parameters").Select(one => Resolve(root, one)).ToList();
        return [.. QueryProblems(parameters, query, path), .. BodyProblems(root, parameters, body)];
    }

    private static IEnumerable<string> QueryProblems(List<JsonElement> parameters, string query, string path)
    {
        var known = parameters.Where(parameter => parameter.Text("in") == "query").ToDictionary(parameter => parameter.Text("name"));
        var given = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        if (!given.TryGetValue("api-version", out var version)) yield return "`api-version` is wanted";
        else if (!known["api-version"].Text("description").Contains($"'{version}'", StringComparison.Ordinal)) yield return "that is not its version";
        foreach (var (name, value) in given)
        {
            if (path.EndsWith("/items", StringComparison.Ordinal) && OfItems.Contains(name)) continue;
            if (!known.TryGetValue(name, out var parameter)) yield return $"there is no query parameter `{name}`";
            else if (!IsOneOf(parameter, value)) yield return $"`{name}` cannot be `{value}`";
        }
    }

    private static IEnumerable<string> BodyProblems(JsonElement root, List<JsonElement> parameters, string body)
    {
        var wanted = parameters.Find(parameter => parameter.Text("in") == "body").Child("schema");
        if (wanted.ValueKind == JsonValueKind.Undefined) return body.Length == 0 ? [] : ["there is no body"];
        if (body.Length == 0) return ["a body is wanted"];
        using var given = JsonDocument.Parse(body);
        return SchemaProblems(root, wanted, given.RootElement.Clone(), "body");
    }

    private static IEnumerable<string> SchemaProblems(JsonElement root, JsonElement schema, JsonElement given, string at)
    {
        // Described by the library that holds it, and not by what is in it.
        if (schema.Text("$ref") == "#/definitions/JObject") return [];
        schema = Resolve(root, schema);
        if (given.ValueKind == JsonValueKind.Array)
        {
            return given.EnumerateArray().SelectMany(item => SchemaProblems(root, schema.Child("items"), item, $"{at}[]"));
        }

        if (given.ValueKind != JsonValueKind.Object) return IsOneOf(schema, given.AsText() ?? "") ? [] : [$"`{at}` cannot be `{given.AsText()}`"];
        var known = PropertiesOf(root, schema).ToDictionary(property => property.Name, property => property.Value);
        // What has no properties of its own may have any.
        if (known.Count == 0) return [];
        return given.EnumerateObject().SelectMany(property => known.TryGetValue(property.Name, out var one)
            ? SchemaProblems(root, one, property.Value, $"{at}.{property.Name}")
            : [$"there is no `{at}.{property.Name}`"]);
    }

    private static IEnumerable<JsonProperty> PropertiesOf(JsonElement root, JsonElement schema) =>
        schema.Items("allOf").SelectMany(part => PropertiesOf(root, Resolve(root, part)))
            .Concat(schema.Child("properties") is { ValueKind: JsonValueKind.Object } own ? own.EnumerateObject() : []);

    private static bool IsOneOf(JsonElement schema, string value) =>
        !schema.Has("enum") || schema.Items("enum").Any(word => word.AsText() == value);

    private static JsonElement Resolve(JsonElement root, JsonElement element) =>
        element.TextOrNull("$ref") is { } reference
            ? Resolve(root, reference.Split('/').Skip(1).Aggregate(root, (at, name) => at.GetProperty(name)))
            : element;

    private static bool Fits(string[] template, string[] pieces) =>
        template.Length == pieces.Length && template.Zip(pieces).All(pair => IsPlaceholder(pair.First) || pair.First == pair.Second);

    private static bool IsPlaceholder(string piece) => piece.StartsWith('{');
}
