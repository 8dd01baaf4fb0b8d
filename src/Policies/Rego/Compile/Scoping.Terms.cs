using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <content>Terms, and what patterns declare.</content>
internal sealed partial class Scoping
{
    private static IEnumerable<Term.Var> PatternVars(Term pattern) => pattern switch
    {
        Term.Var variable => [variable],
        Term.Array array => array.Items.SelectMany(PatternVars),
        Term.Object entries => entries.Entries.SelectMany(e => PatternVars(e.Value)),
        _ => [],
    };

    private static HashSet<string> DeclaredIn(Body body)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var literal in body.Literals)
        {
            var declared = literal.Shape switch
            {
                LiteralShape.Declare declare => declare.Names,
                LiteralShape.Each each => PatternVars(each.Value).Concat(each.Key is null ? [] : PatternVars(each.Key)),
                LiteralShape.Plain { Term: Term.Call { Name: "assign", Operands: [var left, _] } } => PatternVars(left),
                _ => [],
            };
            foreach (var variable in declared) names.Add(variable.Name);
        }

        return names;
    }

    private Term Resolve(Term term)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Var variable:
                return ResolveVar(variable);
            case Term.Ref path:
                return ResolveRef(path);
            case Term.Call call:
                return new Term.Call(call.Place, ResolveFunction(call), [.. call.Operands.Select(Resolve)]);
            case Term.Array array:
                return new Term.Array(array.Place, [.. array.Items.Select(Resolve)]);
            case Term.Set set:
                return new Term.Set(set.Place, [.. set.Items.Select(Resolve)]);
            case Term.Object entries:
                return new Term.Object(
                    entries.Place, [.. entries.Entries.Select(e => KeyValuePair.Create(Resolve(e.Key), Resolve(e.Value)))]);
            case Term.Comprehension comprehension:
                return ResolveComprehension(comprehension);
            case Term.Template template:
                return ResolveTemplate(template);
            default:
                return term;
        }
    }

    private Term ResolveVar(Term.Var variable)
    {
        if (variable.IsWildcard) return variable;
        for (var i = _frames.Count - 1; i >= 0; i--)
        {
            var frame = _frames[i];
            if (frame.Known.TryGetValue(variable.Name, out var known) && known.Kind != Occurrence.Seen)
            {
                known.IsUsed = true;
                return new Term.Var(variable.Place, known.Name);
            }

            if (frame.Pending.Contains(variable.Name)) return SeenVar(variable);
        }

        if (!_globals.TryGetValue(variable.Name, out var path)) return SeenVar(variable);
        UsedGlobals.Add(variable.Name);
        return At(path, variable.Place);
    }

    private Term.Var SeenVar(Term.Var variable)
    {
        if (_frames.Count > 0 && !Top.Known.ContainsKey(variable.Name))
        {
            Top.Known[variable.Name] = new Local(variable.Name, Occurrence.Seen, variable.Place);
        }

        return variable;
    }

    private static Term.Ref At(Term.Ref path, PolicyPlace place) =>
        new(place, [.. path.Parts.Select(p => p switch
        {
            Term.Var v => new Term.Var(place, v.Name),
            Term.Constant c => new Term.Constant(place, c.Value),
            _ => p,
        })]);

    private Term.Ref ResolveRef(Term.Ref path)
    {
        var rest = path.Parts.Skip(1).Select(Resolve);
        if (path.Head is Term.Var { Name: "input" or "data" } root && IsRoot(root.Name))
        {
            return new Term.Ref(path.Place, [root, .. rest]);
        }
        var head = Resolve(path.Head);
        return head is Term.Ref longer && path.Head is Term.Var
            ? new Term.Ref(path.Place, [.. longer.Parts, .. rest])
            : new Term.Ref(path.Place, [head, .. rest]);
    }

    /// <summary>In v0 a parameter or local may be called <c>input</c>.</summary>
    private bool IsRoot(string name) => !_frames.Any(f => f.Known.TryGetValue(name, out var k) && k.Kind != Occurrence.Seen);

    private Term.Ref ResolveFunction(Term.Call call)
    {
        var function = call.Function;
        if (function.HeadName is not { } name) return function;
        if (_globals.TryGetValue(name, out var path))
        {
            UsedGlobals.Add(name);
            return new Term.Ref(function.Place, [.. path.Parts, .. function.Parts.Skip(1)]);
        }

        return function;
    }

    private Term.Comprehension ResolveComprehension(Term.Comprehension comprehension)
    {
        _frames.Add(new Frame(DeclaredIn(comprehension.Body)));
        var body = new Body(Literals(comprehension.Body));
        var key = comprehension.Key is null ? null : Resolve(comprehension.Key);
        var value = Resolve(comprehension.Value);
        Leave();
        return new Term.Comprehension(comprehension.Place, comprehension.Kind, key, value, body);
    }

    private Term.Template ResolveTemplate(Term.Template template)
    {
        var parts = new List<TemplatePart>();
        foreach (var part in template.Parts)
        {
            if (part.Literal is null)
            {
                parts.Add(part);
                continue;
            }

            _frames.Add(new Frame([]));
            parts.Add(new TemplatePart(null, OneLiteral(part.Literal)));
            Leave();
        }

        return new Term.Template(template.Place, [.. parts]);
    }
}
