namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Whether a schema holds (GraphQL specification, section 3): the first problem is thrown.</summary>
internal sealed class SchemaCheck
{
    private readonly TypeSystem _types;

    private SchemaCheck(TypeSystem types)
    {
        _types = types;
    }

    /// <summary>Reads the types of a document and checks them.</summary>
    /// <exception cref="GraphQlException">The schema does not hold.</exception>
    public static TypeSystem Load(Ast document)
    {
        var types = new TypeSystem(document);
        var check = new SchemaCheck(types);
        foreach (var type in types.Types.Where(type => !type.IsStandard)) check.Type(type);
        foreach (var directive in document.Many("Directives"))
        {
            CheckName(directive.Name);
            check.Arguments(directive.Many("Arguments"), directive.Name);
        }

        return types;
    }

    private static GraphQlException Problem(string message) => new(message);

    private static void CheckName(string name)
    {
        if (!name.StartsWith("__", StringComparison.Ordinal)) return;
        throw Problem($"Name \"{name}\" must not begin with \"__\", which is reserved by GraphQL introspection.");
    }

    private void Type(TypeEntry type)
    {
        foreach (var field in type.Fields) Field(type, field);
        var twice = type.Fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any());
        if (twice is not null) throw Problem($"Field {type.Name}.{twice.Key} can only be defined once.");
        foreach (var member in type.Members)
        {
            if (Known(member).Kind != "OBJECT") throw Problem($"{type.Kind} type \"{member}\" must be OBJECT.");
        }

        foreach (var name in type.Interfaces) Implements(type, Known(name));
        foreach (var value in type.EnumValues)
        {
            if (value.Name is "true" or "false" or "null") throw Problem($"{type.Kind} non-enum value {value.Name}.");
            Directives(value, "ENUM_VALUE");
        }

        if (type.Kind is "OBJECT" or "INTERFACE" or "INPUT_OBJECT" && type.Fields.Count == 0)
            throw Problem($"{type.Kind} {type.Name}: must define one or more fields.");
        if (type.Kind == "ENUM" && type.EnumValues.Count == 0)
            throw Problem($"{type.Kind} {type.Name}: must define one or more unique enum values.");
        CheckName(type.Name);
        Directives(type.Directives, type.Kind, "");
    }

    private void Field(TypeEntry type, Ast field)
    {
        CheckName(field.Name);
        var kind = Known(field.Type.InnermostName());
        Arguments(field.Many("Arguments"), "");
        Directives(field, type.Kind == "INPUT_OBJECT" ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION");
        if (type.Kind == "INPUT_OBJECT" && !kind.IsInput)
            throw Problem($"{type.Kind} {type.Name}: field must be one of SCALAR, ENUM, INPUT_OBJECT.");
        if (type.Kind != "INPUT_OBJECT" && kind.Kind == "INPUT_OBJECT")
            throw Problem($"{type.Kind} {type.Name}: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.");
    }

    private TypeEntry Known(string name) => _types.Find(name) ?? throw Problem($"Undefined type {name}.");

    private void Arguments(List<Ast> arguments, string directive)
    {
        foreach (var argument in arguments)
        {
            CheckName(argument.Name);
            var type = Known(argument.Type.InnermostName());
            if (!type.IsInput)
                throw Problem($"cannot use {argument.Type.TypeText()} as argument {argument.Name} because {type.Kind} is not a "
                    + "valid input type");
            Directives(argument.Many("Directives"), "ARGUMENT_DEFINITION", directive);
        }
    }

    private void Directives(Ast carrier, string place) => Directives(carrier.Many("Directives"), place, "");

    private void Directives(List<Ast> directives, string place, string inside)
    {
        foreach (var one in directives)
        {
            CheckName(one.Name);
            if (one.Name == inside) throw Problem($"Directive {one.Name} cannot refer to itself.");
            if (!_types.TryDirective(one.Name, out var known)) throw Problem($"Undefined directive {one.Name}.");
            if (!known.Texts("Locations").Contains(place)) throw Problem($"Directive {one.Name} is not applicable on {place}.");
            foreach (var argument in one.Many("Arguments"))
            {
                if (!known.TryFind("Arguments", argument.Name, out _))
                    throw Problem($"Undefined argument {argument.Name} for directive {one.Name}.");
            }

            foreach (var wanted in known.Many("Arguments").Where(each => each.Type.IsNonNull && !each.Has("DefaultValue")))
            {
                if (!one.TryFind("Arguments", wanted.Name, out var given) || given.One("Value").Kind == ValueKind.Null)
                    throw Problem($"Argument {wanted.Name} for directive {one.Name} cannot be null.");
            }
        }
    }

    private void Implements(TypeEntry type, TypeEntry wanted)
    {
        if (wanted.Kind != "INTERFACE") throw Problem($"{wanted.Name} is a non interface type {wanted.Kind}.");
        foreach (var field in wanted.Fields)
        {
            if (!type.TryField(field.Name, out var own))
                throw Problem($"For {type.Name} to implement {wanted.Name} it must have a field called {field.Name}.");
            if (!IsCovariant(field.Type, own.Type))
                throw Problem($"For {type.Name} to implement {wanted.Name} the field {field.Name} must have type "
                    + $"{field.Type.TypeText()}.");
            foreach (var argument in field.Many("Arguments"))
            {
                if (!own.TryFind("Arguments", argument.Name, out var ownArgument)
                    || ownArgument.Type.TypeText() != argument.Type.TypeText())
                {
                    throw Problem($"For {type.Name} to implement {wanted.Name} the field {field.Name} must have the argument "
                        + $"{argument.Name} of type {argument.Type.TypeText()}.");
                }
            }

            if (own.Many("Arguments").Exists(more => more.Type.IsNonNull && !more.Has("DefaultValue")
                && !field.TryFind("Arguments", more.Name, out _)))
            {
                throw Problem($"For {type.Name} to implement {wanted.Name} any additional arguments on {field.Name} must be "
                    + "optional or have a default value.");
            }
        }

        var missing = wanted.Interfaces.Find(name => !type.Interfaces.Contains(name));
        if (missing is not null)
            throw Problem($"Type {type.Name} must implement {missing} because it is implemented by {wanted.Name}.");
    }

    private bool IsCovariant(Ast required, Ast actual)
    {
        if (required.IsNonNull && !actual.IsNonNull) return false;
        if (required.Has("Elem") || actual.Has("Elem"))
            return required.Has("Elem") && actual.Has("Elem") && IsCovariant(required.One("Elem"), actual.One("Elem"));
        var (wanted, given) = (required.Text("NamedType"), actual.Text("NamedType"));
        if (wanted == given) return true;
        return _types.Find(wanted) is { Kind: "INTERFACE" or "UNION" } family
            && (_types.Possible(family).Contains(given) || _types.Find(given)?.Interfaces.Contains(wanted) == true);
    }
}
