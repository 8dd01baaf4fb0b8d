using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>
/// Whether fields that answer under the same name can be one (GraphQL specification, section 5.3.2). A hostile query can ask for
/// very many comparisons: each takes a step of the budget.
/// </summary>
internal sealed class FieldMerge(TypeSystem types, Dictionary<string, Ast> fragments, EvaluationBudget budget)
{
    /// <summary>Compares all fields below an operation.</summary>
    /// <exception cref="GraphQlException">Two fields conflict.</exception>
    public void Check(Ast operation, TypeEntry root)
    {
        var fields = new List<Asked>();
        Collect(operation, root, fields, []);
        Compare(fields, exclusive: false);
    }

    /// <summary>A subscription asks for one field.</summary>
    /// <exception cref="GraphQlException">It asks for more.</exception>
    public void RefuseSecondField(Ast operation, TypeEntry root)
    {
        var fields = new List<Asked>();
        Collect(operation, root, fields, []);
        if (fields.Select(field => field.Selection.Text("Alias")).Distinct(StringComparer.Ordinal).Skip(1).Any())
            throw new GraphQlException($"Subscription \"{operation.Name}\" must select only one top level field.");
    }

    private static GraphQlException Conflict(string name, string why) =>
        new($"Fields \"{name}\" conflict because {why}. Use different aliases on the fields to fetch both if this was "
            + "intentional.");

    private void Collect(Ast parent, TypeEntry type, List<Asked> into, HashSet<string> spread)
    {
        StackRoom.Ensure();
        foreach (var selection in parent.Many("SelectionSet"))
        {
            budget.Step();
            if (selection.Has("Alias"))
            {
                if (types.TryField(type, selection.Name, out var field)) into.Add(new Asked(selection, field, type));
            }
            else if (selection.Has("TypeCondition"))
            {
                Collect(selection, types.Find(selection.Text("TypeCondition")) ?? type, into, spread);
            }
            else if (spread.Add(selection.Name) && fragments.TryGetValue(selection.Name, out var fragment))
            {
                Collect(fragment, types.Find(fragment.Text("TypeCondition")) ?? type, into, spread);
            }
        }
    }

    private void Compare(List<Asked> fields, bool exclusive)
    {
        StackRoom.Ensure();
        foreach (var group in fields.GroupBy(field => field.Selection.Text("Alias"), StringComparer.Ordinal))
        {
            var same = group.ToList();
            if (same.Count == 1) Compare(Below(same[0]), exclusive: false);
            for (var i = 0; i < same.Count; i++)
            {
                for (var j = i + 1; j < same.Count; j++) Pair(group.Key, same[i], same[j], exclusive);
            }
        }
    }

    private void Pair(string name, Asked left, Asked right, bool exclusive)
    {
        budget.Step();
        exclusive |= !ReferenceEquals(left.Parent, right.Parent)
            && left.Parent.Kind == "OBJECT" && right.Parent.Kind == "OBJECT";
        if (!exclusive && left.Selection.Name != right.Selection.Name)
            throw Conflict(name, $"\"{left.Selection.Name}\" and \"{right.Selection.Name}\" are different fields");
        if (!exclusive && !SameArguments(left.Selection, right.Selection))
            throw Conflict(name, "they have differing arguments");
        if (!SameShape(left.Field.Type, right.Field.Type))
        {
            throw Conflict(name, $"they return conflicting types \"{left.Field.Type.TypeText()}\" and "
                + $"\"{right.Field.Type.TypeText()}\"");
        }

        var below = Below(left);
        below.AddRange(Below(right));
        Compare(below, exclusive);
    }

    private List<Asked> Below(Asked field)
    {
        var fields = new List<Asked>();
        if (types.Find(field.Field.Type.InnermostName()) is { } type) Collect(field.Selection, type, fields, []);
        return fields;
    }

    private static bool SameArguments(Ast left, Ast right)
    {
        var (one, other) = (left.Many("Arguments"), right.Many("Arguments"));
        return one.Count == other.Count && one.TrueForAll(argument =>
            right.TryFind("Arguments", argument.Name, out var match)
            && match.Get("Value").Equals(argument.Get("Value")));
    }

    private bool SameShape(Ast left, Ast right)
    {
        if (left.IsNonNull != right.IsNonNull || left.Has("Elem") != right.Has("Elem")) return false;
        if (left.Has("Elem")) return SameShape(left.One("Elem"), right.One("Elem"));
        var (one, other) = (left.Text("NamedType"), right.Text("NamedType"));
        return one == other || (types.Find(one)?.IsPlain != true && types.Find(other)?.IsPlain != true);
    }

    /// <summary>A field that is asked for, what it is, and of which type.</summary>
    private readonly record struct Asked(Ast Selection, Ast Field, TypeEntry Parent);
}
