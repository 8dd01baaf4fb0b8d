using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>A term of the language, as it was parsed or as a compile stage made it. Immutable.</summary>
internal abstract class Term
{
    private Term(PolicyPlace place) => Place = place;

    public PolicyPlace Place { get; }

    public override string ToString() => TermText.Of(this);

    /// <summary>A scalar, or any value that is known when the policy is compiled.</summary>
    public sealed class Constant(PolicyPlace place, RegoValue value) : Term(place)
    {
        public RegoValue Value { get; } = value;
    }

    /// <summary>A variable. Names that begin with $ are wildcards.</summary>
    public sealed class Var(PolicyPlace place, string name) : Term(place)
    {
        public string Name { get; } = name;

        public bool IsWildcard => Name[0] == '$';
    }

    /// <summary>A path: a head, then the keys that are looked up one after the other.</summary>
    public sealed class Ref(PolicyPlace place, Term[] parts) : Term(place)
    {
        public Term[] Parts { get; } = parts;

        public Term Head => Parts[0];

        /// <summary>The name of the variable that the path begins with; null when it begins with something else.</summary>
        public string? HeadName => (Parts[0] as Var)?.Name;
    }

    /// <summary>A call. The operator is a path (<c>data.lib.f</c>, <c>json.marshal</c>) or one name (<c>plus</c>).</summary>
    public sealed class Call : Term
    {
        public Call(PolicyPlace place, Ref function, Term[] operands)
            : this(place, function, RefNames.Of(function), operands)
        {
        }

        private Call(PolicyPlace place, Ref function, string name, Term[] operands)
            : base(place) => (Function, Name, Operands) = (function, name, operands);

        public Ref Function { get; }

        public Term[] Operands { get; }

        /// <summary>The operator as dotted text.</summary>
        public string Name { get; }

        /// <summary>The same function, called with other operands.</summary>
        public Call Of(Term[] operands) => new(Place, Function, Name, operands);
    }

    /// <summary>An array.</summary>
    public sealed class Array(PolicyPlace place, Term[] items) : Term(place)
    {
        public Term[] Items { get; } = items;
    }

    /// <summary>A set.</summary>
    public sealed class Set(PolicyPlace place, Term[] items) : Term(place)
    {
        public Term[] Items { get; } = items;
    }

    /// <summary>An object.</summary>
    public sealed class Object(PolicyPlace place, KeyValuePair<Term, Term>[] entries) : Term(place)
    {
        public KeyValuePair<Term, Term>[] Entries { get; } = entries;
    }

    /// <summary>A comprehension; only those of objects have a key.</summary>
    public sealed class Comprehension(PolicyPlace place, RegoKind kind, Term? key, Term value, Body body) : Term(place)
    {
        public RegoKind Kind { get; } = kind;

        public Term? Key { get; } = key;

        public Term Value { get; } = value;

        public Body Body { get; } = body;
    }

    /// <summary>A template string: constant parts, and literals whose value is put in.</summary>
    public sealed class Template(PolicyPlace place, TemplatePart[] parts, bool isRaw = false) : Term(place)
    {
        /// <summary>Whether it is written in backticks.</summary>
        public bool IsRaw { get; } = isRaw;

        public TemplatePart[] Parts { get; } = parts;
    }
}

/// <summary>A part of a template string: either a constant or a literal.</summary>
internal sealed record TemplatePart(Term.Constant? Constant, Literal? Literal);

/// <summary>Literals that must all hold.</summary>
internal sealed class Body(IReadOnlyList<Literal> literals)
{
    public IReadOnlyList<Literal> Literals { get; } = literals;
}

/// <summary>One statement of a body.</summary>
internal sealed class Literal(PolicyPlace place, LiteralShape shape, bool isNegated, With[] withs)
{
    public PolicyPlace Place { get; } = place;

    public LiteralShape Shape { get; } = shape;

    public bool IsNegated { get; } = isNegated;

    public With[] Withs { get; } = withs;

    /// <summary>The term of a plain literal, or null.</summary>
    public Term? Term => (Shape as LiteralShape.Plain)?.Term;

    /// <summary>The call that a plain literal is, or null.</summary>
    public Term.Call? Call => Term as Term.Call;

    public Literal WithShape(LiteralShape shape) => new(Place, shape, IsNegated, Withs);

    /// <summary>A literal without negation and replacements.</summary>
    public static Literal Of(PolicyPlace place, Term term) => new(place, new LiteralShape.Plain(term), false, []);

    /// <summary>A unification.</summary>
    public static Literal Unify(PolicyPlace place, Term left, Term right) => Of(place, Calls.Make("eq", place, left, right));
}

/// <summary>A replacement that holds while one literal is evaluated.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Target">What is replaced.</param>
/// <param name="Value">What stands there instead.</param>
/// <param name="StandIn">The name of the function that stands in for another; null when a value does.</param>
internal sealed record With(PolicyPlace Place, Term Target, Term Value, Term.Ref? StandIn = null);

/// <summary>What a literal is.</summary>
internal abstract record LiteralShape
{
    private LiteralShape()
    {
    }

    /// <summary>A term or call that must hold.</summary>
    public sealed record Plain(Term Term) : LiteralShape
    {
        /// <summary>The shape of another term; itself when it is its own.</summary>
        public Plain With(Term term) => ReferenceEquals(term, Term) ? this : new Plain(term);
    }

    /// <summary><c>some x, y</c>: new variables.</summary>
    public sealed record Declare(IReadOnlyList<Term.Var> Names) : LiteralShape;

    /// <summary><c>some k, v in xs</c>.</summary>
    public sealed record Each(Term? Key, Term Value, Term Domain) : LiteralShape;

    /// <summary><c>every k, v in xs { … }</c>.</summary>
    public sealed record Every(Term.Var? Key, Term.Var Value, Term Domain, Body Body) : LiteralShape;

    /// <summary><c>not { … }</c>: nothing satisfies the body.</summary>
    public sealed record Not(Body Body) : LiteralShape;

    /// <summary>Experimental: a body in braces beside <c>and</c> or <c>or</c>; it never outlives parsing.</summary>
    public sealed record Group(Body Body) : LiteralShape;

    /// <summary>Experimental: every one, or any one, of closed bodies holds.</summary>
    public sealed record Logical(bool IsAnd, Body Left, Body Right) : LiteralShape;
}

/// <summary>Makes calls.</summary>
internal static class Calls
{
    /// <summary>The call of an operator that stands between its operands.</summary>
    public static Term.Call Infix(string name, PolicyPlace operatorPlace, params Term[] operands)
    {
        var call = Make(name, operatorPlace, operands);
        return new Term.Call(operands[0].Place, call.Function, operands);
    }

    public static Term.Call Make(string name, PolicyPlace place, params Term[] operands)
    {
        if (!name.Contains('.')) return new Term.Call(place, new Term.Ref(place, [new Term.Var(place, name)]), operands);
        var parts = name.Split('.');
        var path = new Term[parts.Length];
        path[0] = new Term.Var(place, parts[0]);
        for (var i = 1; i < parts.Length; i++) path[i] = new Term.Constant(place, RegoSymbols.Of(parts[i]));
        return new Term.Call(place, new Term.Ref(place, path), operands);
    }
}

/// <summary>Paths as names.</summary>
internal static class RefNames
{
    /// <summary>A path as dotted text; parts that are no plain names stand in brackets.</summary>
    public static string Of(Term.Ref path) => path.Parts.Length == 1 && path.Head is Term.Var only ? only.Name
        : TermText.Of(path);
}
