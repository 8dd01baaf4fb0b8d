using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <content>Terms, and what patterns declare.</content>
internal sealed partial class Scoping
{
    private static Term.Var[] PatternVars(Term pattern) => pattern switch
    {
        Term.Var variable => [variable],
        Term.Array array => [.. array.Items.SelectMany(PatternVars)],
        Term.Object entries => [.. entries.Entries.SelectMany(e => PatternVars(e.Value))],
        _ => [],
    };

    /// <summary>The names that a body declares; null for none.</summary>
    private static HashSet<string>? DeclaredIn(Body body)
    {
        HashSet<string>? names = null;
        for (var i = 0; i < body.Literals.Count; i++)
        {
            switch (body.Literals[i].Shape)
            {
                case LiteralShape.Declare declare:
                    foreach (var variable in declare.Names) Add(variable);
                    break;
                case LiteralShape.Each each:
                    foreach (var variable in PatternVars(each.Value)) Add(variable);
                    if (each.Key is null) break;
                    foreach (var variable in PatternVars(each.Key)) Add(variable);
                    break;
                case LiteralShape.Plain { Term: Term.Call { Name: "assign", Operands: [var left, _] } }:
                    foreach (var variable in PatternVars(left)) Add(variable);
                    break;
            }
        }

        return names;

        void Add(Term.Var variable) => (names ??= new HashSet<string>(StringComparer.Ordinal)).Add(variable.Name);
    }

    private Term[] Resolve(Term[] terms) => terms.Mapped(this, static (term, scoping) => scoping.Resolve(term));

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
                var function = ResolveFunction(call);
                var operands = Resolve(call.Operands);
                return ReferenceEquals(function, call.Function) ? call.WithOperands(operands) : new Term.Call(call.Place, function, operands);
            case Term.Array or Term.Set or Term.Object:
                return term.MappedParts(this, static (part, scoping) => scoping.Resolve(part));
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

            if (frame.Pending?.Contains(variable.Name) == true) return SeenVar(variable);
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
        if (path.Head is Term.Var { Name: "input" or "data" } root && IsRoot(root.Name))
        {
            return path.WithParts(path.Parts.Mapped((Scoping: this, root), static (part, to) => ReferenceEquals(part, to.root) ? part : to.Scoping.Resolve(part)));
        }

        var parts = Resolve(path.Parts);
        return parts[0] is Term.Ref longer && path.Head is Term.Var
            ? new Term.Ref(path.Place, [.. longer.Parts, .. parts.AsSpan(1)])
            : path.WithParts(parts);
    }

    /// <summary>In v0 a parameter or local may be called <c>input</c>.</summary>
    private bool IsRoot(string name)
    {
        foreach (var frame in _frames)
        {
            if (frame.Known.TryGetValue(name, out var known) && known.Kind != Occurrence.Seen) return false;
        }

        return true;
    }

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

            _frames.Add(new Frame(null));
            parts.Add(new TemplatePart(null, OneLiteral(part.Literal)));
            Leave();
        }

        return new Term.Template(template.Place, [.. parts]);
    }
}
