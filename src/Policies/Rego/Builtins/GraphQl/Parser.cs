using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>
/// Reads GraphQL documents (GraphQL specification, October 2021) to the objects that policies see; lists that are empty are left
/// out of them. This part reads what queries and schemas share.
/// </summary>
internal sealed partial class Parser
{
    private const int DeepestNesting = 200;

    private readonly Lexer _lexer;
    private Token _next;
    private Token _previous;
    private int _depth;

    private Parser(string text)
    {
        _lexer = new Lexer(text);
        _next = _lexer.Next();
    }

    private static GraphQlException Problem(Token token, string message) =>
        new($"{message} in GraphQL string at location {token.Line}:{token.Column}");

    private static GraphQlException Unexpected(Token token) => Problem(token, $"Unexpected {token}");

    private static void Put(RegoObjectBuilder into, string key, List<RegoValue> items)
    {
        if (items.Count > 0) into.Set(key, RegoValue.Of(new RegoArray([.. items])));
    }

    private static RegoValue Text(string text) => RegoValue.Of(text);

    private Token Take()
    {
        _previous = _next;
        _next = _lexer.Next();
        return _previous;
    }

    private bool Skip(string sign)
    {
        if (!_next.Is(sign)) return false;
        Take();
        return true;
    }

    private void Expect(string sign)
    {
        if (!Skip(sign)) throw Problem(_next, $"Expected {sign}, found {_next}");
    }

    private void ExpectWord(string word)
    {
        if (!_next.IsWord(word)) throw Problem(_next, $"Expected \"{word}\", found {_next}");
        Take();
    }

    private string Name() =>
        _next.Kind == TokenKind.Name ? Take().Text : throw Problem(_next, $"Expected Name, found {_next}");

    private static RegoLimitException TooDeep() => new(RegoErrorCodes.LimitDepth, $"a GraphQL document is nested more than {DeepestNesting} deep");

    /// <summary>The items between two signs; none when the first sign is not there.</summary>
    private List<RegoValue> Many(string open, string close, Func<RegoValue> read, bool atLeastOne = false)
    {
        var items = new List<RegoValue>();
        if (!Skip(open)) return items;
        if (++_depth > DeepestNesting) throw TooDeep();
        while (!_next.Is(close)) items.Add(read());
        if (atLeastOne && items.Count == 0)
            throw Problem(_next, $"expected at least one definition, found {_next.KindName}");
        Take();
        _depth--;
        return items;
    }

    private List<RegoValue> Some(string open, string close, Func<RegoValue> read) => Many(open, close, read, atLeastOne: true);

    private List<RegoValue> Directives(bool isConstant)
    {
        var all = new List<RegoValue>();
        while (Skip("@"))
        {
            var one = new RegoObjectBuilder();
            one.Set("Name", Text(Name()));
            one.Set("Location", Text(""));
            Put(one, "Arguments", Arguments(isConstant));
            all.Add(RegoValue.Of(one.Build()));
        }

        return all;
    }

    private List<RegoValue> Arguments(bool isConstant) => Many("(", ")", () => Entry(isConstant));

    /// <summary>A name, a colon and a value.</summary>
    private RegoValue Entry(bool isConstant)
    {
        var one = new RegoObjectBuilder();
        one.Set("Name", Text(Name()));
        Expect(":");
        one.Set("Value", Value(isConstant));
        return RegoValue.Of(one.Build());
    }

    private RegoValue Value(bool isConstant)
    {
        var token = _next;
        var children = new List<RegoValue>();
        var (kind, raw) = (ValueKind.Variable, token.Text);
        switch (token)
        {
            case { Kind: TokenKind.Punctuator, Text: "[" }:
                (kind, raw) = (ValueKind.List, "");
                children = Many("[", "]", () => Child(isConstant));
                break;
            case { Kind: TokenKind.Punctuator, Text: "{" }:
                (kind, raw) = (ValueKind.Object, "");
                children = Many("{", "}", () => Entry(isConstant));
                break;
            case { Kind: TokenKind.Punctuator, Text: "$" } when !isConstant:
                Take();
                raw = Name();
                break;
            case { Kind: TokenKind.Invalid or TokenKind.End or TokenKind.Punctuator }:
                throw Unexpected(token);
            default:
                kind = ScalarKind(Take());
                break;
        }

        var value = new RegoObjectBuilder();
        value.Set("Raw", Text(raw));
        value.Set("Kind", RegoValue.Of((long)kind));
        value.Set("ExpectedTypeHasDefault", RegoValue.False);
        Put(value, "Children", children);
        return RegoValue.Of(value.Build());
    }

    private static ValueKind ScalarKind(Token token) => token switch
    {
        { Kind: TokenKind.Int } => ValueKind.Int,
        { Kind: TokenKind.Float } => ValueKind.Float,
        { Kind: TokenKind.String } => ValueKind.String,
        { Kind: TokenKind.BlockString } => ValueKind.Block,
        { Text: "true" or "false" } => ValueKind.Boolean,
        { Text: "null" } => ValueKind.Null,
        _ => ValueKind.Enum,
    };

    private RegoValue Child(bool isConstant)
    {
        var one = new RegoObjectBuilder();
        one.Set("Name", Text(""));
        one.Set("Value", Value(isConstant));
        return RegoValue.Of(one.Build());
    }

    private RegoValue Type()
    {
        if (++_depth > DeepestNesting) throw TooDeep();
        var type = new RegoObjectBuilder();
        if (Skip("["))
        {
            type.Set("NamedType", Text(""));
            type.Set("Elem", Type());
            Expect("]");
        }
        else
        {
            type.Set("NamedType", Text(Name()));
        }

        type.Set("NonNull", RegoValue.Of(Skip("!")));
        _depth--;
        return RegoValue.Of(type.Build());
    }
}
