namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>A type of a schema with all its extensions.</summary>
internal sealed class TypeEntry(string name, string kind, bool isStandard)
{
    public string Name => name;

    public string Kind => kind;

    public bool IsStandard => isStandard;

    public List<Ast> Fields { get; } = [];

    public List<Ast> EnumValues { get; } = [];

    public List<Ast> Directives { get; } = [];

    public List<string> Interfaces { get; } = [];

    public List<string> Members { get; } = [];

    public bool IsComposite => kind is "OBJECT" or "INTERFACE" or "UNION";

    public bool IsInput => kind is "SCALAR" or "ENUM" or "INPUT_OBJECT";

    public bool IsPlain => kind is "SCALAR" or "ENUM";

    public void Add(Ast definition)
    {
        Fields.AddRange(definition.Many("Fields"));
        EnumValues.AddRange(definition.Many("EnumValues"));
        Directives.AddRange(definition.Many("Directives"));
        Interfaces.AddRange(definition.Texts("Interfaces"));
        Members.AddRange(definition.Texts("Types"));
    }

    public bool TryField(string wanted, out Ast field)
    {
        field = Fields.Find(one => one.Name == wanted);
        return !field.IsNothing;
    }
}

/// <summary>The types and directives of a schema, with what every schema has, by name.</summary>
internal sealed class TypeSystem
{
    private static readonly Ast Standard = new(Parser.ReadSchema(StandardTypes.Source));

    private readonly SortedDictionary<string, TypeEntry> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Ast> _directives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _roots = new(StringComparer.Ordinal);

    /// <summary>Brings a document together; whether it holds, <see cref="SchemaCheck"/> says.</summary>
    /// <exception cref="GraphQlException">Definitions contradict one another.</exception>
    public TypeSystem(Ast document)
    {
        foreach (var definition in Standard.Many("Definitions")) Define(definition, isStandard: true);
        foreach (var definition in document.Many("Definitions")) Define(definition, isStandard: false);
        foreach (var extension in document.Many("Extensions")) Extend(extension);
        foreach (var directive in Standard.Many("Directives")) _directives[directive.Name] = directive;
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var directive in document.Many("Directives"))
        {
            if (!own.Add(directive.Name)) throw new GraphQlException($"Cannot redeclare directive {directive.Name}.");
            _directives[directive.Name] = directive;
        }

        SetRoots(document);
    }

    public IEnumerable<TypeEntry> Types => _types.Values;

    public TypeEntry? Find(string name) => _types.GetValueOrDefault(name);

    public bool TryDirective(string name, out Ast directive) => _directives.TryGetValue(name, out directive);

    /// <summary>The type that an operation starts at: <c>query</c>, <c>mutation</c>, <c>subscription</c>; null when there is
    /// none.</summary>
    public TypeEntry? Root(string operation) => _roots.TryGetValue(operation, out var name) ? Find(name) : null;

    /// <summary>The field that a selection names; also the ones that every type has.</summary>
    public bool TryField(TypeEntry parent, string name, out Ast field)
    {
        if (name == "__typename") return Find("__AnyMeta")!.TryField(name, out field);
        if (ReferenceEquals(parent, Root("query")) && name is "__schema" or "__type")
            return Find("__QueryMeta")!.TryField(name, out field);
        return parent.TryField(name, out field);
    }

    /// <summary>The object types that a value of a composite type can have.</summary>
    public HashSet<string> Possible(TypeEntry type) => type.Kind switch
    {
        "OBJECT" => [type.Name],
        "UNION" => [.. type.Members],
        "INTERFACE" => [.. Types.Where(one => one.Kind == "OBJECT" && one.Interfaces.Contains(type.Name))
            .Select(one => one.Name)],
        _ => [],
    };

    private void Define(Ast definition, bool isStandard)
    {
        var entry = new TypeEntry(definition.Name, definition.Text("Kind"), isStandard);
        if (!_types.TryAdd(entry.Name, entry)) throw new GraphQlException($"Cannot redeclare type {entry.Name}.");
        entry.Add(definition);
    }

    private void Extend(Ast extension)
    {
        var (name, kind) = (extension.Name, extension.Text("Kind"));
        if (Find(name) is not { } entry) _types[name] = entry = new TypeEntry(name, kind, isStandard: false);
        if (entry.Kind != kind)
        {
            throw new GraphQlException($"Cannot extend type {name} because the base type is a {entry.Kind}, not {kind}.");
        }

        entry.Add(extension);
    }

    private void SetRoots(Ast document)
    {
        var schemas = document.Many("Schema");
        if (schemas.Count > 1)
        {
            throw new GraphQlException("Cannot have multiple schema entry points, consider schema extensions instead.");
        }

        foreach (var entry in schemas.Concat(document.Many("SchemaExtension")).SelectMany(one => one.Many("OperationTypes")))
        {
            var (operation, type) = (entry.Text("Operation"), entry.Text("Type"));
            if (Find(type) is null)
                throw new GraphQlException($"Schema root {operation} refers to a type {type} that does not exist.");
            _roots[operation] = type;
        }

        if (schemas.Count > 0) return;
        foreach (var name in (string[])["Query", "Mutation", "Subscription"])
        {
            if (_types.ContainsKey(name)) _roots.TryAdd(name.ToLowerInvariant(), name);
        }
    }
}
