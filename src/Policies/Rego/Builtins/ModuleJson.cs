using System.Text;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Shows a parsed module as OPA's <c>ast.Module</c> looks in JSON.</summary>
internal sealed class ModuleJson(BuiltinContext context)
{
    public RegoValue Of(Module module)
    {
        var path = module.Package.Select(name => Typed("string", RegoValue.Of(name))).Prepend(Typed("var", RegoValue.Of("data")));
        return Object(
            ("package", Object(("path", Array(path)))),
            ("imports", ListOrNothing(module.Imports.Select(Import))),
            ("rules", ListOrNothing(module.Rules.Select(Rule))),
            ("comments", ListOrNothing(module.Comments.Select(comment => Comment(module.File, comment)))));
    }

    private RegoValue Import(Import import) => Object(
        ("path", Term(import.Path)), ("alias", import.Alias is null ? default : RegoValue.Of(import.Alias)));

    private static RegoValue Comment(string file, SourceComment comment) => Object(
        ("Text", RegoValue.Of(Convert.ToBase64String(Encoding.UTF8.GetBytes(comment.Text)))),
        ("Location", Object(
            ("file", RegoValue.Of(file)), ("row", RegoValue.Of((long)comment.Row)), ("col", RegoValue.Of((long)comment.Column)))));

    private RegoValue Rule(Rule rule)
    {
        StackRoom.Ensure();
        return Object(
            ("head", Head(rule.Head)),
            ("body", Body(rule.Body)),
            ("default", rule.IsDefault ? RegoValue.True : default),
            ("else", rule.Else is null ? default : Rule(rule.Else)));
    }

    private RegoValue Head(RuleHead head)
    {
        var parts = head.Path.Parts;

        // Two parts were a name and a key before heads could be longer; OPA shows them so to this day.
        var isPair = parts.Length == 2 && head.Parameters is null && head.Member is null;
        var key = head.Member ?? (isPair && (!head.ValueIsGenerated || parts[1] is not Syntax.Term.Constant) ? parts[1] : null);
        var isNamed = parts.Length == 1 || (isPair && !head.ValueIsGenerated);
        return Object(
            ("name", isNamed && head.Path.HeadName is { } name ? RegoValue.Of(name) : default),
            ("ref", Array(parts.Select(Term))),
            ("args", head.Parameters is { Length: > 0 } ? Array(head.Parameters.Select(Term)) : default),
            ("key", key is null ? default : Term(key)),
            ("value", head.Value is null ? default : Term(head.Value)),
            ("assign", head.IsAssigned ? RegoValue.True : default));
    }

    private RegoValue Body(Body body) => Array(body.Literals.Select(Literal));

    private RegoValue Literal(Literal literal, int index)
    {
        context.Budget.Charge(8);
        return Object(
            ("index", RegoValue.Of((long)index)),
            ("negated", literal.IsNegated ? RegoValue.True : default),
            ("terms", Shape(literal.Shape)),
            ("with", ListOrNothing(literal.Withs.Select(with =>
                Object(("target", Term(with.Target)), ("value", Term(with.StandIn ?? with.Value)))))));
    }

    private RegoValue Shape(LiteralShape shape)
    {
        StackRoom.Ensure();
        switch (shape)
        {
            case LiteralShape.Plain { Term: Term.Call call }:
                return Array(call.Operands.Select(Term).Prepend(Term(call.Function)));
            case LiteralShape.Plain plain:
                return Term(plain.Term);
            case LiteralShape.Declare declared:
                return Object(("symbols", Array(declared.Names.Select(Term))));
            case LiteralShape.Each each:
                Term[] operands = each.Key is null ? [each.Value, each.Domain] : [each.Key, each.Value, each.Domain];
                var member = Calls.Make($"internal.member_{operands.Length}", operands[0].Place, operands);
                return Object(("symbols", Array([Term(member)])));
            case LiteralShape.Every every:
                return Object(
                    ("key", every.Key is null ? RegoValue.Null : Term(every.Key)), ("value", Term(every.Value)),
                    ("domain", Term(every.Domain)), ("body", Body(every.Body)));
            case LiteralShape.Not not:
                return Object(("not", Body(not.Body)));
            case LiteralShape.Group group:
                return Body(group.Body);
            case LiteralShape.Logical logical:
                return Object((logical.IsAnd ? "and" : "or", Array([Body(logical.Left), Body(logical.Right)])));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private RegoValue Term(Term term)
    {
        StackRoom.Ensure();
        context.Budget.Charge(4);
        return Typed(TermKinds.NameOf(term), term switch
        {
            Term.Constant constant => ConstantValue(constant.Value),
            Term.Var var => RegoValue.Of(var.Name),
            Term.Ref path => Array(path.Parts.Select(Term)),
            Term.Call call => Array(call.Operands.Select(Term).Prepend(Term(call.Function))),
            Term.Array array => Array(array.Items.Select(Term)),
            Term.Set set => Array(set.Items.Order(TermOrder.Instance).Select(Term)),
            Term.Object entries => Array(entries.Entries.OrderBy(e => e.Key, TermOrder.Instance)
                .Select(e => Array([Term(e.Key), Term(e.Value)]))),
            Term.Comprehension made => Comprehension(made),
            Term.Template template => Object(("parts", Array(template.Parts.Select((part, i) =>
                part.Constant is null ? Literal(part.Literal!, i) : Term(part.Constant))))),
            _ => throw new System.Diagnostics.UnreachableException(),
        });
    }

    private RegoValue Comprehension(Term.Comprehension made) => made.Key is null
        ? Object(("term", Term(made.Value)), ("body", Body(made.Body)))
        : Object(("key", Term(made.Key)), ("value", Term(made.Value)), ("body", Body(made.Body)));

    private static RegoValue ConstantValue(RegoValue value) => value.Kind switch
    {
        // OPA's null is an empty struct, which is an empty object in JSON.
        RegoKind.Null => RegoValue.Of(RegoObject.Empty),
        RegoKind.Array => Array(value.AsArray!.Items.ToArray().Select(ConstantTerm)),
        RegoKind.Set => Array(value.AsSet!.Items.ToArray().Select(ConstantTerm)),
        RegoKind.Object => Array(value.AsObject!.Keys.ToArray()
            .Select(key => Array([ConstantTerm(key), ConstantTerm(value.AsObject.Find(key))]))),
        RegoKind.Undefined or RegoKind.Boolean or RegoKind.Number or RegoKind.String => value,
    };

    private static RegoValue ConstantTerm(RegoValue value) => Typed(RegoKindNames.NameOf(value.Kind), ConstantValue(value));

    private static RegoValue Typed(string type, RegoValue value) => Object(("type", RegoValue.Of(type)), ("value", value));

    private static RegoValue Array(IEnumerable<RegoValue> items) => RegoValue.ArrayOf([.. items]);

    private static RegoValue ListOrNothing(IEnumerable<RegoValue> items)
    {
        RegoValue[] all = [.. items];
        return all.Length == 0 ? default : RegoValue.ArrayOf(all);
    }

    private static RegoValue Object(params ReadOnlySpan<(string Name, RegoValue Value)> fields)
    {
        var made = new RegoObjectBuilder(fields.Length);
        foreach (var (name, value) in fields)
        {
            if (value.IsDefined) made.Set(name, value);
        }

        return RegoValue.Of(made.Build());
    }

    /// <summary>The order of members: constants by value, then variables, then the rest as they were written.</summary>
    private sealed class TermOrder : IComparer<Term>
    {
        public static TermOrder Instance { get; } = new();

        public int Compare(Term? left, Term? right)
        {
            if (left is Term.Constant a && right is Term.Constant b) return a.Value.CompareTo(b.Value);
            if (left is Term.Var x && right is Term.Var y) return string.CompareOrdinal(x.Name, y.Name);
            return RankOf(left).CompareTo(RankOf(right));
        }

        private static int RankOf(Term? term) => term is null ? 0 : TermKinds.NameOf(term) switch { "var" => 1, "ref" => 2, "call" => 3, _ => term is Syntax.Term.Constant ? 0 : 4 };
    }
}
