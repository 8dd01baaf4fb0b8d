using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>
/// Writes a module's tree as JSON: modules, rules and heads. Members stand in the order in which OPA writes them. The canonical form
/// leaves out what only says how something was written.
/// </summary>
internal sealed partial class AstWriter(Utf8JsonWriter json, Module module, bool withLocations, bool isCanonical = false)
{
    public void Write(bool withComments)
    {
        var blocks = MetadataBlock.ReadAll(module);
        json.WriteStartObject();
        json.WritePropertyName("package");
        Package();
        if (!isCanonical) Each("imports", module.Imports, Import);
        Each("annotations", blocks, Annotations);
        var perRule = MetadataBlock.PerRule(module, blocks);
        Each("rules", module.Rules, rule => Rule(rule, perRule.GetValueOrDefault(rule) ?? []));
        if (withComments) Each("comments", module.Comments, Comment);
        json.WriteEndObject();
    }

    private void Each<T>(string name, IReadOnlyList<T> items, Action<T> write)
    {
        if (items.Count == 0) return;
        json.WritePropertyName(name);
        json.WriteStartArray();
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }

    private void Package()
    {
        json.WriteStartObject();
        Location(module.PackagePlace, "package");
        json.WritePropertyName("path");
        json.WriteStartArray();
        var parts = module.PackageWritten is Term.Ref path ? path.Parts : [module.PackageWritten];
        Scalar(parts[0], "var", "data");
        for (var i = 0; i < parts.Length; i++) Scalar(parts[i], "string", module.Package[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Import(Import import)
    {
        json.WriteStartObject();
        if (import.Alias is not null) json.WriteString("alias", import.Alias);
        Location(import.Place, "import");
        json.WritePropertyName("path");
        Term(import.Path);
        json.WriteEndObject();
    }

    private void Comment(SourceComment comment)
    {
        json.WriteStartObject();
        json.WriteBase64String("Text", Encoding.UTF8.GetBytes(comment.Text));
        json.WritePropertyName("Location");
        json.WriteStartObject();
        Coordinates(comment.Row, comment.Column);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Annotations(MetadataBlock block)
    {
        json.WriteStartObject();
        var entries = block.Said;
        for (var i = 0; i < entries.Count; i++)
        {
            var name = entries.Keys[i].Text;
            if (name == "entrypoint" && entries.Values[i].IsFalse) continue;
            json.WritePropertyName(name);
            if (name == "schemas" && entries.Values[i].AsArray is { } schemas) Schemas(schemas);
            else json.WriteRawValue(RegoJson.ToText(entries.Values[i]));
        }

        if (withLocations)
        {
            json.WritePropertyName("location");
            json.WriteStartObject();
            Coordinates(block.Row, 1);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Schemas(RegoArray schemas)
    {
        json.WriteStartArray();
        foreach (var schema in schemas.Items)
        {
            if (schema.AsObject is not { Count: 1 } pair) continue;
            json.WriteStartObject();
            PathOf("path", pair.Keys[0].Text);
            if (pair.Values[0].AsString is { } named)
            {
                PathOf("schema", named.Text);
            }
            else
            {
                json.WritePropertyName("definition");
                json.WriteRawValue(RegoJson.ToText(pair.Values[0]));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void PathOf(string property, string dotted)
    {
        json.WritePropertyName(property);
        json.WriteStartArray();
        var names = dotted.Split('.');
        for (var i = 0; i < names.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("type", i == 0 ? "var" : "string");
            json.WriteString("value", names[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Rule(Rule rule, IReadOnlyList<MetadataBlock> annotations)
    {
        json.WriteStartObject();
        Each("annotations", annotations, Annotations);
        json.WritePropertyName("body");
        Body(rule.Body);
        if (rule.IsDefault) json.WriteBoolean("default", true);
        if (rule.Else is { } next)
        {
            json.WritePropertyName("else");
            Rule(next, []);
        }

        json.WritePropertyName("head");
        Head(rule);
        Location(rule.Place, rule);
        json.WriteEndObject();
    }

    private void Head(Rule rule)
    {
        var head = rule.Head;
        var parts = head.Path.Parts;
        json.WriteStartObject();

        // A path of two parts is a name and a key, unless the rule's value was left to the language.
        var isPair = parts.Length == 2 && head.Member is null && head.Parameters is null && !isCanonical;
        if (parts.Length == 1 || (isPair && !head.ValueIsGenerated)) json.WriteString("name", head.Path.HeadName);
        Each("args", head.Parameters ?? [], Term);
        var key = head.Member ?? (isPair && (!head.ValueIsGenerated || parts[1] is not Term.Constant { Value.Kind: RegoKind.String })
            ? parts[1] : null);
        if (key is not null)
        {
            json.WritePropertyName("key");
            Term(key);
        }

        if (head.Value is { } value)
        {
            json.WritePropertyName("value");
            Term(value);
        }

        if (head.IsAssigned && !isCanonical) json.WriteBoolean("assign", true);
        Each("ref", parts, Term);
        Location(head.Place, head);
        json.WriteEndObject();
    }

    private void Location(PolicyPlace place, object node) =>
        Location(place, node as string ?? module.Spans?.TextOf(node) ?? "");

    private void Location(PolicyPlace place, string text)
    {
        if (!withLocations || text.Length == 0) return;
        json.WritePropertyName("location");
        json.WriteStartObject();
        Coordinates(place.Row, place.Column);
        json.WriteBase64String("text", Encoding.UTF8.GetBytes(text));
        json.WriteEndObject();
    }

    private void Coordinates(int row, int column)
    {
        json.WriteString("file", module.File);
        json.WriteNumber("row", row);
        json.WriteNumber("col", column);
    }
}
