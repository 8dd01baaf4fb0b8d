using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <content>Whether terms can be equal, and what their variables are when they are.</content>
internal sealed partial class TypeChecker
{
    private bool Unify(TypeScope scope, Term left, RegoType a, Term right, RegoType b)
    {
        StackRoom.Ensure();
        switch (TypeAlgebra.HasUnknown(a), TypeAlgebra.HasUnknown(b))
        {
            case (true, false):
                return Fits(scope, left, b, widens: false);
            case (false, true):
                return Fits(scope, right, a, widens: false);
            case (false, false):
                return TypeAlgebra.Meet(a, b);
        }

        return (left, right) switch
        {
            (Term.Array one, Term.Array other) => one.Items.Length == other.Items.Length
                && one.Items.Zip(other.Items).All(p => Both(scope, p.First, p.Second)),
            (Term.Object one, Term.Object other) => Entries(scope, one, other),
            (Term.Array or Term.Object or Term.Var, Term.Var variable) => Alias(scope, left, variable),
            (Term.Var variable, Term.Array or Term.Object) => Alias(scope, right, variable),
            _ => false,
        };
    }

    private bool Both(TypeScope scope, Term left, Term right) => Unify(scope, left, Of(scope, left), right, Of(scope, right));

    private bool Alias(TypeScope scope, Term pattern, Term.Var variable) =>
        Fits(scope, pattern, RegoType.Any, widens: false) && Fits(scope, variable, Of(scope, pattern), widens: false);

    private bool Entries(TypeScope scope, Term.Object left, Term.Object right)
    {
        if (left.Entries.Length != right.Entries.Length) return false;
        foreach (var (key, value) in left.Entries)
        {
            if (key is not Term.Constant known) return false;
            var other = right.Entries.FirstOrDefault(e => e.Key is Term.Constant c && c.Value.Equals(known.Value)).Value;
            if (other is null || !Both(scope, value, other)) return false;
        }

        return true;
    }

    /// <summary>Whether a term can be of a type; its variables that have no type get theirs, and with <paramref name="widens"/> those
    /// that have one get either.</summary>
    private bool Fits(TypeScope scope, Term term, RegoType type, bool widens)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Var variable when widens:
                scope.Set(variable.Name, TypeAlgebra.Or(scope.Of(variable.Name), type));
                return true;
            case Term.Var variable:
                if (OfVariable(scope, variable.Name) is var known and not RegoType.UnknownType) return TypeAlgebra.Meet(known, type);
                scope.Set(variable.Name, type);
                return true;
            case Term.Array or Term.Set or Term.Object:
                return CollectionFits(scope, term, type, widens);
            case Term.Constant:
                return TypeAlgebra.Meet(Of(scope, term), type);
            default:
                return TypeAlgebra.Meet(Of(scope, term), type);
        }
    }

    private bool CollectionFits(TypeScope scope, Term term, RegoType type, bool widens)
    {
        switch (term, type)
        {
            case (_, RegoType.AnyType):
                foreach (var child in TermVars.Children(term)) Fits(scope, child, RegoType.Any, widens: true);
                return true;
            case (_, RegoType.Union union):
                var fits = false;
                foreach (var one in union.Cases) fits |= Fits(scope, term, one, widens: true);
                return fits;
            case (Term.Array array, RegoType.ArrayType of):
                if (array.Items.Length != of.Fixed.Count && of.Rest is null) return false;
                for (var i = 0; i < array.Items.Length; i++)
                {
                    if (!Fits(scope, array.Items[i], TypeAlgebra.Item(of, i), widens)) return false;
                }

                return true;
            case (Term.Set set, RegoType.SetType of):
                return set.Items.All(i => Fits(scope, i, of.Item ?? RegoType.Unknown, widens));
            case (Term.Object entries, RegoType.ObjectType of):
                return EntriesFit(scope, entries, of, widens);
            default:
                return false;
        }
    }

    private bool EntriesFit(TypeScope scope, Term.Object entries, RegoType.ObjectType type, bool widens)
    {
        if (entries.Entries.Length != type.Fixed.Count && type.Value is null) return false;
        foreach (var (key, value) in entries.Entries)
        {
            if (key is not Term.Constant known)
            {
                // Which of the properties it is cannot be told.
                Fits(scope, value, RegoType.Any, widens);
                continue;
            }

            var property = TypeAlgebra.Property(type, known.Value);
            if (property is RegoType.UnknownType || !Fits(scope, value, property, widens)) return false;
        }

        return true;
    }
}
