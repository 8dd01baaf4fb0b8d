namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>A variable where a value of a type is wanted.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Type">The type that is wanted there.</param>
/// <param name="HasDefault">Whether the place has a value of its own when none is given.</param>
internal readonly record struct VariableUse(string Name, Ast Type, bool HasDefault);

/// <summary>The variables of one operation (GraphQL specification, section 5.8).</summary>
internal sealed class VariableCheck
{
    private readonly string _operation;
    private readonly Dictionary<string, Ast> _known = new(StringComparer.Ordinal);

    /// <summary>Checks the declarations.</summary>
    /// <exception cref="GraphQlException">A declaration does not hold.</exception>
    public VariableCheck(TypeSystem types, ValueCheck values, Ast operation)
    {
        _operation = operation.Name;
        foreach (var variable in operation.Many("VariableDefinitions"))
        {
            var name = variable.Text("Variable");
            if (!_known.TryAdd(name, variable)) throw new GraphQlException($"There can be only one variable named \"${name}\".");
            var typeName = variable.Type.InnermostName();
            var type = types.Find(typeName) ?? throw new GraphQlException($"Unknown type \"{typeName}\".");
            if (!type.IsInput)
                throw new GraphQlException($"Variable \"${name}\" cannot be non-input type \"{variable.Type.TypeText()}\".");
            if (variable.Has("DefaultValue")) values.Value(variable.One("DefaultValue"), variable.Type, hasDefault: false);
        }
    }

    /// <summary>Checks that what is used is declared with a type that fits, and that what is declared is used.</summary>
    /// <exception cref="GraphQlException">It is not so.</exception>
    public void Check(IEnumerable<VariableUse> uses)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            if (!_known.TryGetValue(use.Name, out var variable))
                throw new GraphQlException($"Variable \"${use.Name}\" is not defined by operation \"{_operation}\".");
            used.Add(use.Name);
            var hasDefault = use.HasDefault
                || (variable.Has("DefaultValue") && variable.One("DefaultValue").Kind != ValueKind.Null);
            if (!Fits(variable.Type, use.Type, hasDefault))
                throw new GraphQlException($"Variable \"${use.Name}\" of type \"{variable.Type.TypeText()}\" used in position "
                    + $"expecting type \"{use.Type.TypeText()}\".");
        }

        var unused = _known.Keys.FirstOrDefault(name => !used.Contains(name));
        if (unused is not null)
            throw new GraphQlException($"Variable \"${unused}\" is never used in operation \"{_operation}\".");
    }

    private static bool Fits(Ast given, Ast wanted, bool hasDefault)
    {
        if (wanted.IsNonNull && !given.IsNonNull && !hasDefault) return false;
        if (given.Has("Elem") != wanted.Has("Elem")) return false;
        return given.Has("Elem")
            ? Fits(given.One("Elem"), wanted.One("Elem"), hasDefault: false)
            : given.Text("NamedType") == wanted.Text("NamedType");
    }
}
