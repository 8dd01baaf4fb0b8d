using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Approvals;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Policies;

namespace GitOpsGate.Rulings;

/// <summary>Reads what a policy answered as findings: texts, or objects with <c>msg</c>, <c>rule</c>, <c>file</c>, <c>line</c>, <c>path</c>.</summary>
internal static class PolicyAnswers
{
    /// <summary>How many findings of one answer are shown one by one.</summary>
    private const int MaxShown = 100;

    private const int MaxMessage = 500;

    /// <summary>The findings of one decision. A failure, and an answer of another shape, is an errored finding: never consent.</summary>
    /// <param name="name">The policy's rule, for instance <c>deny</c> or <c>warn_latest</c>.</param>
    /// <param name="document">The document that was the input, or null when the whole change was.</param>
    public static ImmutableArray<Finding> Read(PolicyRule rule, string name, Decision decision, Document? document)
    {
        var isWarning = name.StartsWith("warn", StringComparison.Ordinal);
        var mode = isWarning && rule.Mode == RuleMode.Enforce ? RuleMode.Warn : rule.Mode;
        switch (decision)
        {
            case Decision.Failed failed:
                var place = failed.Place is { } at ? $" at `{at.File}:{at.Row}`" : "";
                return [Errored(rule, document, $"`{rule.Package}.{name}` could not be asked{place}: {failed.Message} (`{failed.Code}`)")];
            case Decision.Undefined:
                return [];
            case Decision.Value value:
                using (var json = JsonDocument.Parse(value.Json, new JsonDocumentOptions { MaxDepth = 512 }))
                {
                    return Read(new Asked(rule, name, mode, document), json.RootElement);
                }

            default:
                return [Errored(rule, document, $"`{rule.Package}.{name}` gave no answer")];
        }
    }

    public static Finding Errored(PolicyRule rule, Document? document, string message) => new()
    {
        Weight = Verdict.Errored,
        Rule = $"policy/{rule.Name}",
        Message = OneLine(message),
        Mode = rule.Mode,
        Place = document is null ? null : new Place(document.Path, document.Line),
    };

    private static ImmutableArray<Finding> Read(Asked asked, JsonElement answer)
    {
        switch (answer.ValueKind)
        {
            case JsonValueKind.False:
                return [];
            case JsonValueKind.True:
                return [asked.Found($"policy `{asked.Rule.Package}.{asked.Name}` holds", asked.Start)];
            case JsonValueKind.String:
                return [Item(asked, answer)];
            case JsonValueKind.Array:
                var items = answer.EnumerateArray().Take(MaxShown).Select(item => Item(asked, item));
                var more = answer.GetArrayLength() - MaxShown;
                return more > 0 ? [.. items, asked.Found($"and {more} more findings of `{asked.Rule.Package}.{asked.Name}`", asked.Start)] : [.. items];
            default:
                return [Errored(asked.Rule, asked.Document, $"`{asked.Rule.Package}.{asked.Name}` should be a set of findings, not {answer.ValueKind}")];
        }
    }

    private static Finding Item(Asked asked, JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.String) return asked.Found(item.GetString()!, asked.Start);
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("msg", out var message) || message.ValueKind != JsonValueKind.String)
        {
            // It found something: that much is certain, so it weighs what a finding weighs.
            return asked.Found($"a finding of `{asked.Rule.Package}.{asked.Name}` has no `msg`", asked.Start);
        }

        var rule = item.TryGetProperty("rule", out var named) && named.ValueKind == JsonValueKind.String ? $" ({Words.Plain(named.GetString()!)})" : "";
        return asked.Found(message.GetString()! + rule, PlaceOf(asked, item));
    }

    private static Place? PlaceOf(Asked asked, JsonElement item)
    {
        var line = item.TryGetProperty("line", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var n) && n > 0 ? n : 0;
        if (item.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.String && file.GetString() is { Length: > 0 and < 1000 } path)
        {
            return new Place(path, line);
        }

        if (asked.Document is not { } document) return null;
        if (line > 0) return new Place(document.Path, line);
        return item.TryGetProperty("path", out var parts) && parts.ValueKind == JsonValueKind.Array
            ? new Place(document.Path, document.LineOf(Pointer(parts)))
            : asked.Start;
    }

    // RFC 6901: `~` and `/` inside a part are written as `~0` and `~1`.
    private static string Pointer(JsonElement parts) => string.Concat(parts.EnumerateArray().Select(part =>
        "/" + (part.ValueKind == JsonValueKind.String ? part.GetString()! : part.GetRawText()).Replace("~", "~0").Replace("/", "~1")));

    private static string OneLine(string text)
    {
        var line = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
        return line.Length > MaxMessage ? line[..(char.IsHighSurrogate(line[MaxMessage - 1]) ? MaxMessage - 1 : MaxMessage)] + "…" : line;
    }

    private sealed record Asked(PolicyRule Rule, string Name, RuleMode Mode, Document? Document)
    {
        public Place? Start => Document is null ? null : new Place(Document.Path, Document.Line);

        public Finding Found(string message, Place? place) => new()
        {
            Weight = Verdict.Denied,
            Rule = $"policy/{Rule.Name}",
            Message = OneLine(message),
            Mode = Mode,
            Place = place,
        };
    }
}
