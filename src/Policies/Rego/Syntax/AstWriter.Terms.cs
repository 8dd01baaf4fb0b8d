using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <content>Bodies and terms.</content>
internal sealed partial class AstWriter
{
    private void Body(Body body)
    {
        StackRoom.Ensure();
        json.WriteStartArray();
        for (var i = 0; i < body.Literals.Count; i++) Literal(body.Literals[i], i);
        json.WriteEndArray();
    }

    private void Literal(Literal literal, int index)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        Location(literal.Place, literal);
        if (literal.IsNegated || literal.Shape is LiteralShape.Not) json.WriteBoolean("negated", true);
        json.WritePropertyName("terms");
        Shape(literal);
        Each("with", literal.Withs, With);
        json.WriteEndObject();
    }

    private void Shape(Literal literal)
    {
        switch (literal.Shape)
        {
            case LiteralShape.Plain plain:
                Statement(plain.Term);
                break;
            case LiteralShape.Not { Body.Literals: [{ Shape: LiteralShape.Plain only, Withs.Length: 0 }] }:
                Statement(only.Term);
                break;
            case LiteralShape.Declare declare:
                Symbols(literal, () => Each("symbols", declare.Names, Term));
                break;
            case LiteralShape.Each each:
                Symbols(literal, () => Membership(each));
                break;
            case LiteralShape.Every every:
                Every(literal, every);
                break;
            case LiteralShape.Not not:
                Bodies(("body", not.Body));
                break;
            case LiteralShape.Group group:
                Bodies(("body", group.Body));
                break;
            case LiteralShape.Logical logical:
                Bodies((logical.IsAnd ? "and" : "or", logical.Left), ("with", logical.Right));
                break;
        }
    }

    private void Symbols(Literal literal, Action write)
    {
        json.WriteStartObject();
        Location(literal.Place, "some");
        write();
        json.WriteEndObject();
    }

    private void Membership(LiteralShape.Each each)
    {
        json.WritePropertyName("symbols");
        json.WriteStartArray();
        Term(each.Key is null
            ? Calls.Make("internal.member_2", each.Value.Place, each.Value, each.Domain)
            : Calls.Make("internal.member_3", each.Key.Place, each.Key, each.Value, each.Domain));
        json.WriteEndArray();
    }

    private void Every(Literal literal, LiteralShape.Every every)
    {
        json.WriteStartObject();
        json.WritePropertyName("body");
        Body(every.Body);
        json.WritePropertyName("domain");
        Term(every.Domain);
        json.WritePropertyName("key");
        if (every.Key is null) json.WriteNullValue();
        else Term(every.Key);
        Location(literal.Place, "every");
        json.WritePropertyName("value");
        Term(every.Value);
        json.WriteEndObject();
    }

    private void Bodies(params ReadOnlySpan<(string Name, Body Body)> bodies)
    {
        json.WriteStartObject();
        foreach (var (name, body) in bodies)
        {
            json.WritePropertyName(name);
            Body(body);
        }

        json.WriteEndObject();
    }

    /// <summary>A call that is a statement is its operator and its operands; any other term is itself.</summary>
    private void Statement(Term term)
    {
        if (term is not Term.Call call)
        {
            Term(term);
            return;
        }

        if (isCanonical && call.Operands is [var left, var right, var result] && Operators.Of(call.Name) is not null)
        {
            call = Calls.Make("eq", call.Place, result, new Term.Call(call.Place, call.Function, [left, right]));
        }

        json.WriteStartArray();
        Term(call.Function);
        foreach (var operand in call.Operands) Term(operand);
        json.WriteEndArray();
    }

    private void With(With with)
    {
        json.WriteStartObject();
        Location(with.Place, with);
        json.WritePropertyName("target");
        Term(with.Target);
        json.WritePropertyName("value");
        Term(with.Value);
        json.WriteEndObject();
    }

    private void Term(Term term)
    {
        StackRoom.Ensure();
        json.WriteStartObject();
        Location(term.Place, term);
        json.WriteString("type", TermKinds.NameOf(term));
        json.WritePropertyName("value");
        switch (term)
        {
            case Term.Constant { Value.Kind: RegoKind.Null }:
                Bodies();
                break;
            case Term.Constant constant:
                json.WriteRawValue(RegoJson.ToText(constant.Value));
                break;
            case Term.Var variable:
                json.WriteStringValue(variable.Name);
                break;
            case Term.Object entries:
                Pairs(entries);
                break;
            case Term.Comprehension comprehension:
                Comprehension(comprehension);
                break;
            case Term.Template template:
                Template(template);
                break;
            default:
                json.WriteStartArray();
                if (term is Term.Call call) Term(call.Function);
                foreach (var child in ChildrenOf(term)) Term(child);
                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }

    private static Term[] ChildrenOf(Term term) => term switch
    {
        Term.Ref path => path.Parts,
        Term.Call call => call.Operands,
        Term.Array array => array.Items,
        Term.Set set => set.Items,
        _ => [],
    };

    private void Pairs(Term.Object entries)
    {
        json.WriteStartArray();
        foreach (var (key, value) in entries.Entries)
        {
            json.WriteStartArray();
            Term(key);
            Term(value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private void Comprehension(Term.Comprehension comprehension)
    {
        json.WriteStartObject();
        if (comprehension.Key is { } key)
        {
            json.WritePropertyName("key");
            Term(key);
        }

        json.WritePropertyName(comprehension.Key is null ? "term" : "value");
        Term(comprehension.Value);
        json.WritePropertyName("body");
        Body(comprehension.Body);
        json.WriteEndObject();
    }

    private void Template(Term.Template template)
    {
        json.WriteStartObject();
        json.WritePropertyName("parts");
        json.WriteStartArray();
        foreach (var part in template.Parts)
        {
            if (part.Constant is { } constant) Term(constant);
            else Literal(part.Literal!, 0);
        }

        json.WriteEndArray();
        json.WriteBoolean("multi_line", template.IsRaw);
        json.WriteEndObject();
    }

    private void Scalar(Term written, string type, string value)
    {
        json.WriteStartObject();
        Location(written.Place, written);
        json.WriteString("type", type);
        json.WriteString("value", value);
        json.WriteEndObject();
    }
}
