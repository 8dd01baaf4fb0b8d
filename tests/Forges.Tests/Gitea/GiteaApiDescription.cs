using System.Text.Json;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>A description that Gitea or Forgejo gives of its REST API (Swagger 2.0), as far as requests are concerned.</summary>
internal sealed class GiteaApiDescription(JsonElement root)
{
    private readonly List<(string[] Pieces, JsonElement Operations)> _paths =
        [.. root.GetProperty("paths").EnumerateObject().Select(path => (path.Name.Split('/'), path.Value))];

    /// <summary>What is wrong with a request; empty when the description allows it.</summary>
    /// <param name="pathAndQuery">Below the API's root.</param>
    public IEnumerable<string> Problems(string method, string pathAndQuery, string body)
    {
        var (path, query) = pathAndQuery.Split('?') is [var first, var second] ? (first, second) : (pathAndQuery, "");
        var pieces = path.Split('/');
        // A path without placeholders goes before one with them.
        var found = _paths.Where(one => Fits(one.Pieces, pieces)).OrderBy(one => one.Pieces.Count(IsPlaceholder))
            .Select(one => one.Operations).FirstOrDefault();
        if (found.ValueKind == JsonValueKind.Undefined) return [$"{method} {path}: there is no such path"];
        if (!found.TryGetProperty(method.ToLowerInvariant(), out var operation)) return [$"{method} {path}: there is no such method"];
        var parameters = operation.Items("parameters").Select(Resolve).ToList();
        return [.. QueryProblems(parameters, query), .. BodyProblems(parameters, body)];
    }

    private static IEnumerable<string> QueryProblems(List<JsonElement> parameters, string query)
    {
        var known = parameters.Where(parameter => parameter.Text("in") == "query").Select(parameter => parameter.Text("name")).ToHashSet();
        return query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0])
            .Where(name => !known.Contains(name)).Select(name => $"there is no query parameter `{name}`");
    }

    private IEnumerable<string> BodyProblems(List<JsonElement> parameters, string body)
    {
        var schema = parameters.Find(parameter => parameter.Text("in") == "body").Child("schema");
        if (schema.ValueKind == JsonValueKind.Undefined) return body.Length == 0 ? [] : ["there is no body"];
        if (body.Length == 0) return ["a body is wanted"];
        using var given = JsonDocument.Parse(body);
        return ObjectProblems(Resolve(schema), given.RootElement.Clone(), "body");
    }

    private IEnumerable<string> ObjectProblems(JsonElement schema, JsonElement given, string at)
    {
        if (given.ValueKind != JsonValueKind.Object || !schema.Has("properties")) yield break;
        foreach (var name in schema.Items("required").Select(one => one.GetString()!).Where(name => !given.Has(name)))
        {
            yield return $"`{at}.{name}` is wanted";
        }

        foreach (var property in given.EnumerateObject())
        {
            var known = Resolve(schema.Child("properties").Child(property.Name));
            var where = $"{at}.{property.Name}";
            if (known.ValueKind == JsonValueKind.Undefined) yield return $"there is no `{where}`";
            foreach (var problem in ValueProblems(known, property.Value, where)) yield return problem;
        }
    }

    private IEnumerable<string> ValueProblems(JsonElement schema, JsonElement given, string at)
    {
        var words = schema.Items("enum").Select(word => word.AsText()).ToList();
        if (words.Count > 0 && !words.Contains(given.AsText())) yield return $"`{at}` is none of {string.Join(", ", words)}";
        if (schema.Has("type") && !IsOf(schema.Text("type"), given.ValueKind)) yield return $"`{at}` should be of type `{schema.Text("type")}`";
        var below = given.Items().SelectMany(item => ValueProblems(Resolve(schema.Child("items")), item, at + "[]"));
        foreach (var problem in ObjectProblems(schema, given, at).Concat(below)) yield return problem;
    }

    private static bool IsOf(string type, JsonValueKind kind) => type switch
    {
        "string" => kind == JsonValueKind.String,
        "integer" or "number" => kind == JsonValueKind.Number,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "array" => kind == JsonValueKind.Array,
        _ => kind == JsonValueKind.Object,
    };

    private JsonElement Resolve(JsonElement element) =>
        element.TextOrNull("$ref") is { } reference
            ? Resolve(reference.Split('/').Skip(1).Aggregate(root, (at, name) => at.GetProperty(name)))
            : element;

    private static bool Fits(string[] template, string[] pieces) =>
        template.Length == pieces.Length && template.Zip(pieces).All(pair => IsPlaceholder(pair.First) || pair.First == pair.Second);

    private static bool IsPlaceholder(string piece) => piece.StartsWith('{');
}
