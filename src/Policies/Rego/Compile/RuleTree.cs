using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>A rule on its way through the stages: each stage replaces its terms and its body.</summary>
internal sealed class RuleWork
{
    public required Module Module { get; init; }

    public required Rule Source { get; init; }

    /// <summary>The names below <c>data</c> that are known: package, name, and further constant names.</summary>
    public required string[] GroundPath { get; init; }

    /// <summary>The rest of the head's path: the keys of the object that the rule makes.</summary>
    public Term[] Keys { get; set; } = [];

    public Term[]? Parameters { get; set; }

    /// <summary>The member of a set, or null.</summary>
    public Term? Member { get; set; }

    public Term? Value { get; set; }

    public List<Literal> Body { get; set; } = [];

    public RuleWork? Else { get; set; }

    public bool IsDefault => Source.IsDefault;

    public PolicyPlace Place => Source.Place;

    public bool IsFunction => Parameters is not null;

    /// <summary>Whether the rule adds to a collection instead of being the document.</summary>
    public bool IsPartial => Member is not null || Keys.Length > 0;

    public string Name => RuleNode.PathText(GroundPath);

    /// <summary>The terms of the head, parameters aside.</summary>
    public Term[] HeadTerms => (Member, Value) switch
    {
        (null, null) => Keys,
        ({ } member, { } value) => [.. Keys, member, value],
        ({ } member, null) => [.. Keys, member],
        (null, { } value) => [.. Keys, value],
    };
}

/// <summary>A place in the tree of packages and rules, which is laid over the base documents.</summary>
internal sealed class RuleNode(string name, RuleNode? parent)
{
    private readonly SortedDictionary<string, RuleNode> _children = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public RuleNode? Parent { get; } = parent;

    public RegoValue Key { get; } = RegoSymbols.Of(name);

    public IReadOnlyDictionary<string, RuleNode> Children => _children;

    public List<RuleWork> Rules { get; } = [];

    /// <summary>What evaluates the rules here; null where there are none, and before planning.</summary>
    public RuleGroup? Group { get; set; }

    /// <summary>Whether a package with this path exists.</summary>
    public bool IsPackage { get; set; }

    /// <summary>Whether rules here have keys, so that rules below belong to the same document.</summary>
    public bool IsOpen => Rules.Any(r => r.Keys.Length > 0);

    public bool IsFunction => Rules.Count > 0 && Rules[0].IsFunction;

    /// <summary>The path as keys below <c>data</c>; never written to.</summary>
    public RegoValue[] Symbols => field ??= Parent is null ? [] : [.. Parent.Symbols, Key];

    /// <summary>The path as names below <c>data</c>.</summary>
    public string[] Path()
    {
        var names = new List<string>();
        for (var at = this; at.Parent is not null; at = at.Parent) names.Add(at.Name);
        names.Reverse();
        return [.. names];
    }

    public RuleNode Child(string name)
    {
        if (_children.TryGetValue(name, out var known)) return known;
        return _children[name] = new RuleNode(name, this);
    }

    public RuleNode? Find(string name) => _children.GetValueOrDefault(name);

    /// <summary>Whether there is a rule here or below.</summary>
    public bool HasRules() => Rules.Count > 0 || _children.Values.Any(c => c.HasRules());

    /// <summary>All nodes with rules, here and below.</summary>
    public IEnumerable<RuleNode> WithRules() =>
        (Rules.Count > 0 ? [this] : Enumerable.Empty<RuleNode>()).Concat(_children.Values.SelectMany(c => c.WithRules()));

    public static string PathText(IEnumerable<string> names) =>
        string.Concat(names.Select(n => TermText.IsPlainName(n) ? $".{n}" : $"[\"{n}\"]").Prepend("data"));
}
