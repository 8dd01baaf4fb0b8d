using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Format;

/// <content>Bodies and literals.</content>
internal sealed partial class ModuleFormatter
{
    private void WriteBody(IReadOnlyList<Literal> body)
    {
        StackRoom.Ensure();
        _out.Pass(body[0].Place.Row);
        for (var i = 0; i < body.Count; i++)
        {
            if (i > 0 && body[i].Place.Row > LastRow(body[i - 1]) + 1) _out.BlankLine();
            _out.StartLine();
            WriteLiteral(body[i]);
            _out.EndLine();
        }
    }

    private int LastRow(Literal literal) => literal.Place.Row + _spans.TextOf(literal).AsSpan().Count('\n');

    private void WriteLiteral(Literal literal)
    {
        StackRoom.Ensure();
        _out.Pass(literal.Place.Row);
        _out.StartLineUnlessIn();
        if (literal.IsNegated) _out.Write("not ");
        switch (literal.Shape)
        {
            case LiteralShape.Declare declare:
                WriteDeclaration(literal.Place.Row, declare);
                break;
            case LiteralShape.Each each:
                _out.Write("some ");
                WriteMembership(each.Key is null ? [each.Value, each.Domain] : [each.Key, each.Value, each.Domain], parens: false);
                break;
            case LiteralShape.Every every:
                WriteEvery(literal, every);
                break;
            case LiteralShape.Plain { Term: Term.Call call }:
                WriteStatement(call);
                break;
            case LiteralShape.Plain plain:
                WriteTerm(plain.Term);
                break;
            default:
                WriteAsWritten(literal, literal.Place.Row);
                return;
        }

        WriteWiths(literal.Withs);
    }

    private void WriteWiths(With[] withs)
    {
        var isIndented = false;
        for (var i = 0; i < withs.Length; i++)
        {
            var continues = i == 0 || withs[i].Place.Row == withs[i - 1].Place.Row;
            if (!continues)
            {
                if (!isIndented) _out.Up();
                isIndented = true;
                _out.EndLine();
                _out.StartLine();
            }

            _out.Pass(withs[i].Place.Row);
            _out.Write(continues ? " with " : "with ");
            WriteTerm(withs[i].Target);
            _out.Write(" as ");
            WriteTerm(withs[i].Value);
        }

        if (isIndented) _out.Down();
    }

    private void WriteDeclaration(int row, LiteralShape.Declare declare)
    {
        _out.Write("some ");
        for (var i = 0; i < declare.Names.Count; i++)
        {
            var name = declare.Names[i];
            if (name.Place.Row > row)
            {
                _out.EndLine();
                _out.StartLine();
                _out.Write("\t");
                row = name.Place.Row;
            }
            else if (i > 0)
            {
                _out.Write(" ");
            }

            WriteTerm(name);
            if (i < declare.Names.Count - 1) _out.Write(",");
        }
    }

    private void WriteEvery(Literal literal, LiteralShape.Every every)
    {
        _out.Write("every ");
        if (every.Key is not null)
        {
            WriteTerm(every.Key);
            _out.Write(", ");
        }

        WriteTerm(every.Value);
        _out.Write(" in ");
        WriteTerm(every.Domain);
        _out.Write(" {");
        WriteInnerBody(every.Body.Literals, literal.Place.Row, -1);
        if (every.Body.Literals is [{ Place.Row: var row }] && row == literal.Place.Row) _out.Write(" ");
        _out.Write("}");
    }

    private void WriteStatement(Term.Call call)
    {
        var operands = call.Operands;
        if (call.Name is "internal.member_2" or "internal.member_3")
        {
            WriteMembership(operands, parens: false);
        }
        else if (Operators.Of(call.Name) is { } mark && operands.Length is 2 or 3)
        {
            if (operands.Length == 3)
            {
                WriteTerm(operands[2]);
                _out.Write(" = ");
            }

            WriteOperand(operands[0], call.Name);
            _out.Write($" {mark} ");
            WriteOperand(operands[1], call.Name);
        }
        else
        {
            WriteCallPlain(call);
        }
    }

    /// <summary>An operand of a statement stands in parentheses only where it must.</summary>
    private void WriteOperand(Term operand, string of)
    {
        var parens = operand is Term.Call inner && Operators.LevelOf(inner.Name) is >= 0 and var level
            && level <= Operators.LevelOf(of);
        if (parens) WriteWithin(operand, parens: true);
        else WriteTerm(operand);
    }

    private void WriteMembership(Term[] operands, bool parens)
    {
        parens &= operands.Length == 3;
        if (parens) _out.Write("(");
        WriteWithin(operands[0], parens: operands is not [Term.Call { Name: "internal.member_2" }, _]);
        if (operands.Length == 3)
        {
            _out.Write(", ");
            WriteWithin(operands[1], parens: true);
        }

        _out.Write(" in ");
        WriteWithin(operands[^1], parens: true);
        if (parens) _out.Write(")");
    }

    /// <summary>A body inside a term: on the same line when it was, otherwise a line for each literal.</summary>
    private void WriteInnerBody(IReadOnlyList<Literal> body, int row, int closingRow)
    {
        var isOnLines = body[0].Place.Row > row;
        for (var i = 1; i < body.Count; i++) isOnLines |= body[i].Place.Row > body[i - 1].Place.Row;
        if (isOnLines)
        {
            _out.EndLine();
            _out.Up();
            WriteBody(body);
        }
        else
        {
            for (var i = 0; i < body.Count; i++)
            {
                _out.Write(i == 0 ? " " : "; ");
                WriteLiteral(body[i]);
            }
        }

        _out.Pass(closingRow);
        if (!isOnLines) return;
        _out.Down();
        _out.StartLine();
    }
}
