using System.Text;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Yaml;

/// <content>Anchors, aliases, tags and block scalars.</content>
internal sealed partial class YamlReader
{
    private RegoValue Anchored(string text, int start, int parent)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var name = end < 0 ? text[1..] : text[1..end];
        var before = _values;
        var value = Rest(end < 0 ? text.Length : end, start, parent);
        _anchors[name] = (value, Math.Max(1, _values - before));
        return value;
    }

    private RegoValue Tagged(string text, int start, int parent)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var tag = end < 0 ? text : text[..end];
        var value = Rest(end < 0 ? text.Length : end, start, parent);
        if (tag is "!!int" or "!!float" or "!!bool" or "!!null" && value.AsString is { } quoted)
        {
            return YamlScalars.Plain(quoted.Text);
        }
        return tag == "!!str" && value.AsString is null && !value.IsCollection
            ? RegoValue.Of(value.Kind == RegoKind.Null ? "" : value.ToString())
            : value;
    }

    private RegoValue Rest(int used, int start, int parent)
    {
        _lines[_row] = new string(' ', start + used) + Line[(start + used)..];
        var next = IndentOf(Line);
        if (next < Line.Length && Line[next] != '#') return Inline(next, parent, parent + 1);
        _row++;
        return Below(parent, sameForSequences: true);
    }

    private RegoValue Alias(string text)
    {
        var name = WithoutComment(text)[1..];
        _row++;
        return Known(name);
    }

    private RegoValue Known(string name)
    {
        if (!_anchors.TryGetValue(name, out var known)) throw Wrong($"unknown anchor '{name}' referenced");
        _values += known.Size;
        return _values <= ValueLimit ? known.Value : throw TooLarge();
    }

    private static RegoLimitException TooLarge() =>
        new(RegoErrorCodes.LimitSize, $"a YAML document has more than {ValueLimit} values, what its aliases repeat among them");

    private string BlockScalar(string head, int parent)
    {
        var folds = head[0] == '>';
        var header = WithoutComment(head)[1..];
        var explicitIndent = header.FirstOrDefault(char.IsAsciiDigit);
        var indent = explicitIndent == '\0' ? -1 : Math.Max(parent, 0) + (explicitIndent - '0');
        var lines = new List<string>();
        for (_row++; HasLine; _row++)
        {
            var own = IndentOf(Line);
            var blank = own == Line.Length;
            if (!blank && indent < 0) indent = own > parent ? own : int.MaxValue;
            if (!blank && own < indent) break;
            lines.Add(blank && own <= indent || indent < 0 ? "" : Line[Math.Min(indent, Line.Length)..]);
        }

        var trailing = lines.Count - 1;
        while (trailing >= 0 && lines[trailing].Length == 0) trailing--;
        var kept = lines.Take(trailing + 1).ToList();
        var text = folds ? Folded(kept) : string.Join('\n', kept);
        if (header.Contains('-', StringComparison.Ordinal)
            || (text.Length == 0 && !header.Contains('+', StringComparison.Ordinal))) return text;
        return header.Contains('+', StringComparison.Ordinal) ? text + new string('\n', lines.Count - trailing - 1) : text + "\n";
    }

    private static string Folded(List<string> lines)
    {
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                var hard = lines[i].Length == 0 || lines[i][0] is ' ' or '\t' || lines[i - 1].Length == 0
                    || lines[i - 1][0] is ' ' or '\t';
                text.Append(hard ? lines[i].Length > 0 && lines[i - 1].Length == 0 && lines[i][0] is not (' ' or '\t') ? ""
                    : "\n" : " ");
            }

            text.Append(lines[i]);
        }

        return text.ToString();
    }

    private RegoValue FlowNode(int start)
    {
        var text = new StringBuilder(Line[start..]);
        ValueGuard.Work((_lines.Length - _row) >> 3);
        for (var i = _row + 1; i < _lines.Length; i++) text.Append('\n').Append(_lines[i]);
        var flow = new Flow(this, text.ToString());
        var value = flow.Value();
        var (used, rest) = flow.Used();
        _row += used;
        if (rest.TrimStart(" \t") is not ([] or ['#', ..])) throw Wrong("did not find what was expected after a flow node");
        _row++;
        return value;
    }
}
