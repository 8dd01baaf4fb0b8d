using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Cli;

/// <summary>Prints what a query gave, in one of several forms.</summary>
internal sealed class EvalReport(RegoExpressions expressions, RegoAnswers answers, RegoExplanation? explanation)
{
    public void Print(string format)
    {
        switch (format)
        {
            case "json":
                Terminal.Json(JsonSerializer.SerializeToElement(Json()));
                break;
            case "raw":
                foreach (var answer in answers.Answers) Console.WriteLine(string.Join(' ', Values(answer).Select(Raw)));
                break;
            case "values":
                foreach (var answer in answers.Answers) Print(new JsonArray([.. Values(answer).Select(Node)]));
                break;
            case "bindings":
                foreach (var answer in answers.Answers) Print(Bindings(answer));
                break;
            default:
                Pretty();
                break;
        }

        if (explanation is not null && format != "json") ExplanationText.Print(explanation);
    }

    private static void Print(JsonNode? node) => Terminal.Json(JsonSerializer.SerializeToElement(node));

    private static JsonNode? Node(RegoValue value) => JsonNode.Parse(RegoJson.ToText(value));

    private static string Raw(RegoValue value) => value.AsString?.Text ?? RegoJson.ToText(value);

    private static JsonObject Bindings(IReadOnlyDictionary<string, RegoValue> answer) => new(
        Own(answer).Select(binding => KeyValuePair.Create(binding.Key, Node(binding.Value))));

    private static IEnumerable<KeyValuePair<string, RegoValue>> Own(IReadOnlyDictionary<string, RegoValue> answer) =>
        RegoExpressions.Bindings(answer);

    private IEnumerable<RegoValue> Values(IReadOnlyDictionary<string, RegoValue> answer) => expressions.All.Select(one => one.ValueIn(answer));

    private void Pretty()
    {
        if (answers.Error is not null) return;
        if (answers.Answers.Count == 0)
        {
            Console.Error.WriteLine("undefined");
            return;
        }

        if (!Own(answers.Answers[0]).Any() && expressions.All.Count == 1)
        {
            foreach (var answer in answers.Answers) Print(Node(Values(answer).First()));
            return;
        }

        string[] names = [.. Own(answers.Answers[0]).Select(binding => binding.Key)];
        RegoExpression[] shown = [.. expressions.All.Where(one => one.Name is not null)];
        string[] headings = [.. names, .. shown.Select(one => one.Text)];
        Terminal.Table(headings, [.. answers.Answers.Select(answer => (string[])
            [.. Own(answer).Select(binding => RegoJson.ToText(binding.Value)), .. shown.Select(one => RegoJson.ToText(one.ValueIn(answer)))])]);
    }

    private Dictionary<string, object?> Json()
    {
        var json = new Dictionary<string, object?>();
        if (answers.Error is { } error) json["errors"] = new[] { RegoErrors.Describe(error) };
        else if (answers.Answers.Count > 0) json["result"] = answers.Answers.Select(Result);
        if (explanation is not null) json["explanation"] = ExplanationText.Describe(explanation);
        return json;
    }

    private Dictionary<string, object?> Result(IReadOnlyDictionary<string, RegoValue> answer)
    {
        var result = new Dictionary<string, object?>
        {
            ["expressions"] = expressions.All.Select(one => new
            {
                value = Node(one.ValueIn(answer)),
                text = one.Text,
                location = new { row = one.Place.Row, col = one.Place.Column },
            }),
        };
        if (Own(answer).Any()) result["bindings"] = Bindings(answer);
        return result;
    }
}
