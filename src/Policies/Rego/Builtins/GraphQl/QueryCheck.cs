using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Whether a query may be asked of a schema (GraphQL specification, section 5): the first problem is thrown.</summary>
internal sealed class QueryCheck
{
    private readonly TypeSystem _types;
    private readonly EvaluationBudget _budget;
    private readonly Dictionary<string, Ast> _fragments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FragmentUse> _uses = new(StringComparer.Ordinal);
    private readonly ValueCheck _values;
    private FragmentUse _now = new();

    private QueryCheck(TypeSystem types, EvaluationBudget budget)
    {
        _types = types;
        _budget = budget;
        _values = new ValueCheck(types, use => _now.Variables.Add(use));
    }

    /// <summary>Checks a document.</summary>
    /// <exception cref="GraphQlException">The query may not be asked.</exception>
    public static void Run(TypeSystem types, Ast document, EvaluationBudget budget) =>
        new QueryCheck(types, budget).Document(document);

    private static GraphQlException Problem(string message) => new(message);

    private void Document(Ast document)
    {
        foreach (var fragment in document.Many("Fragments"))
        {
            if (!_fragments.TryAdd(fragment.Name, fragment))
                throw Problem($"There can be only one fragment named \"{fragment.Name}\".");
        }

        foreach (var (name, fragment) in _fragments)
        {
            _uses[name] = _now = new FragmentUse();
            var type = Composite(fragment.Text("TypeCondition"), $"Fragment \"{name}\"");
            Directives(fragment, "FRAGMENT_DEFINITION");
            Selections(fragment, type);
        }

        foreach (var name in _fragments.Keys) RefuseCycle(name);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var operations = document.Many("Operations");
        if (operations.Count > 1 && operations.Exists(one => one.Name.Length == 0))
            throw Problem("This anonymous operation must be the only defined operation.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            if (operation.Name.Length > 0 && !names.Add(operation.Name))
                throw Problem($"There can be only one operation named \"{operation.Name}\".");
            Operation(operation, reached);
        }

        var unused = _fragments.Keys.FirstOrDefault(name => !reached.Contains(name));
        if (unused is not null) throw Problem($"Fragment \"{unused}\" is never used.");
    }

    private void Operation(Ast operation, HashSet<string> reached)
    {
        var kind = operation.Text("Operation");
        if (_types.Root(kind) is not { } root) throw Problem($"Schema does not support operation type \"{kind}\"");
        _now = new FragmentUse();
        Directives(operation, kind.ToUpperInvariant());
        var variables = new VariableCheck(_types, _values, operation);
        foreach (var variable in operation.Many("VariableDefinitions")) Directives(variable, "VARIABLE_DEFINITION");
        Selections(operation, root);
        new FieldMerge(_types, _fragments, _budget).Check(operation, root);
        if (kind == "subscription") new FieldMerge(_types, _fragments, _budget).RefuseSecondField(operation, root);
        var mine = new HashSet<string>(StringComparer.Ordinal);
        Reach(_now, mine);
        variables.Check(mine.Select(name => _uses[name]).Append(_now).SelectMany(use => use.Variables));
        reached.UnionWith(mine);
    }

    private void Reach(FragmentUse use, HashSet<string> reached)
    {
        var waiting = new Stack<string>(use.Spreads);
        while (waiting.TryPop(out var name))
        {
            if (!reached.Add(name)) continue;
            foreach (var further in _uses[name].Spreads) waiting.Push(further);
        }
    }

    private void RefuseCycle(string name)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        Reach(_uses[name], reached);
        if (reached.Contains(name)) throw Problem($"Cannot spread fragment \"{name}\" within itself.");
    }

    private TypeEntry Composite(string name, string what)
    {
        var type = _types.Find(name) ?? throw Problem($"Unknown type \"{name}\".");
        return type.IsComposite ? type : throw Problem($"{what} cannot condition on non composite type \"{name}\".");
    }

    private void Selections(Ast parent, TypeEntry type)
    {
        StackRoom.Ensure();
        foreach (var selection in parent.Many("SelectionSet"))
        {
            _budget.Step();
            if (selection.Has("Alias")) Field(selection, type);
            else if (selection.Has("TypeCondition")) Inline(selection, type);
            else Spread(selection, type);
        }
    }

    private void Inline(Ast inline, TypeEntry type)
    {
        var condition = inline.Text("TypeCondition");
        var inner = condition.Length == 0 ? type : Composite(condition, "Fragment");
        RefuseImpossible(type, inner, "Fragment");
        Directives(inline, "INLINE_FRAGMENT");
        Selections(inline, inner);
    }

    private void Spread(Ast spread, TypeEntry type)
    {
        if (!_fragments.TryGetValue(spread.Name, out var fragment)) throw Problem($"Unknown fragment \"{spread.Name}\".");
        _now.Spreads.Add(spread.Name);
        var inner = Composite(fragment.Text("TypeCondition"), $"Fragment \"{spread.Name}\"");
        RefuseImpossible(type, inner, $"Fragment \"{spread.Name}\"");
        Directives(spread, "FRAGMENT_SPREAD");
    }

    private void RefuseImpossible(TypeEntry outer, TypeEntry inner, string what)
    {
        if (ReferenceEquals(outer, inner) || _types.Possible(outer).Overlaps(_types.Possible(inner))) return;
        throw Problem($"{what} cannot be spread here as objects of type \"{outer.Name}\" can never be of type \"{inner.Name}\".");
    }

    private void Field(Ast selection, TypeEntry type)
    {
        if (!_types.TryField(type, selection.Name, out var field))
            throw Problem($"Cannot query field \"{selection.Name}\" on type \"{type.Name}\".");
        Directives(selection, "FIELD");
        _values.Arguments(selection, field, $"Field \"{field.Name}\"");
        var typeText = field.Type.TypeText();
        if (_types.Find(field.Type.InnermostName()) is not { } inner) throw Problem($"Unknown type \"{typeText}\".");
        var hasSelections = selection.Has("SelectionSet");
        if (inner.IsPlain && hasSelections)
            throw Problem($"Field \"{field.Name}\" must not have a selection since type \"{typeText}\" has no subfields.");
        if (inner.IsComposite && !hasSelections)
            throw Problem($"Field \"{field.Name}\" of type \"{typeText}\" must have a selection of subfields.");
        Selections(selection, inner);
    }

    private void Directives(Ast carrier, string place)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in carrier.Many("Directives"))
        {
            if (!_types.TryDirective(one.Name, out var known)) throw Problem($"Unknown directive \"@{one.Name}\".");
            if (!known.Texts("Locations").Contains(place))
                throw Problem($"Directive \"@{one.Name}\" may not be used on {place}.");

            // As OPA does, which refuses repetition also where the declaration allows it.
            if (!seen.Add(one.Name))
                throw Problem($"The directive \"@{one.Name}\" can only be used once at this location.");
            _values.Arguments(one, known, $"Directive \"@{one.Name}\"");
        }
    }

    /// <summary>What the body of an operation or fragment uses itself.</summary>
    private sealed class FragmentUse
    {
        public List<string> Spreads { get; } = [];

        public List<VariableUse> Variables { get; } = [];
    }
}
