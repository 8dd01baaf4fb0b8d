using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Format;

/// <content>Rules.</content>
internal sealed partial class ModuleFormatter
{
    private void WriteRule(Rule rule, bool isElse)
    {
        if (!isElse) _out.StartLine();
        if (rule.IsDefault) _out.Write("default ");

        // `p := 1` is read as a rule whose body is `true`, and written without one again.
        var isConstant = rule.Else is null
            && rule.Body.Literals is [{ IsNegated: false, Withs.Length: 0, Shape: LiteralShape.Plain only }] && IsTrue(only.Term);
        WriteHead(rule, isElse, isConstant);
        if (isConstant)
        {
            _out.EndLine();
            return;
        }

        var body = rule.Body.Literals;
        if (_hasIf && (_hasContains || rule.Head.Value is not null))
        {
            _out.Write(" if");
            if (body.Count == 1 && body[0].Place.Row == rule.Head.Place.Row)
            {
                _out.Write(" ");
                WriteLiteral(body[0]);
                _out.EndLine();
                if (rule.Else is not null) WriteElse(rule);
                return;
            }
        }

        _out.Write(" {");
        _out.EndLine();
        _out.Up();
        WriteBody(body);
        _out.Pass(ClosingRow(rule));
        _out.Down();
        _out.StartLine();
        _out.Write("}");
        if (rule.Else is not null) WriteElse(rule);
    }

    /// <summary>The row of the brace that ends a body, or none.</summary>
    private int ClosingRow(Rule rule)
    {
        var text = _spans.TextOf(rule);
        var skip = rule.Head.Parameters is { Length: > 0 } ? RowOfClosing(text, '(', ')', 0).Index
            : rule.Head.Member is not null ? RowOfClosing(text, '[', ']', 0).Index : 0;
        if (skip < 0) skip = text.Length;
        var (index, _) = RowOfClosing(text, '{', '}', skip);
        return index < 0 ? -1 : rule.Place.Row + text.AsSpan(0, index).Count('\n');
    }

    /// <summary>Where the bracket that matches the first one is, and how many lines below the beginning; -1 when there is
    /// none.</summary>
    private static (int Index, int Rows) RowOfClosing(string text, char open, char close, int from)
    {
        var at = text.IndexOf(open, from);
        if (at < 0) return (-1, -1);
        var depth = 1;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == open) depth++;
            else if (text[i] == close && --depth == 0) return (i, text.AsSpan(0, i).Count('\n'));
        }

        return (-1, -1);
    }

    private int ClosingRow(object node, int row, char open, char close)
    {
        var (index, rows) = RowOfClosing(_spans.TextOf(node), open, close, 0);
        return index < 0 ? -1 : row + rows;
    }

    private void WriteElse(Rule rule)
    {
        var next = rule.Else!;
        var lines = _spans.TextOf(rule).Split('\n');
        var line = next.Place.Row - rule.Place.Row;
        var followsBrace = line > 0 && line < lines.Length && !lines[line].TrimStart().StartsWith("else", StringComparison.Ordinal);
        var hasCommentAbove = (_out.Comments.Count > 0 && _out.Comments[0].Row < next.Place.Row) || _out.HasWaitingComment;
        if (!hasCommentAbove && followsBrace)
        {
            _out.Write(" ");
        }
        else
        {
            _out.BlankLine();
            _out.StartLine();
        }

        _out.Pass(next.Head.Place.Row);
        if (hasCommentAbove && !followsBrace) _out.StartLineUnlessIn();
        WriteRule(next, isElse: true);
    }

    private static Term[] PathOf(RuleHead head) => head.Path.Parts;

    private void WriteHead(Rule rule, bool isElse, bool isConstant)
    {
        var head = rule.Head;
        if (isElse) _out.Write("else");
        else WriteHeadPath(head);
        if (head.Parameters is { Length: > 0 } parameters && !isElse)
        {
            _out.Write("(");
            WriteItems(parameters, head.Place.Row, ClosingRow(head, head.Place.Row, '(', ')'));
            _out.Write(")");
        }

        if (head.Member is { } member)
        {
            _out.Write(_hasContains ? " contains " : "[");
            WriteTerm(member);
            if (!_hasContains) _out.Write("]");
            return;
        }

        if (head.Value is not { } value || IsImplied(rule, isElse, isConstant)) return;
        _out.Write(head.IsAssigned || IsV1 ? " := " : " = ");
        WriteTerm(value);
    }

    /// <summary>Whether a value of <c>true</c> needs no words.</summary>
    private bool IsImplied(Rule rule, bool isElse, bool isConstant)
    {
        var head = rule.Head;
        if (!IsTrue(head.Value) || rule.IsDefault) return false;
        if (!isConstant) return rule.HasIf || _hasIf || head.Path.Parts.Length != 2 || head.ValueIsGenerated || isElse;
        return head.ValueIsGenerated && !isElse && !(IsV1 && head.Parameters is null);
    }

    private void WriteHeadPath(RuleHead head)
    {
        var parts = PathOf(head);
        if (_hasPathHeads || parts.Length == 1)
        {
            WritePath(head.Path);
            return;
        }

        _out.Write($"{parts[0]}[{parts[1]}]");
    }
}
