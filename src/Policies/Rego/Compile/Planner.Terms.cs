using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <content>Terms as values, and terms as patterns.</content>
internal sealed partial class Planner
{
    private Source Evaluate(Term term)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Constant constant:
                return Source.Of(constant.Value);
            case Term.Var variable:
                if (_known.TryGetValue(variable.Name, out var known)) return known;
                throw new System.Diagnostics.UnreachableException(
                    $"the variable `{variable.Name}` has no value at {variable.Place}");
            case Term.Ref path:
                return Path(path);
            case Term.Array array:
                return Made(RegoKind.Array, [.. array.Items.Select(Evaluate)], []);
            case Term.Set set:
                return Made(RegoKind.Set, [.. set.Items.Select(Evaluate)], []);
            case Term.Object entries:
                var keys = new Source[entries.Entries.Length];
                var values = new Source[keys.Length];

                // Where a computed key is one that is written out too, the computed one stays, as in OPA.
                var ordered = entries.Entries.OrderBy(e => e.Key is Term.Constant ? 0 : 1).ToArray();
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = Evaluate(ordered[i].Key);
                    values[i] = Evaluate(ordered[i].Value);
                }

                return Made(RegoKind.Object, keys, values);
            case Term.Comprehension comprehension:
                return Comprehend(comprehension);
            case Term.Call call:
                var into = NewSlot();
                var local = new Term.Var(call.Place, $"$call{into}");
                Statement(call.Of([.. call.Operands, local]));
                return _known[local.Name];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private Source Made(RegoKind kind, Source[] items, Source[] values)
    {
        if (Array.TrueForAll(items, s => s.IsConstant) && Array.TrueForAll(values, s => s.IsConstant))
        {
            return Source.Of(MakeNode.Make(kind, items, values, []));
        }

        var into = NewSlot();
        Emit(new MakeNode(kind, items, values, into));
        return Source.At(into);
    }

    private Source Comprehend(Term.Comprehension comprehension)
    {
        var into = NewSlot();
        Source key = default, value = default;
        var closed = Closed(
            () =>
            {
                Literals(comprehension.Body.Literals);
                if (comprehension.Key is not null) key = Evaluate(comprehension.Key);
                value = Evaluate(comprehension.Value);
            },
            () => new CollectNode(into, key, value, comprehension.Place));
        Emit(new ComprehensionNode(comprehension.Kind, closed, into));
        _isCostly = true;
        return Source.At(into);
    }

    /// <summary>Holds a value against a pattern: known parts are compared, unknown variables get their values.</summary>
    private void Match(Term pattern, Source value)
    {
        StackRoom.Ensure();
        switch (pattern)
        {
            case Term.Var variable when !_known.ContainsKey(variable.Name):
                _known[variable.Name] = value;
                break;
            case Term.Array array when !IsKnown(array):
                var items = array.Items.Select(i => IsWildcard(i) ? -1 : NewSlot()).ToArray();
                Emit(new OpenArrayNode(value, items));
                for (var i = 0; i < items.Length; i++)
                {
                    if (items[i] >= 0) Match(array.Items[i], Source.At(items[i]));
                }

                break;
            case Term.Object entries when !IsKnown(entries):
                var keys = entries.Entries.Select(e => Evaluate(e.Key)).ToArray();
                var values = entries.Entries.Select(_ => NewSlot()).ToArray();
                Emit(new OpenObjectNode(value, keys, values));
                for (var i = 0; i < values.Length; i++) Match(entries.Entries[i].Value, Source.At(values[i]));
                break;
            default:
                Emit(new EqualNode(Evaluate(pattern), value));
                break;
        }
    }

    private void Unify(Term left, Term right)
    {
        if ((left, right) is not ((Term.Array, Term.Array) or (Term.Object, Term.Object)))
        {
            if (CanEvaluate(left) || CanEvaluate(right)) UnifyPair(left, right);
            else UnifyNothing(left, right);
            return;
        }

        var waiting = new List<(Term Left, Term Right)>();
        Decompose(left, right, waiting);
        while (waiting.Count > 0)
        {
            var next = waiting.FindIndex(p => IsKnown(p.Left) && IsKnown(p.Right));
            if (next < 0) next = waiting.FindIndex(p => CanEvaluate(p.Left) || CanEvaluate(p.Right));
            if (next < 0)
            {
                foreach (var (a, b) in waiting) UnifyNothing(a, b);
                return;
            }

            var (x, y) = waiting[next];
            waiting.RemoveAt(next);
            UnifyPair(x, y);
        }
    }

    /// <summary>Unifies two terms of which one can be evaluated.</summary>
    private void UnifyPair(Term left, Term right)
    {
        if (CanEvaluate(right) && !(IsKnown(left) && !IsKnown(right))) Match(left, Evaluate(right));
        else Match(right, Evaluate(left));
    }

    /// <summary>What is unknown on both sides: an alias that nothing else names, or a set with unknown members.</summary>
    private void UnifyNothing(Term left, Term right)
    {
        Emit(new FailNode());
        GiveNothing(left, right);
    }

    private void GiveNothing(Term left, Term right)
    {
        foreach (var name in TermVars.Direct(left).Concat(TermVars.Direct(right)))
        {
            if (!_known.ContainsKey(name)) _known[name] = Source.Of(RegoValue.Null);
        }
    }

    private void Decompose(Term left, Term right, List<(Term Left, Term Right)> into)
    {
        switch (left, right)
        {
            case (Term.Array a, Term.Array b) when !IsKnown(a) || !IsKnown(b):
                if (a.Items.Length != b.Items.Length)
                {
                    Emit(new FailNode());
                    GiveNothing(a, b);
                    break;
                }

                for (var i = 0; i < a.Items.Length; i++) Decompose(a.Items[i], b.Items[i], into);
                break;
            case (Term.Object a, Term.Object b) when (!IsKnown(a) || !IsKnown(b)) && SameKeys(a, b) is { } pairs:
                foreach (var (x, y) in pairs) Decompose(x, y, into);
                break;
            default:
                into.Add((left, right));
                break;
        }
    }

    private static List<(Term Left, Term Right)>? SameKeys(Term.Object left, Term.Object right)
    {
        if (left.Entries.Length != right.Entries.Length) return null;
        var pairs = new List<(Term, Term)>();
        foreach (var (key, value) in left.Entries)
        {
            if (key is not Term.Constant wanted) return null;
            var other = Array.FindIndex(right.Entries, e => e.Key is Term.Constant k && k.Value.Equals(wanted.Value));
            if (other < 0) return null;
            pairs.Add((value, right.Entries[other].Value));
        }

        return pairs;
    }

    /// <summary>Whether a pattern has variables without values where holding a value against it cannot give them one.</summary>
    private bool HidesUnknown(Term pattern) => pattern switch
    {
        Term.Set set => !IsKnown(set),
        Term.Array array => array.Items.Any(HidesUnknown),
        Term.Object entries => entries.Entries.Any(e => !IsKnown(e.Key) || HidesUnknown(e.Value)),
        _ => false,
    };

    /// <summary>Whether every variable of a term has a value.</summary>
    private bool IsKnown(Term term)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Var variable:
                return TermVars.IsRoot(variable.Name) || _known.ContainsKey(variable.Name);
            case Term.Constant or Term.Comprehension:
                return true;
            default:
                foreach (var child in TermVars.Children(term))
                {
                    if (!IsKnown(child)) return false;
                }

                return true;
        }
    }

    /// <summary>Whether a term can be evaluated, if need be by iterating.</summary>
    private bool CanEvaluate(Term term) => term switch
    {
        Term.Ref { Head: Term.Var head } => TermVars.IsRoot(head.Name) || _known.ContainsKey(head.Name),
        _ => IsKnown(term),
    };
}
