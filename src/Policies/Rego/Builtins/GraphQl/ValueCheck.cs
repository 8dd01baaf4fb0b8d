using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Whether values are of the types that are wanted (GraphQL specification, sections 5.4 and 5.6).</summary>
internal sealed class ValueCheck(TypeSystem types, Action<VariableUse> onVariable)
{
    /// <summary>The arguments of a field or directive.</summary>
    /// <exception cref="GraphQlException">One is missing, unknown, given twice or of another type.</exception>
    public void Arguments(Ast carrier, Ast declaration, string what)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var given in carrier.Many("Arguments"))
        {
            if (!seen.Add(given.Name)) throw Problem($"There can be only one argument named \"{given.Name}\".");
            if (!declaration.TryFind("Arguments", given.Name, out var wanted))
                throw Problem($"Unknown argument \"{given.Name}\" on {what}.");
            Value(given.One("Value"), wanted.Type, HasDefault(wanted));
        }

        foreach (var wanted in declaration.Many("Arguments").Where(one => one.Type.IsNonNull && !one.Has("DefaultValue")))
        {
            if (!seen.Contains(wanted.Name))
                throw Problem($"{what} argument \"{wanted.Name}\" of type \"{wanted.Type.TypeText()}\" is required, but it was "
                    + "not provided.");
        }
    }

    /// <summary>One value.</summary>
    /// <exception cref="GraphQlException">It is of another type.</exception>
    public void Value(Ast value, Ast type, bool hasDefault)
    {
        StackRoom.Ensure();
        if (value.Kind == ValueKind.Variable)
        {
            onVariable(new VariableUse(value.Text("Raw"), type, hasDefault));
            return;
        }

        if (value.Kind == ValueKind.Null)
        {
            if (type.IsNonNull) throw Wrong(type, value);
            return;
        }

        if (type.Has("Elem"))
        {
            if (value.Kind != ValueKind.List) Value(value, type.One("Elem"), hasDefault: false);
            else
                foreach (var child in value.Many("Children")) Value(child.One("Value"), type.One("Elem"), hasDefault: false);
            return;
        }

        if (types.Find(type.Text("NamedType")) is not { } known) throw Problem($"Unknown type \"{type.TypeText()}\".");
        switch (known.Kind)
        {
            case "INPUT_OBJECT" when value.Kind == ValueKind.Object:
                Entries(value, known);
                break;
            case "ENUM" when value.Kind == ValueKind.Enum:
                if (!known.EnumValues.Exists(one => one.Name == value.Text("Raw")))
                    throw Problem($"Value \"{value.Text("Raw")}\" does not exist in \"{type.TypeText()}\" enum.");
                break;
            case "SCALAR" when IsOf(known, value.Kind):
                break;
            default:
                throw Wrong(type, value);
        }
    }

    private static bool IsOf(TypeEntry scalar, ValueKind kind) => scalar switch
    {
        { IsStandard: false } => true,
        { Name: "Int" } => kind == ValueKind.Int,
        { Name: "Float" } => kind is ValueKind.Int or ValueKind.Float,
        { Name: "String" } => kind is ValueKind.String or ValueKind.Block,
        { Name: "Boolean" } => kind == ValueKind.Boolean,
        { Name: "ID" } => kind is ValueKind.Int or ValueKind.String or ValueKind.Block,
        _ => true,
    };

    private static bool HasDefault(Ast place) => place.Has("DefaultValue") && place.One("DefaultValue").Kind != ValueKind.Null;

    private static GraphQlException Problem(string message) => new(message);

    private static GraphQlException Wrong(Ast type, Ast value) =>
        Problem($"{type.TypeText()} cannot represent the value `{value.Text("Raw")}`");

    private void Entries(Ast value, TypeEntry type)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in value.Many("Children"))
        {
            if (!seen.Add(entry.Name)) throw Problem($"There can be only one input field named \"{entry.Name}\".");
            if (!type.TryField(entry.Name, out var field))
                throw Problem($"Field \"{entry.Name}\" is not defined by type \"{type.Name}\".");
            Value(entry.One("Value"), field.Type, HasDefault(field));
        }

        var missing = type.Fields.Find(one => one.Type.IsNonNull && !one.Has("DefaultValue") && !seen.Contains(one.Name));
        if (!missing.IsNothing)
            throw Problem($"Field \"{type.Name}.{missing.Name}\" of required type \"{missing.Type.TypeText()}\" was not "
                + "provided.");
        if (type.Directives.Exists(one => one.Name == "oneOf") && seen.Count != 1)
            throw Problem($"OneOf Input Object \"{type.Name}\" must specify exactly one key.");
    }
}
