using System.Globalization;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>
/// Reads the templates of Go's package text/template: actions, conditions, loops, variables, pipelines, nested templates. Methods
/// and functions of one's own do not exist here.
/// </summary>
internal sealed class TemplateParser
{
    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq", "ge", "gt",
        "le", "lt", "ne",
    };

    private readonly List<TemplateToken> _tokens;
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal) { "$" };
    private readonly Dictionary<string, TemplateNode[]> _named;
    private int _at;
    private int _loops;

    private TemplateParser(List<TemplateToken> tokens, Dictionary<string, TemplateNode[]> named)
    {
        _tokens = tokens;
        _named = named;
    }

    private TemplateToken Token => _tokens[_at];

    /// <summary>Reads a template and those that are defined in it.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    public static (TemplateNode[] Root, IReadOnlyDictionary<string, TemplateNode[]> Named) Read(string text)
    {
        var named = new Dictionary<string, TemplateNode[]>(StringComparer.Ordinal);
        var parser = new TemplateParser(TemplateLexer.Read(text), named);
        var root = parser.Nodes(out var end);
        return end == "" ? (root, named) : throw parser.Wrong($"unexpected {{{{{end}}}}}");
    }

    /// <summary>Nodes up to an action that ends them: <c>end</c>, <c>else</c>, or nothing at the end of the text.</summary>
    private TemplateNode[] Nodes(out string end)
    {
        StackRoom.Ensure();
        var nodes = new List<TemplateNode>();
        while (Token.Kind != TemplateTokenKind.End)
        {
            if (Token.Kind == TemplateTokenKind.Text)
            {
                nodes.Add(new TemplateNode.Text(Token.Text));
                _at++;
                continue;
            }

            _at++;
            SkipSpace();
            if (Token is { Kind: TemplateTokenKind.Word, Text: "end" or "else" })
            {
                end = Token.Text;
                _at++;
                return [.. nodes];
            }

            if (Action() is { } node) nodes.Add(node);
        }

        end = "";
        return [.. nodes];
    }

    private TemplateNode? Action()
    {
        var word = Token.Kind == TemplateTokenKind.Word ? Token.Text : "";
        switch (word)
        {
            case "if" or "with" or "range":
                _at++;
                return Branch(word switch { "if" => BranchKind.If, "with" => BranchKind.With, _ => BranchKind.Range });
            case "break" or "continue":
                _at++;
                if (_loops == 0) throw Wrong($"{{{{{word}}}}} outside {{{{range}}}}");
                Close(word);
                return new TemplateNode.Jump(word == "break");
            case "template":
                _at++;
                var name = Name("template clause");
                var argument = Token.Kind == TemplateTokenKind.Close ? null : Pipeline("template clause");
                Close("template clause");
                return new TemplateNode.Call(name, argument);
            case "define" or "block":
                _at++;
                return Definition(word);
            default:
                var pipeline = Pipeline("command");
                Close("command");
                return new TemplateNode.Output(pipeline);
        }
    }

    private TemplateNode.Call? Definition(string word)
    {
        var name = Name($"{word} clause");
        var argument = word == "block" ? Pipeline("block clause") : null;
        Close($"{word} clause");
        var outer = _variables.ToArray();
        _variables.IntersectWith(["$"]);
        var nodes = Nodes(out var end);
        if (end != "end") throw Wrong(end.Length == 0 ? "unexpected EOF" : $"unexpected {{{{{end}}}}} in {word} clause");
        Close("end");
        _variables.UnionWith(outer);
        if (word == "block") _named.TryAdd(name, nodes);
        else _named[name] = nodes;
        return word == "block" ? new TemplateNode.Call(name, argument) : null;
    }

    private TemplateNode.Branch Branch(BranchKind kind)
    {
        var context = kind switch { BranchKind.If => "if", BranchKind.With => "with", _ => "range" };
        var outer = _variables.ToArray();
        var pipeline = Pipeline(context);
        Close(context);
        if (kind == BranchKind.Range) _loops++;
        var then = Nodes(out var end);
        if (kind == BranchKind.Range) _loops--;
        TemplateNode[] otherwise = [];
        if (end == "else") otherwise = Else(kind, context, ref end);
        if (end != "end") throw Wrong("unexpected EOF");
        Close("end");
        _variables.IntersectWith(outer);
        return new TemplateNode.Branch(kind, pipeline, then, otherwise);
    }

    private TemplateNode[] Else(BranchKind kind, string context, ref string end)
    {
        SkipSpace();
        var isChain = kind != BranchKind.Range && Token.Kind == TemplateTokenKind.Word && Token.Text == context;
        if (isChain)
        {
            // `else if` is an `if` that shares the end.
            _at++;
            var before = _variables.ToArray();
            var pipeline = Pipeline(context);
            Close(context);
            var then = Nodes(out end);
            TemplateNode[] otherwise = end == "else" ? Else(kind, context, ref end) : [];
            _variables.IntersectWith(before);
            return [new TemplateNode.Branch(kind, pipeline, then, otherwise)];
        }

        Close("else");
        var nodes = Nodes(out end);
        return end == "else" ? throw Wrong($"expected end; found {{{{else}}}}") : nodes;
    }

    private Pipeline Pipeline(string context)
    {
        StackRoom.Ensure();
        SkipSpace();
        var (variables, declares) = Variables(context == "range");
        var commands = new List<TemplateOperand[]>();
        while (true)
        {
            commands.Add(Command(context));
            SkipSpace();
            if (Token.Kind != TemplateTokenKind.Pipe) break;
            _at++;
        }

        if (declares) _variables.UnionWith(variables);
        foreach (var name in declares ? [] : variables)
        {
            if (!_variables.Contains(name)) throw Wrong($"undefined variable {GoQuote.Text(name, false, false)}");
        }

        return new Pipeline(variables, declares, [.. commands]);
    }

    private (string[] Variables, bool Declares) Variables(bool isRange)
    {
        var start = _at;
        var names = new List<string>();
        while (Token.Kind == TemplateTokenKind.Variable)
        {
            names.Add(Token.Text);
            _at++;
            SkipSpace();
            if (Token.Kind is TemplateTokenKind.Declare or TemplateTokenKind.Assign)
            {
                var declares = Token.Kind == TemplateTokenKind.Declare;
                _at++;
                SkipSpace();
                return ([.. names], declares);
            }

            if (Token.Kind != TemplateTokenKind.Comma || !isRange || names.Count > 1) break;
            _at++;
            SkipSpace();
        }

        _at = start;
        return ([], false);
    }

    private TemplateOperand[] Command(string context)
    {
        var operands = new List<TemplateOperand>();
        while (true)
        {
            SkipSpace();
            if (Operand() is not { } operand) break;
            operands.Add(operand);
            if (Token.Kind is TemplateTokenKind.Space) continue;
            if (Token.Kind is TemplateTokenKind.Pipe or TemplateTokenKind.Close or TemplateTokenKind.RightParen) break;
            throw Wrong($"unexpected {GoQuote.Text(Token.Text, false, false)} in operand");
        }

        return operands.Count > 0 ? [.. operands] : throw Wrong(context == "command" ? "missing value for command" : $"missing value for {context}");
    }

    private TemplateOperand? Operand()
    {
        var token = Token;
        switch (token.Kind)
        {
            case TemplateTokenKind.Word:
                _at++;
                if (token.Text is "true" or "false") return new TemplateOperand.Literal(token.Text == "true");
                if (token.Text == "nil") return new TemplateOperand.Nil();
                return Functions.Contains(token.Text) ? new TemplateOperand.Function(token.Text)
                    : throw Wrong($"function {GoQuote.Text(token.Text, false, false)} not defined");
            case TemplateTokenKind.Dot:
                _at++;
                return new TemplateOperand.Field([]);
            case TemplateTokenKind.Field:
                return new TemplateOperand.Field(Fields());
            case TemplateTokenKind.Variable:
                _at++;
                if (!_variables.Contains(token.Text)) throw Wrong($"undefined variable {GoQuote.Text(token.Text, false, false)}");
                return new TemplateOperand.Variable(token.Text, Fields());
            case TemplateTokenKind.LeftParen:
                _at++;
                var nested = Pipeline("parenthesized pipeline");
                if (Token.Kind != TemplateTokenKind.RightParen) throw Wrong("unclosed left paren");
                _at++;
                return new TemplateOperand.Nested(nested, Fields());
            case TemplateTokenKind.String:
                _at++;
                return new TemplateOperand.Literal(token.Text);
            case TemplateTokenKind.Character:
                _at++;
                return new TemplateOperand.Literal((long)char.ConvertToUtf32(token.Text, 0));
            case TemplateTokenKind.Number:
                _at++;
                return new TemplateOperand.Literal(Number(token.Text));
            default:
                return null;
        }
    }

    private string[] Fields()
    {
        var names = new List<string>();
        for (; Token.Kind == TemplateTokenKind.Field; _at++) names.Add(Token.Text);
        return [.. names];
    }

    private object Number(string text)
    {
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (plain.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && long.TryParse(plain.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)) return hex;
        if (long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        return double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : throw Wrong($"bad number syntax: {GoQuote.Text(text, false, false)}");
    }

    private string Name(string context)
    {
        SkipSpace();
        if (Token.Kind != TemplateTokenKind.String) throw Wrong($"unexpected {GoQuote.Text(Token.Text, false, false)} in {context}");
        var name = Token.Text;
        _at++;
        SkipSpace();
        return name;
    }

    private void Close(string context)
    {
        SkipSpace();
        if (Token.Kind != TemplateTokenKind.Close) throw Wrong($"unexpected {GoQuote.Text(Token.Text, false, false)} in {context}");
        _at++;
    }

    private void SkipSpace()
    {
        while (Token.Kind == TemplateTokenKind.Space) _at++;
    }

    private TemplateException Wrong(string problem) => new($"template: template:{Token.Line}: {problem}");
}
