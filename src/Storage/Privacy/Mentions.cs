using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOpsGate.Storage.Privacy;

/// <summary>Finds what a person is called in stored text, and puts the person's reference there.</summary>
/// <param name="personId">The forge's id of the account; empty when there is none.</param>
/// <param name="words">Logins, names and e-mail addresses.</param>
/// <param name="reference">What stands there afterwards.</param>
internal sealed class Mentions(string personId, IEnumerable<string> words, string reference)
{
    private const int ShortestWord = 2;

    // What these hold is a name of something else, by which other rows are found.
    private static readonly HashSet<string> Kept =
    [
        "connection", "context", "environment", "evidenceDigest", "forge", "head", "kind", "lane", "method", "mode", "order", "repository", "rule", "state",
        "target", "targetBranch", "verdict", "weight",
    ];

    private readonly string[] _words =
    [
        .. words.Where(word => word.Length >= ShortestWord).Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(word => word.Length).ThenBy(word => word, StringComparer.Ordinal),
    ];

    /// <summary>Whether anything is looked for.</summary>
    public bool IsEmpty => _words.Length == 0 && personId.Length == 0;

    /// <summary>Whether a text names the person, be it within a longer name such as <c>fix-by-alice</c>.</summary>
    public bool AreIn(string text) => Array.Exists(_words, word => Next(text, word, 0, IsPart) >= 0);

    /// <summary>The text with the reference in the place of names; null when none stands there.</summary>
    public string? RewriteText(string text)
    {
        var rewritten = Replaced(text, IsPartOfName);
        return rewritten == text ? null : rewritten;
    }

    /// <summary>The JSON with the reference in the place of names and of the account's id; null when nothing of it stands there.</summary>
    /// <exception cref="InvalidDataException">It is not JSON.</exception>
    public string? RewriteJson(string json)
    {
        try
        {
            var root = JsonNode.Parse(json);
            return root is not null && Rewrite(root) ? root.ToJsonString() : null;
        }
        catch (JsonException trouble)
        {
            throw new InvalidDataException($"a stored JSON text cannot be read: {trouble.Message}", trouble);
        }
    }

    private bool Rewrite(JsonNode node) => node switch
    {
        JsonObject members => RewriteObject(members),
        JsonArray items => RewriteArray(items),
        _ => false,
    };

    private bool RewriteObject(JsonObject members)
    {
        // A repository's key: other rows are found by it.
        if (members.Count == 2 && members.ContainsKey("connection") && members.ContainsKey("path")) return false;
        var isChanged = RewriteId(members);
        foreach (var (name, value) in members.ToArray())
        {
            if (value is null || Kept.Contains(name)) continue;
            if (TextOf(value) is not { } text) isChanged |= Rewrite(value);
            else if (Replaced(text, IsNameOfPlace(name) ? IsPart : IsPartOfName) is var rewritten && rewritten != text)
            {
                members[name] = rewritten;
                isChanged = true;
            }
        }

        return isChanged;
    }

    private bool RewriteId(JsonObject members)
    {
        if (personId.Length == 0 || !members.ContainsKey("login") || TextOf(members["id"]) != personId) return false;
        members["id"] = reference;
        members["login"] = reference;
        return true;
    }

    private bool RewriteArray(JsonArray items)
    {
        var isChanged = false;
        for (var at = 0; at < items.Count; at++)
        {
            if (items[at] is not { } item) continue;
            if (TextOf(item) is not { } text) isChanged |= Rewrite(item);
            else if (Replaced(text, IsPartOfName) is var rewritten && rewritten != text)
            {
                items[at] = rewritten;
                isChanged = true;
            }
        }

        return isChanged;
    }

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static bool IsNameOfPlace(string name) => name is "sourceBranch" or "url" or "body" or "title" or "message" or "markdown";

    private string Replaced(string text, Func<char, bool> isPart)
    {
        foreach (var word in _words)
        {
            for (var at = Next(text, word, 0, isPart); at >= 0; at = Next(text, word, at + reference.Length, isPart))
                text = string.Concat(text.AsSpan(0, at), reference, text.AsSpan(at + word.Length));
        }

        return text;
    }

    private static int Next(string text, string word, int from, Func<char, bool> isPart)
    {
        for (var at = from; at < text.Length && (at = text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var isWhole = (at == 0 || !isPart(text[at - 1])) && (at + word.Length >= text.Length || !isPart(text[at + word.Length]));
            if (isWhole) return at;
        }

        return -1;
    }

    private static bool IsPart(char letter) => char.IsLetterOrDigit(letter);

    // `alice` is not a part of what `alice-b` is called.
    private static bool IsPartOfName(char letter) => char.IsLetterOrDigit(letter) || letter is '-' or '_';
}
