using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// Changes terms one after the other. Most stages change few of a policy's terms: where none is another, the same array comes back, and
/// nothing is made.
/// </summary>
internal static class TermArrays
{
    /// <summary>The terms after a change.</summary>
    /// <param name="terms">The terms; never written to.</param>
    /// <param name="with">What the change needs to know; handed through, so that it captures nothing.</param>
    /// <param name="change">Gives the term itself where there is nothing to change.</param>
    public static Term[] Mapped<TWith>(this Term[] terms, TWith with, Func<Term, TWith, Term> change)
    {
        Term[]? made = null;
        for (var i = 0; i < terms.Length; i++)
        {
            var term = change(terms[i], with);
            if (ReferenceEquals(term, terms[i])) continue;
            made ??= [.. terms];
            made[i] = term;
        }

        return made ?? terms;
    }

    /// <summary>The keys and values of an object after a change, the key before its value.</summary>
    public static KeyValuePair<Term, Term>[] Mapped<TWith>(
        this KeyValuePair<Term, Term>[] entries, TWith with, Func<Term, TWith, Term> change)
    {
        KeyValuePair<Term, Term>[]? made = null;
        for (var i = 0; i < entries.Length; i++)
        {
            var (key, value) = entries[i];
            var (newKey, newValue) = (change(key, with), change(value, with));
            if (ReferenceEquals(key, newKey) && ReferenceEquals(value, newValue)) continue;
            made ??= [.. entries];
            made[i] = KeyValuePair.Create(newKey, newValue);
        }

        return made ?? entries;
    }

    /// <summary>A path with other parts; itself when they are its own.</summary>
    public static Term.Ref WithParts(this Term.Ref path, Term[] parts) =>
        ReferenceEquals(parts, path.Parts) ? path : new Term.Ref(path.Place, parts);

    /// <summary>A call of the same function with other operands; itself when they are its own.</summary>
    public static Term.Call WithOperands(this Term.Call call, Term[] operands) =>
        ReferenceEquals(operands, call.Operands) ? call : call.Of(operands);

    /// <summary>An array, set or object whose parts are changed; itself when none is another.</summary>
    public static Term MappedParts<TWith>(this Term collection, TWith with, Func<Term, TWith, Term> change)
    {
        switch (collection)
        {
            case Term.Array array:
                var items = array.Items.Mapped(with, change);
                return ReferenceEquals(items, array.Items) ? array : new Term.Array(array.Place, items);
            case Term.Set set:
                var members = set.Items.Mapped(with, change);
                return ReferenceEquals(members, set.Items) ? set : new Term.Set(set.Place, members);
            case Term.Object entries:
                var made = entries.Entries.Mapped(with, change);
                return ReferenceEquals(made, entries.Entries) ? entries : new Term.Object(entries.Place, made);
            default:
                return collection;
        }
    }
}
