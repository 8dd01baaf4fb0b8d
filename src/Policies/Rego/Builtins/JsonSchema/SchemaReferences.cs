using System.Globalization;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>
/// The documents that <c>$ref</c> may name: the schema itself, and what has an <c>$id</c> inside it. Nothing is loaded from
/// elsewhere.
/// </summary>
internal sealed class SchemaReferences
{
    private const string Draft = "http://json-schema.org/draft-0";

    private readonly Dictionary<string, (RegoValue Document, SchemaDraft? Draft)> _documents = new(StringComparer.Ordinal);
    private SchemaDraft? _draft;

    /// <summary>The schema with every reference in it made absolute.</summary>
    public RegoValue Root { get; private set; }

    public static SchemaReferences Of(RegoValue schema)
    {
        var references = new SchemaReferences { _draft = DraftOf(schema) };
        references.Root = references.Resolved(schema, "");
        references._documents[""] = (references.Root, references._draft);
        return references;
    }

    /// <summary>The edition that a schema names; null when it names none that is known.</summary>
    public static SchemaDraft? DraftOf(RegoValue schema)
    {
        if (schema.Kind == RegoKind.Boolean) return null;
        if (schema.AsObject is not { } entries) throw new SchemaException("schema is invalid");
        var name = entries["$schema"];
        if (!name.IsDefined) return null;
        if (name.AsString is not { } text) throw new SchemaException("$schema must be of type string");
        return Normal(text.Text) switch
        {
            Draft + "4/schema" => SchemaDraft.Draft4,
            Draft + "6/schema" => SchemaDraft.Draft6,
            Draft + "7/schema" => SchemaDraft.Draft7,
            _ => null,
        };
    }

    /// <summary>What an absolute reference names.</summary>
    /// <exception cref="SchemaException">It names nothing that is here.</exception>
    public (RegoValue Document, SchemaDraft? Draft) Find(string reference)
    {
        if (_documents.TryGetValue(reference, out var whole)) return whole;
        var (address, fragment) = Split(reference);
        if (_documents.TryGetValue(address, out var known))
        {
            var found = (At(known.Document, fragment), known.Draft);
            _documents[reference] = found;
            return found;
        }

        throw new SchemaException(address.Contains("://", StringComparison.Ordinal)
            ? $"remote reference loading disabled: {address}"
            : $"Reference {reference} must be canonical");
    }

    /// <summary>A reference in the form in which references are compared: without an empty fragment.</summary>
    public static string Normal(string reference)
    {
        if (GoUrl.Parse(reference, out var problem) is null)
            throw new SchemaException($"parse {GoQuote.Text(reference, false, false)}: {problem}");
        return reference.EndsWith('#') ? reference[..^1] : reference;
    }

    /// <summary>A reference as seen from a base (RFC 3986, section 5.2).</summary>
    public static string Resolve(string from, string reference)
    {
        var (address, fragment) = Split(reference);
        var tail = fragment.Length > 0 ? "#" + fragment : "";
        if (GoUrl.Parse(address, out _) is { Scheme.Length: > 0 }) return address + tail;
        var (origin, _) = Split(from);
        if (address.Length == 0) return origin + tail;
        var authority = origin.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? 0 : origin.IndexOf('/', authority + 3) is var slash and >= 0 ? slash : origin.Length;
        if (address.StartsWith("//", StringComparison.Ordinal)) return origin[..(Math.Max(0, authority) + 1)] + address + tail;
        var folder = origin[path..(origin.LastIndexOf('/') is var last && last >= path ? last : path)];
        return origin[..path] + WithoutDots(address[0] == '/' ? address : folder + "/" + address) + tail;
    }

    private static string WithoutDots(string path)
    {
        var kept = new List<string>();
        foreach (var step in path.Split('/').Skip(1))
        {
            if (step == ".." && kept.Count > 0) kept.RemoveAt(kept.Count - 1);
            else if (step is not ("." or "..")) kept.Add(step);
        }

        return "/" + string.Join('/', kept);
    }

    private static (string Address, string Fragment) Split(string reference)
    {
        var hash = reference.IndexOf('#', StringComparison.Ordinal);
        return hash < 0 ? (reference, "") : (reference[..hash], reference[(hash + 1)..]);
    }

    private RegoValue Resolved(RegoValue value, string scope)
    {
        StackRoom.Ensure();
        if (value.AsArray is { } list)
            return RegoValue.ArrayOf([.. list.Items.ToArray().Select(item => Resolved(item, scope))]);
        if (value.AsObject is not { } entries) return value;
        var id = entries["id"].IsDefined ? entries["id"] : entries["$id"];
        string? own = null;
        if (id.AsString is { } text && GoUrl.Parse(text.Text, out _) is not null)
        {
            scope = own = Resolve(scope, Normal(text.Text));
            if (!_documents.TryAdd(own, (default, _draft))) throw new SchemaException($"Reference already exists: \"{own}\"");
        }

        var result = new RegoObjectBuilder(entries.Count);
        for (var i = 0; i < entries.Count; i++) result.Set(entries.Keys[i], ResolvedEntry(entries.Keys[i].Text, entries.Values[i], scope));
        var made = RegoValue.Of(result.Build());
        if (own is not null) _documents[own] = (made, _draft);
        return made;
    }

    private RegoValue ResolvedEntry(string key, RegoValue value, string scope)
    {
        switch (key)
        {
            case "$ref" when value.AsString is { } text:
                return GoUrl.Parse(text.Text, out _) is null ? value : RegoValue.Of(Resolve(scope, Normal(text.Text)));
            case "const" or "enum":
                return value;
            case "properties" or "dependencies" or "patternProperties" when value.AsObject is { } children:
                var result = new RegoObjectBuilder(children.Count);
                for (var i = 0; i < children.Count; i++) result.Set(children.Keys[i], Resolved(children.Values[i], scope));
                return RegoValue.Of(result.Build());
            default:
                return Resolved(value, scope);
        }
    }

    /// <summary>What a JSON pointer (RFC 6901) names. A fragment that is no pointer names the whole.</summary>
    private static RegoValue At(RegoValue document, string fragment)
    {
        if (!UrlQuery.TryUnescape(fragment.Replace("+", "%2B", StringComparison.Ordinal), out var bytes, out _)) return document;
        var pointer = Encoding.UTF8.GetString(bytes);
        if (!pointer.StartsWith('/')) return document;
        foreach (var raw in pointer.Split('/').Skip(1))
        {
            var step = raw.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (document.AsObject is { } entries)
            {
                document = entries[step];
                if (!document.IsDefined) throw new SchemaException($"Object has no key '{step}'");
            }
            else if (document.AsArray is { } list)
            {
                if (!int.TryParse(step, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
                    throw new SchemaException($"Invalid array index '{step}'");
                if (index < 0 || index >= list.Count)
                    throw new SchemaException($"Out of bound array[0,{list.Count}] index '{index}'");
                document = list[index];
            }
            else
            {
                throw new SchemaException($"Invalid token reference '{step}'");
            }
        }

        return document;
    }
}
