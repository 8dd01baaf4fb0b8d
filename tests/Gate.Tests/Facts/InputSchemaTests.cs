using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Changes;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Facts;

/// <summary>The document that policies see is the one that <c>policies/schemas/input.v1.json</c> describes, down to every name.</summary>
public class InputSchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Shared.RepositoryRoot, "policies", "schemas", "input.v1.json"))).RootElement;

    [Fact]
    public void An_ordinary_change_is_written_as_the_schema_says() => Holds(SomeEvidence.Ordinary("version: 1\n"), []);

    [Fact]
    public void A_change_with_everything_in_it_is_written_as_the_schema_says()
    {
        var ordinary = SomeEvidence.Ordinary();
        var (bob, noon) = (SomeEvidence.Person("bob"), SomeEvidence.Noon);
        var evidence = ordinary with
        {
            Change = ordinary.Change with { Labels = ["urgent"], Body = "why", Url = "https://forge.example/7", IsDraft = true, IsFromFork = true },
            Content = ordinary.Content with
            {
                Files =
                [
                    new ChangedFile { Path = "a.yaml", Status = FileStatus.Added, Additions = 1, Size = 9, Mode = "100644", Added = [new AddedLine(1, "kind: Pod")] },
                    .. Enum.GetValues<FileStatus>().Select(status => new ChangedFile { Path = $"{status}.bin", PreviousPath = "old.bin", Status = status, IsBinary = true }),
                ],
                Documents = [new Document("a.yaml", 0, 1, "{\"kind\":\"Pod\"}"u8.ToArray(), ImmutableDictionary<string, int>.Empty)],
                Problems = [new ContentProblem("b.yaml", 3, "broken")],
            },
            Reviews = [.. Enum.GetValues<ReviewState>().Select(state => SomeEvidence.Review("bob", state))],
            Comments = [new Comment("1", bob, "hello", noon, true)],
            Statuses = [.. Enum.GetValues<CheckState>().Select(state => new StatusCheck($"ci-{state}", state, "ci", ""))],
            Memberships = [new Membership("acme/release", bob.Id, true)],
            Gaps = [new Gap("team:acme/gone", "there is no such team")],
        };
        Holds(evidence, Enum.GetValues<RequirementState>().Select(state => new Requirement { Rule = $"r-{state}", State = state, Sentence = "so" }));
    }

    private static void Holds(Evidence evidence, IEnumerable<Requirement> approvals)
    {
        using var document = JsonDocument.Parse(EvidenceInput.Write(evidence, approvals, SomeEvidence.Noon));
        List<string> wrong = [];
        Check(document.RootElement, Schema, "$", wrong);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>The part of JSON Schema 2020-12 that the file uses; a name that it does not list is wrong, though JSON Schema would let it pass.</summary>
    private static void Check(JsonElement value, JsonElement schema, string at, List<string> wrong)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(value, Schema.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]), at, wrong);
            return;
        }

        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value))) wrong.Add($"{at}: {value} is none of {words}");
        if (schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(only, value)) wrong.Add($"{at}: {value} is not {only}");
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value.GetString()!, pattern.GetString()!, RegexOptions.NonBacktracking)) wrong.Add($"{at}: {value} does not match {pattern}");
        if (schema.TryGetProperty("type", out var type) && !HasType(value, type)) wrong.Add($"{at}: {value.ValueKind} is no {type}");
        if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties)) CheckMembers(value, schema, properties, at, wrong);
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (index, item) in value.EnumerateArray().Index()) Check(item, items, $"{at}[{index}]", wrong);
        }
    }

    private static void CheckMembers(JsonElement value, JsonElement schema, JsonElement properties, string at, List<string> wrong)
    {
        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var part)) Check(member.Value, part, $"{at}.{member.Name}", wrong);
            else wrong.Add($"{at}.{member.Name} is not in the schema");
        }

        if (!schema.TryGetProperty("required", out var required)) return;
        wrong.AddRange(required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{at}.{name} is missing"));
    }

    private static bool HasType(JsonElement value, JsonElement type) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => HasType(value, one))
        : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            var other => throw new InvalidOperationException($"the schema names a type `{other}` that this test does not know"),
        };
}
