using System.Text.Json;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>A forge's own description of its REST API (OpenAPI 3), as far as requests are concerned.</summary>
internal sealed class GitHubApiDescription(JsonElement root)
{
    private readonly List<(string[] Pieces, JsonElement Operations)> _paths =
        [.. root.GetProperty("paths").EnumerateObject().Select(path => (path.Name.Split('/'), path.Value))];

    /// <summary>What is wrong with a request; empty when the description allows it.</summary>
    /// <param name="pathAndQuery">Below the API's root.</param>
    public IEnumerable<string> Problems(string method, string pathAndQuery, string body)
    {
        var (path, query) = pathAndQuery.Split('?') is [var first, var second] ? (first, second) : (pathAndQuery, "");
        var pieces = path.Split('/');
        // A path without placeholders goes before one with them (OpenAPI 3.1, "Path Templating Matching").
        var found = _paths.Where(one => Fits(one.Pieces, pieces)).OrderBy(one => one.Pieces.Count(IsPlaceholder))
            .Select(one => one.Operations).FirstOrDefault();
        if (found.ValueKind == JsonValueKind.Undefined) return [$"{method} {path}: there is no such path"];
        if (!found.TryGetProperty(method.ToLowerInvariant(), out var operation)) return [$"{method} {path}: there is no such method"];
        return [.. QueryProblems(operation, query), .. BodyProblems(operation, body)];
    }

    private IEnumerable<string> QueryProblems(JsonElement operation, string query)
    {
        var known = operation.Items("parameters").Select(Resolve)
            .Where(parameter => parameter.Text("in") == "query").Select(parameter => parameter.Text("name")).ToHashSet();
        return query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0])
            .Where(name => !known.Contains(name)).Select(name => $"there is no query parameter `{name}`");
    }

    private IEnumerable<string> BodyProblems(JsonElement operation, string body)
    {
        var wanted = Resolve(operation.Child("requestBody"));
        var content = wanted.Child("content");
        var schema = content.Child(content.Has("application/json") ? "application/json" : "*/*").Child("schema");
        if (content.Has("multipart/form-data")) return FormProblems(content.Child("multipart/form-data").Child("schema"), body);
        if (schema.ValueKind == JsonValueKind.Undefined) return body.Length == 0 ? [] : ["there is no body"];
        if (body.Length == 0) return wanted.Flag("required") ? ["a body is wanted"] : [];
        using var given = JsonDocument.Parse(body);
        return SchemaProblems(schema, given.RootElement.Clone(), "body");
    }

    private IEnumerable<string> FormProblems(JsonElement schema, string body)
    {
        const string Before = "form-data; name=\"";
        return body.Split(Before).Skip(1).Select(field => field[..field.IndexOf('"')])
            .Where(name => !Resolve(schema).Child("properties").Has(name)).Select(name => $"there is no field `{name}`");
    }

    private IEnumerable<string> SchemaProblems(JsonElement written, JsonElement given, string at)
    {
        var schema = Resolve(written);
        JsonElement[] ways = [.. schema.Items("anyOf"), .. schema.Items("oneOf")];
        if (ways.Length > 0)
        {
            // One of them must fit; of those that do not, the one that fits best says what is wrong.
            var nearest = ways.Select(way => SchemaProblems(way, given, at).ToList()).MinBy(problems => problems.Count)!;
            foreach (var problem in nearest) yield return problem;
        }

        if (given.ValueKind == JsonValueKind.Array && schema.Has("items"))
        {
            if (schema.Number("maxItems") < given.GetArrayLength()) yield return $"`{at}` has more than {schema.Number("maxItems")} items";
            foreach (var problem in given.Items().SelectMany(item => SchemaProblems(schema.Child("items"), item, $"{at}[]"))) yield return problem;
        }

        var words = schema.Items("enum").Select(word => word.AsText()).ToList();
        if (words.Count > 0 && !words.Contains(given.AsText())) yield return $"`{at}` is none of {string.Join(", ", words)}";
        if (schema.Number("maxLength") < (given.AsText() ?? "").Length) yield return $"`{at}` is longer than {schema.Number("maxLength")}";
        if (given.ValueKind != JsonValueKind.Object || !schema.Has("properties")) yield break;
        foreach (var name in schema.Items("required").Select(one => one.GetString()!).Where(name => !given.Has(name)))
        {
            yield return $"`{at}.{name}` is wanted";
        }

        foreach (var property in given.EnumerateObject())
        {
            var known = schema.Child("properties").Child(property.Name);
            var isUnknown = known.ValueKind == JsonValueKind.Undefined && !schema.Flag("additionalProperties");
            if (isUnknown) yield return $"there is no `{at}.{property.Name}`";
            foreach (var problem in SchemaProblems(known, property.Value, $"{at}.{property.Name}")) yield return problem;
        }
    }

    private JsonElement Resolve(JsonElement element) =>
        element.TextOrNull("$ref") is { } reference
            ? Resolve(reference.Split('/').Skip(1).Aggregate(root, (at, name) => at.GetProperty(name)))
            : element;

    private static bool Fits(string[] template, string[] pieces) =>
        template.Length == pieces.Length && template.Zip(pieces).All(pair => IsPlaceholder(pair.First) || pair.First == pair.Second);

    private static bool IsPlaceholder(string piece) => piece.StartsWith('{');
}
