using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Definitions of types and directives.</summary>
internal sealed partial class Parser
{
    private static readonly HashSet<string> DirectivePlaces = new(StringComparer.Ordinal)
    {
        "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE", "UNION",
        "ENUM",
        "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
    };

    /// <summary>Reads a document of definitions and extensions.</summary>
    /// <exception cref="GraphQlException">The text is no such document.</exception>
    public static RegoValue ReadSchema(string text)
    {
        var parser = new Parser(text);
        var lists = new SortedDictionary<string, List<RegoValue>>(StringComparer.Ordinal);
        while (parser._next.Kind != TokenKind.End)
        {
            var (list, item) = parser.SystemDefinition();
            if (!lists.TryGetValue(list, out var items)) lists[list] = items = [];
            items.Add(item);
        }

        var document = new RegoObjectBuilder();
        foreach (var (name, items) in lists) Put(document, name, items);
        return RegoValue.Of(document.Build());
    }

    private (string List, RegoValue Item) SystemDefinition()
    {
        var isDescribed = _next.Kind is TokenKind.String or TokenKind.BlockString;
        var description = Description();
        if (_next.IsWord("schema")) return ("Schema", SchemaDefinition(description, isExtension: false));
        if (_next.IsWord("directive")) return ("Directives", DirectiveDefinition(description));
        if (!_next.IsWord("extend")) return ("Definitions", TypeDefinition(description, isExtension: false));
        if (isDescribed) throw Unexpected(_previous);
        Take();
        return _next.IsWord("schema")
            ? ("SchemaExtension", SchemaDefinition("", isExtension: true))
            : ("Extensions", TypeDefinition("", isExtension: true));
    }

    private string Description() => _next.Kind is TokenKind.String or TokenKind.BlockString ? Take().Text : "";

    private RegoValue SchemaDefinition(string description, bool isExtension)
    {
        var schema = new RegoObjectBuilder();
        Take();
        schema.Set("Description", Text(description));
        Put(schema, "Directives", Directives(isConstant: true));
        Put(schema, "OperationTypes", Some("{", "}", OperationType));
        if (isExtension && schema.Count == 1) throw Unexpected(_next);
        return RegoValue.Of(schema.Build());
    }

    private RegoValue OperationType()
    {
        if (_next is not { Kind: TokenKind.Name, Text: "query" or "mutation" or "subscription" })
        {
            throw _next.Kind == TokenKind.Name ? Unexpected(_next) : Problem(_next, $"Expected Name, found {_next}");
        }

        var one = new RegoObjectBuilder();
        one.Set("Operation", Text(Take().Text));
        Expect(":");
        one.Set("Type", Text(Name()));
        return RegoValue.Of(one.Build());
    }

    private RegoValue DirectiveDefinition(string description)
    {
        var directive = new RegoObjectBuilder();
        Take();
        Expect("@");
        directive.Set("Description", Text(description));
        directive.Set("Name", Text(Name()));
        Put(directive, "Arguments", Some("(", ")", InputValue));
        var isRepeatable = _next.IsWord("repeatable");
        if (isRepeatable) Take();
        directive.Set("IsRepeatable", RegoValue.Of(isRepeatable));
        ExpectWord("on");
        Put(directive, "Locations", Separated("|", DirectivePlace));
        return RegoValue.Of(directive.Build());
    }

    private RegoValue DirectivePlace()
    {
        var token = _next;
        var name = Name();
        return DirectivePlaces.Contains(name) ? Text(name) : throw Unexpected(token);
    }

    private List<RegoValue> Separated(string sign, Func<RegoValue> read)
    {
        Skip(sign);
        var all = new List<RegoValue> { read() };
        while (Skip(sign)) all.Add(read());
        return all;
    }

    private RegoValue TypeDefinition(string description, bool isExtension)
    {
        if (_next.Kind != TokenKind.Name) throw Unexpected(_next);
        var word = _next.Text;
        var kind = word switch
        {
            "scalar" => "SCALAR",
            "type" => "OBJECT",
            "interface" => "INTERFACE",
            "union" => "UNION",
            "enum" => "ENUM",
            "input" => "INPUT_OBJECT",
            _ => throw Unexpected(_next),
        };
        Take();
        var type = new RegoObjectBuilder();
        type.Set("Kind", Text(kind));
        type.Set("Description", Text(description));
        type.Set("BuiltIn", RegoValue.False);
        type.Set("Name", Text(Name()));
        var bare = type.Count;
        if (word is "type" or "interface") Put(type, "Interfaces", Interfaces());
        Put(type, "Directives", Directives(isConstant: true));
        if (word is "type" or "interface") Put(type, "Fields", Some("{", "}", Field));
        else if (word == "input") Put(type, "Fields", Some("{", "}", InputValue));
        else if (word == "enum") Put(type, "EnumValues", Some("{", "}", EnumValue));
        else if (word == "union" && Skip("=")) Put(type, "Types", Separated("|", () => Text(Name())));
        if (isExtension && type.Count == bare) throw Unexpected(_next);
        return RegoValue.Of(type.Build());
    }

    private List<RegoValue> Interfaces()
    {
        if (!_next.IsWord("implements")) return [];
        Take();
        return Separated("&", () => Text(Name()));
    }

    private RegoValue Field()
    {
        var field = new RegoObjectBuilder();
        field.Set("Description", Text(Description()));
        field.Set("Name", Text(Name()));
        Put(field, "Arguments", Some("(", ")", InputValue));
        Expect(":");
        field.Set("Type", Type());
        Put(field, "Directives", Directives(isConstant: true));
        return RegoValue.Of(field.Build());
    }

    private RegoValue InputValue()
    {
        var value = new RegoObjectBuilder();
        value.Set("Description", Text(Description()));
        value.Set("Name", Text(Name()));
        Expect(":");
        value.Set("Type", Type());
        if (Skip("=")) value.Set("DefaultValue", Value(isConstant: true));
        Put(value, "Directives", Directives(isConstant: true));
        return RegoValue.Of(value.Build());
    }

    private RegoValue EnumValue()
    {
        var value = new RegoObjectBuilder();
        value.Set("Description", Text(Description()));
        value.Set("Name", Text(Name()));
        Put(value, "Directives", Directives(isConstant: true));
        return RegoValue.Of(value.Build());
    }
}
