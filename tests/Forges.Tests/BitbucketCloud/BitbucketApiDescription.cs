using System.Text.Json;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>
/// Atlassian's own description of Bitbucket Cloud's REST API (OpenAPI 3), as far as requests are concerned. It wants a <c>type</c> in every
/// body, which the service does not; it leaves out paging, which holds for every list; and where it describes no body, any is let pass.
/// </summary>
internal sealed class BitbucketApiDescription(JsonElement root)
{
    private static readonly HashSet<string> Paging = ["pagelen", "page", "q", "sort", "fields"];

    /// <summary>Fields that the service has and the description has not: of webhooks, and of pull requests.</summary>
    private static readonly HashSet<string> Undescribed = ["skip_cert_verification", "description"];

    private readonly List<(string[] Pieces, JsonElement Operations)> _paths =
        [.. root.GetProperty("paths").EnumerateObject().Select(path => (path.Name.Split('/'), path.Value))];

    /// <summary>What is wrong with a request; empty when the description allows it.</summary>
    /// <param name="pathAndQuery">Below the API's root.</param>
    public IEnumerable<string> Problems(string method, string pathAndQuery, string body)
    {
        var (path, query) = pathAndQuery.Split('?', 2) is [var first, var second] ? (first, second) : (pathAndQuery, "");
        var pieces = path.Split('/');
        var found = _paths.Where(one => Fits(one.Pieces, pieces)).OrderBy(one => one.Pieces.Count(IsPlaceholder))
            .Select(one => one.Operations).FirstOrDefault();
        if (found.ValueKind == JsonValueKind.Undefined) return [$"{method} {path}: there is no such path"];
        if (!found.TryGetProperty(method.ToLowerInvariant(), out var operation)) return [$"{method} {path}: there is no such method"];
        return [.. QueryProblems(found, operation, query), .. BodyProblems(operation, body)];
    }

    private IEnumerable<string> QueryProblems(JsonElement path, JsonElement operation, string query)
    {
        var known = operation.Items("parameters").Concat(path.Items("parameters")).Select(Resolve)
            .Where(parameter => parameter.Text("in") == "query").Select(parameter => parameter.Text("name")).ToHashSet();
        return query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0])
            .Where(name => !known.Contains(name) && !Paging.Contains(name)).Select(name => $"there is no query parameter `{name}`");
    }

    private IEnumerable<string> BodyProblems(JsonElement operation, string body)
    {
        var schema = Resolve(operation.Child("requestBody")).Child("content").Child("application/json").Child("schema");
        if (schema.ValueKind == JsonValueKind.Undefined || body.Length == 0) return [];
        using var given = JsonDocument.Parse(body);
        return SchemaProblems(schema, given.RootElement.Clone(), "body");
    }

    private IEnumerable<string> SchemaProblems(JsonElement schema, JsonElement given, string at)
    {
        var parts = Parts(Resolve(schema)).ToList();
        if (given.ValueKind == JsonValueKind.Array)
        {
            var items = parts.Select(part => part.Child("items")).FirstOrDefault(one => one.ValueKind == JsonValueKind.Object);
            return given.EnumerateArray().SelectMany((one, index) => SchemaProblems(items, one, $"{at}[{index}]"));
        }

        var words = parts.SelectMany(part => part.Items("enum")).Select(word => word.AsText()).ToList();
        if (words.Count > 0 && !words.Contains(given.AsText())) return [$"`{at}` is none of {string.Join(", ", words)}"];
        return given.ValueKind == JsonValueKind.Object && parts.Any(part => part.Has("properties")) ? FieldProblems(parts, given, at) : [];
    }

    private IEnumerable<string> FieldProblems(List<JsonElement> parts, JsonElement given, string at)
    {
        foreach (var name in parts.SelectMany(part => part.Items("required")).Select(one => one.GetString()!).Distinct())
        {
            if (name != "type" && !given.Has(name)) yield return $"`{at}.{name}` is wanted";
        }

        foreach (var property in given.EnumerateObject().Where(one => !Undescribed.Contains(one.Name)))
        {
            var known = parts.Select(part => part.Child("properties").Child(property.Name))
                .FirstOrDefault(one => one.ValueKind == JsonValueKind.Object);
            if (known.ValueKind == JsonValueKind.Undefined) yield return $"there is no `{at}.{property.Name}`";
            else foreach (var problem in SchemaProblems(known, property.Value, $"{at}.{property.Name}")) yield return problem;
        }
    }

    private IEnumerable<JsonElement> Parts(JsonElement schema) =>
        schema.Items("allOf").Select(Resolve).SelectMany(Parts).Append(schema);

    private JsonElement Resolve(JsonElement element) =>
        element.TextOrNull("$ref") is { } reference
            ? Resolve(reference.Split('/').Skip(1).Aggregate(root, (at, name) => at.GetProperty(name)))
            : element;

    private static bool Fits(string[] template, string[] pieces) =>
        template.Length == pieces.Length && template.Zip(pieces).All(pair => IsPlaceholder(pair.First) || pair.First == pair.Second);

    private static bool IsPlaceholder(string piece) => piece.StartsWith('{');
}
