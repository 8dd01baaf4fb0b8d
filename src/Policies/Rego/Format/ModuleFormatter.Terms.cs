using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Format;

/// <content>Terms.</content>
internal sealed partial class ModuleFormatter
{
    private int _termDepth;

    private void WriteTerm(Term term) => WriteWithin(term, parens: false);

    /// <summary>A term; an infix call in another term stands in parentheses. What has more comments than lines to put them is copied
    /// from the source.</summary>
    private void WriteWithin(Term term, bool parens)
    {
        StackRoom.Ensure();
        if (_termDepth > 0)
        {
            WriteParts(term, parens);
            return;
        }

        _termDepth++;
        var before = _out.Save();
        _out.HasCollision = false;
        WriteParts(term, parens);
        _termDepth--;
        if (!_out.HasCollision) return;
        _out.Restore(before);
        WriteAsWritten(term, term.Place.Row);
    }

    private void WriteAsWritten(object node, int row)
    {
        var text = _spans.TextOf(node);
        var last = row + text.AsSpan().Count('\n');
        _out.StartLineUnlessIn();
        _out.Write(text);
        _out.Drop(row, last - 1);
        _out.Pass(last);
    }

    private void WriteParts(Term term, bool parens)
    {
        StackRoom.Ensure();
        var row = term.Place.Row;
        _out.Pass(row);
        _out.StartLineUnlessIn();
        switch (term)
        {
            case Term.Constant { Value.Kind: RegoKind.String } text:
                WriteString(text);
                break;
            case Term.Constant constant:
                _out.Write(RegoTermText.Of(constant.Value));
                break;
            case Term.Var variable:
                _out.Write(variable.IsWildcard ? "_" : variable.Name);
                break;
            case Term.Ref path:
                WritePath(path);
                break;
            case Term.Call call:
                WriteCall(call, parens);
                break;
            case Term.Array array:
                _out.Write("[");
                WriteItems(array.Items, row, ClosingRow(term, row, '[', ']'));
                _out.Write("]");
                break;
            case Term.Set { Items.Length: 0 }:
                _out.Write("set()");
                break;
            case Term.Set set:
                _out.Write("{");
                WriteItems(set.Items, row, ClosingRow(term, row, '{', '}'));
                _out.Write("}");
                break;
            case Term.Object entries:
                _out.Write("{");
                WriteEntries(entries.Entries, row, ClosingRow(term, row, '{', '}'));
                _out.Write("}");
                break;
            case Term.Comprehension comprehension:
                WriteComprehension(comprehension);
                break;
            default:
                _out.Write(_spans.TextOf(term));
                break;
        }

        _out.StartLineUnlessIn();
    }

    private void WriteString(Term.Constant text)
    {
        var written = _spans.TextOf(text);
        var at = written.IndexOfAny(['"', '`']);
        _out.Write(at >= 0 ? written[at..].TrimEnd(')', ' ') : RegoTermText.Of(text.Value));
    }

    private void WritePath(Term.Ref path)
    {
        if (path.Head is Term.Call { Name: var name } head && Operators.Of(name) is not null) WriteParts(head, IsInParentheses(head));
        else WriteParts(path.Head, parens: false);
        foreach (var part in path.Parts.Skip(1))
        {
            if (part is Term.Constant { Value.AsString: { } text })
            {
                _out.Write(TermText.IsPlainName(text.Text) ? $".{text.Text}" : $"[{RegoTermText.Of(((Term.Constant)part).Value)}]");
                continue;
            }

            _out.Write("[");
            if (part is Term.Var variable) _out.Write(variable.IsWildcard ? "_" : variable.Name);
            else WriteParts(part, parens: false);
            _out.Write("]");
        }
    }

    private bool IsInParentheses(Term term) => _spans.TextOf(term).StartsWith('(');

    private void WriteCall(Term.Call call, bool parens)
    {
        if (call.Name is "internal.member_2" or "internal.member_3")
        {
            var needs = parens && call.Operands.Length == 2;
            if (needs) _out.Write("(");
            WriteMembership(call.Operands, parens: true);
            if (needs) _out.Write(")");
            return;
        }

        if (Operators.Of(call.Name) is not { } mark || call.Operands.Length != 2)
        {
            WriteCallPlain(call);
            return;
        }

        if (parens) _out.Write("(");
        WriteParts(call.Operands[0], parens: true);
        _out.Write($" {mark} ");
        WriteParts(call.Operands[1], parens: true);
        if (parens) _out.Write(")");
    }

    private void WriteCallPlain(Term.Call call)
    {
        _out.Write($"{call.Name}(");
        WriteItems(call.Operands, call.Function.Place.Row, -1);
        _out.Write(")");
    }

    private void WriteItems(Term[] items, int row, int closingRow) =>
        WriteLines(items, static i => i.Place.Row, WriteItem, row, closingRow);

    private void WriteEntries(KeyValuePair<Term, Term>[] entries, int row, int closingRow) =>
        WriteLines(
            entries, static e => e.Key.Place.Row,
            entry =>
            {
                WriteItem(entry.Key);
                _out.Write(": ");
                WriteItem(entry.Value);
            },
            row, closingRow);

    /// <summary><c>|</c> would begin a comprehension where there are no parentheses.</summary>
    private void WriteItem(Term item) =>
        WriteParts(item, item is Term.Call { Name: "or" } && IsInParentheses(item));

    private void WriteLines<T>(T[] items, Func<T, int> rowOf, Action<T> write, int row, int closingRow)
    {
        var hasLines = false;
        for (var i = 1; i < items.Length; i++) hasLines |= rowOf(items[i]) > rowOf(items[i - 1]);
        if (hasLines) _out.StartIndented();
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0 && rowOf(items[i]) > rowOf(items[i - 1]))
            {
                _out.Write(",");
                _out.EndLine();
                _out.StartLine();
            }
            else if (i > 0)
            {
                _out.Write(", ");
            }

            write(items[i]);
        }

        if (!hasLines) return;
        _out.Write(",");
        _out.EndLine();
        _out.Pass(closingRow);
        _out.Down();
        _out.StartLine();
    }

    private void WriteComprehension(Term.Comprehension comprehension)
    {
        var (open, close) = comprehension.Kind == RegoKind.Array ? ('[', ']') : ('{', '}');
        var row = comprehension.Place.Row;
        _out.Write(open);
        var first = comprehension.Key?.Place.Row ?? comprehension.Value.Place.Row;
        if (comprehension.Key is { } key)
        {
            if (first - row > 1) NewLine();
            WriteParts(key, parens: false);
            _out.Write(": ");
        }

        if (first - row >= 1) NewLine();
        WriteParts(comprehension.Value, comprehension.Value is Term.Call && IsInParentheses(comprehension.Value));
        _out.Write(" |");
        WriteInnerBody(comprehension.Body.Literals, first, ClosingRow(comprehension, row, open, close));
        _out.Write(close);
    }

    private void NewLine()
    {
        _out.EndLine();
        _out.StartLine();
    }
}
