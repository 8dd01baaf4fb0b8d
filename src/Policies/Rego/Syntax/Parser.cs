using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>What a parser accepts beyond the plain language.</summary>
/// <param name="Version">The edition of the language.</param>
/// <param name="AllowExperimental">Whether <c>and</c> and <c>or</c> may be imported as keywords.</param>
/// <param name="KeepSpans">Whether the module knows where in the source each of its parts stands.</param>
/// <param name="ImprovedNot">Whether every module negates as with <c>import future.keywords.not</c>.</param>
internal sealed record ParserOptions(
    RegoVersion Version, bool AllowExperimental = false, bool KeepSpans = false, bool ImprovedNot = false);

/// <summary>
/// A recursive-descent parser, one method per production. Where the language needs more than one token of foresight, the parser
/// tries,
/// and goes back to a saved state: its state is small, and parsed terms are remembered by position so that trying stays linear.
/// </summary>
internal sealed partial class Parser
{
    private const int DepthLimit = 600;

    private readonly string _file;
    private readonly ParserOptions _options;
    private readonly Lexer _lexer;
    private readonly List<RegoError> _errors = [];
    private readonly List<SourceComment> _comments = [];
    private readonly Dictionary<string, TokenKind> _keywords;
    private readonly Dictionary<(int At, TokenKind Kind, int Keywords),
        (Term? Term, State After, RegoError[] Errors)> _known = [];

    private Token _token;
    private TokenKind _kind;
    private bool _skippedNewline;
    private int _wildcards;
    private int _depth;
    private int _lastEnd;
    private readonly SourceSpans? _spans;

    private Parser(string file, string text, ParserOptions options)
    {
        _file = file;
        _options = options;
        _lexer = new Lexer(file, text);
        _improvedNot = options.ImprovedNot;
        if (options.KeepSpans) _spans = new SourceSpans(text);
        _keywords = new Dictionary<string, TokenKind>(Tokens.Always, StringComparer.Ordinal);
        if (options.Version == RegoVersion.V1) ImportKeywords(Tokens.Future);
    }

    private PolicyPlace Here => new(_file, _token.Row, _token.Column);

    /// <summary>Parses a query: literals separated by semicolons or line ends.</summary>
    public static (Body? Query, IReadOnlyList<RegoError> Errors) ParseQuery(string file, string text, ParserOptions options)
    {
        if (SourceText.Problem(file, text) is { } problem) return (null, [problem]);
        var parser = new Parser(file, text, options);
        var (statements, errors) = parser.ParseStatements(withRules: false);
        if (errors.Count > 0) return (null, errors);
        var literals = new List<Literal>();
        foreach (var statement in statements)
        {
            if (statement is BodyStatement body) literals.AddRange(body.Body.Literals);
            else return (null, [new RegoError(RegoErrorCodes.Parse, "expected body", statement.Place)]);
        }

        return (new Body(literals), []);
    }

    /// <summary>Parses a module.</summary>
    public static (Module? Module, IReadOnlyList<RegoError> Errors) ParseModule(string file, string text, ParserOptions options)
    {
        if (SourceText.Problem(file, text) is { } problem) return (null, [problem]);
        var parser = new Parser(file, text, options);
        var (statements, errors) = parser.ParseStatements(withRules: true);
        return errors.Count > 0 ? (null, errors) : ModuleShape.Make(
            file, options.Version, statements, parser._comments, parser._spans);
    }

    private (List<Statement> Statements, IReadOnlyList<RegoError> Errors) ParseStatements(bool withRules)
    {
        var statements = new List<Statement>();
        try
        {
            Scan();
            while (_kind != TokenKind.End && ParseStatement(statements, withRules))
            {
            }
        }
        catch (InsufficientExecutionStackException)
        {
            _errors.Add(new RegoError(RegoErrorCodes.Parse, "nested too deeply", Here));
        }

        return (statements, _errors.Count > 1 ? [.. _errors.DistinctBy(e => (e.Place, e.Message))] : _errors);
    }

    /// <summary>One statement: package, import, rules, or a body, tried in this order.</summary>
    private bool ParseStatement(List<Statement> statements, bool withRules)
    {
        // What was tried in the statement before is not tried again.
        _known.Clear();

        // An import may be wrong without keeping what follows from being read.
        var (start, before) = (Save(), _errors.Count);
        if (ParsePackage() is { } package) return Add(package);
        if (_errors.Count > before) return false;
        Restore(start);
        if (ParseImport() is { } import) return Add(import);
        if (_errors.Count > before) return false;
        Restore(start);
        if (withRules)
        {
            var rules = ParseRules();
            if (rules is not null)
            {
                statements.AddRange(rules.Select(r => new RuleStatement(r)));
                return _errors.Count == before;
            }

            if (_errors.Count > before) return false;
            Restore(start);
        }

        var place = Here;
        return ParseLiterals(requireSemicolon: true, TokenKind.End) is { } body && Add(new BodyStatement(place, body));

        bool Add(Statement statement)
        {
            statements.Add(statement);
            return true;
        }
    }

    private void ImportKeywords(IEnumerable<KeyValuePair<string, TokenKind>> keywords)
    {
        foreach (var (name, kind) in keywords) _keywords[name] = kind;
    }

    private void Enter()
    {
        StackRoom.Ensure();
        if (++_depth > DepthLimit) throw new InsufficientExecutionStackException();
    }

    private void Leave() => _depth--;

    private void Scan() => Scan(skipSpace: true);

    private void ScanAdjacent() => Scan(skipSpace: false);

    private void Scan(bool skipSpace)
    {
        EvaluationBudget.Current?.Step();
        _skippedNewline = false;
        while (true)
        {
            var before = _errors.Count;
            Take(_lexer.Next(_comments, _errors), before);
            if (_kind != TokenKind.Whitespace) return;
            if (_token.Text == "\n") _skippedNewline = true;
            if (!skipSpace) return;
        }
    }

    private void ScanTemplate(bool raw)
    {
        _skippedNewline = false;
        var before = _errors.Count;
        Take(_lexer.ContinueTemplate(raw, _errors), before);
    }

    private void Take(Token token, int errorsBefore)
    {
        if (_kind != TokenKind.Whitespace) _lastEnd = _token.End;
        _token = token;
        _kind = _errors.Count > errorsBefore ? TokenKind.Illegal : token.Kind;
        if (_kind == TokenKind.Identifier && _keywords.TryGetValue(token.Text, out var keyword)) _kind = keyword;
    }

    private static bool IsRefKeyword(TokenKind kind) => Tokens.IsKeyword(kind);

    /// <summary>Whether the token is a keyword that begins a path, as in <c>input.if</c>'s sibling <c>not.foo</c>; then it is a
    /// name.</summary>
    private bool TakeKeywordAsName()
    {
        if (!IsRefKeyword(_kind)) return false;
        var start = Save();
        ScanAdjacent();
        var next = _kind;
        Restore(start);
        if (next is not (TokenKind.Dot or TokenKind.LeftBracket)) return false;
        _kind = TokenKind.Identifier;
        return true;
    }

    private State Save() => new(_token, _kind, _lexer.Position, _errors.Count, _skippedNewline, _wildcards, _lastEnd);

    private void Restore(State state)
    {
        _token = state.Token;
        _kind = state.Kind;
        _lexer.Position = state.Position;
        if (_errors.Count > state.Errors) _errors.RemoveRange(state.Errors, _errors.Count - state.Errors);
        _skippedNewline = state.SkippedNewline;
        _wildcards = state.Wildcards;
        _lastEnd = state.LastEnd;
    }

    /// <summary>Notes that a node reaches from an offset to the end of the last token before the current one.</summary>
    private T Marked<T>(T node, int start)
        where T : class
    {
        _spans?.Set(node, start, _lastEnd);
        return node;
    }

    /// <summary>The call of the operator whose token is given; it reaches from an offset to here.</summary>
    private Term.Call Infix(string name, Token mark, int start, params Term[] operands)
    {
        var call = Calls.Infix(name, new PolicyPlace(_file, mark.Row, mark.Column), operands);
        if (_spans is null) return call;
        _spans.Set(call.Function, mark.Start, mark.End);
        foreach (var part in call.Function.Parts) _spans.Set(part, mark.Start, mark.End);
        return Marked(call, start);
    }

    /// <summary>The same, for what the current token has not ended yet.</summary>
    private T MarkedToHere<T>(T node, int start)
        where T : class
    {
        _spans?.Set(node, start, _token.Start);
        return node;
    }

    private void Error(PolicyPlace place, string message) => _errors.Add(new RegoError(RegoErrorCodes.Parse, message, place));

    /// <summary>Reports the current token as out of place.</summary>
    private void Unexpected(string note = "")
    {
        if (_kind == TokenKind.Illegal)
        {
            Error(Here, "illegal token");
            return;
        }

        var what = $"unexpected {Tokens.NameOf(_kind)} {(Tokens.IsKeyword(_kind) ? "keyword" : "token")}";
        Error(Here, note.Length == 0 ? what : $"{what}: {note}");
    }

    private readonly record struct State(
        Token Token, TokenKind Kind, (int At, int Row, int Column) Position, int Errors, bool SkippedNewline,
            int Wildcards, int LastEnd);
}

/// <summary>A statement of a module, before the module takes shape.</summary>
internal abstract record Statement(PolicyPlace Place);

internal sealed record PackageStatement(PolicyPlace Place, string[] Path, Term Written) : Statement(Place);

internal sealed record ImportStatement(Import Import) : Statement(Import.Place);

internal sealed record RuleStatement(Rule Rule) : Statement(Rule.Place);

internal sealed record BodyStatement(PolicyPlace Place, Body Body) : Statement(Place);
