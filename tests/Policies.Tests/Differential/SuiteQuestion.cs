using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>
/// One case of OPA's own suite. The texts are those of the case and were not read and written by the engine, so that OPA gets what the
/// suite says.
/// </summary>
internal sealed partial record SuiteQuestion(string Id, string Line, string Query, IReadOnlyList<string> Modules)
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = RegoJson.DepthLimit };

    public string Data { get; private init; } = "{}";

    /// <summary>The input as JSON; null when there is none.</summary>
    public string? Input { get; private init; }

    /// <summary>An input that JSON cannot say, in the language's own syntax.</summary>
    public string? InputTerm { get; private init; }

    public bool IsStrict { get; private init; }

    public bool SortsBindings { get; private init; }

    public bool IgnoresGenerated { get; private init; }

    /// <summary>Whether the suite's data says that OPA 1.4.2 does not answer as the case wants, so that a later OPA changed it.</summary>
    public bool IsLater { get; private init; }

    private RegoValue Result { get; init; }

    private string? ErrorCode { get; init; }

    private string? Error { get; init; }

    public static IEnumerable<SuiteQuestion> Read(string path) => File.ReadLines(path).Where(line => line.Length > 0).Select(Parse);

    /// <summary>
    /// The same modules, data and input, asked for everything that there is: the value of every rule, also of those that the case does not
    /// look at. What the case wants says nothing of that.
    /// </summary>
    public SuiteQuestion Whole()
    {
        const string everything = "data = everything";
        var line = JsonNode.Parse(Line, documentOptions: Deep)!.AsObject();
        line["query"] = everything;
        foreach (var flag in (string[])["strict_error", "sort_bindings", "ignore_generated_vars"]) line.Remove(flag);
        return this with
        {
            Line = line.ToJsonString(),
            Query = everything,
            IsStrict = false,
            SortsBindings = false,
            IgnoresGenerated = false,
        };
    }

    /// <summary>The path of the document and the variable, when the query asks for a document and nothing else.</summary>
    public (string Path, string Variable)? Document() =>
        PlainQuery().Match(Query) is { Success: true } match ? (match.Groups[1].Value.Replace('.', '/'), match.Groups[2].Value) : null;

    /// <summary>Whether an answer is what the case wants.</summary>
    public bool IsWanted(SuiteOutcome answer)
    {
        if (answer.Refusal is not null) return false;
        if (ErrorCode is null && Error is null)
            return answer.Code is null && Result.AsArray is { } wanted && answer.Results.Equals(RegoValue.Of(RegoSet.Of(wanted.Items)));
        return answer.Code is not null && (ErrorCode is null || answer.Code == ErrorCode)
            && (Error is null || answer.Message.Contains(Error, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^(data(?:\.\w+)+) = (\w+)$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainQuery();

    private static SuiteQuestion Parse(string line)
    {
        using var document = JsonDocument.Parse(line, Deep);
        var root = document.RootElement;
        var term = Text(root, "input_term");
        return new SuiteQuestion(
            Text(root, "id")!,
            line,
            Text(root, "query")!,
            [.. root.GetProperty("modules").EnumerateArray().Select(module => module.GetString()!)])
        {
            Data = Raw(root, "data") ?? "{}",
            Input = term is null ? Raw(root, "input") : IsJson(term) ? term : null,
            InputTerm = term is null || IsJson(term) ? null : term,
            IsStrict = Flag(root, "strict_error"),
            SortsBindings = Flag(root, "sort_bindings"),
            IgnoresGenerated = Flag(root, "ignore_generated_vars"),
            IsLater = root.TryGetProperty("truth", out var truth) && Text(truth, "opa_1_4_2") == "fail",
            Result = Raw(root, "want_result") is { } result ? RegoJson.Parse(result) : default,
            ErrorCode = Text(root, "want_error_code"),
            Error = Text(root, "want_error"),
        };
    }

    private static bool IsJson(string term)
    {
        try
        {
            using var document = JsonDocument.Parse(term);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Raw(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found.GetRawText() : null;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static bool Flag(JsonElement root, string name) => root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.True;
}

/// <summary>
/// How a case ended: the modules or the query were refused, or the evaluation ended in an error, or it gave results. Results are a set
/// of objects, because their order and how often they come do not count.
/// </summary>
internal sealed record SuiteOutcome(string? Refusal, string? Code, string Message, RegoValue Results)
{
    public static SuiteOutcome Refused(string why) => new(why, null, "", default);

    public static SuiteOutcome Failed(string code, string message) => new(null, code, message, default);

    /// <summary>The results, with what the case says of them: which bindings to drop, and whether to sort what a binding holds.</summary>
    public static SuiteOutcome Of(SuiteQuestion question, RegoValue results) => new(null, null, "", RegoValue.Of(RegoSet.Of(
        results.IsDefined ? [.. results.AsArray!.Items.ToArray().Select(one => Kept(question, one.AsObject!))] : [])));

    public bool Agrees(SuiteOutcome other) =>
        (Refusal is null) == (other.Refusal is null) && Code == other.Code && Results.Equals(other.Results);

    public override string ToString()
    {
        var text = Refusal is not null ? $"refused: {Refusal}" : Code is not null ? $"error {Code}: {Message}" : Results.ToString();
        return text.Length > 400 ? text[..400] + "…" : text;
    }

    private static RegoValue Kept(SuiteQuestion question, RegoObject bindings)
    {
        var kept = new RegoObjectBuilder(bindings.Count);
        for (var i = 0; i < bindings.Count; i++)
        {
            if (question.IgnoresGenerated && bindings.Keys[i].Text.StartsWith("__localq", StringComparison.Ordinal)) continue;
            kept.Set(bindings.Keys[i], question.SortsBindings ? Sorted(bindings.Values[i]) : bindings.Values[i]);
        }

        return RegoValue.Of(kept.Build());
    }

    private static RegoValue Sorted(RegoValue value) =>
        value.AsArray is { } array ? RegoValue.ArrayOf([.. array.Items.ToArray().Order()]) : value;
}
