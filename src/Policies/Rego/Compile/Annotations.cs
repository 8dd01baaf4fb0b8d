using GitOpsGate.Policies.Rego.Builtins.Yaml;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// What <c># METADATA</c> comments say of rules, documents and packages. A block is the consecutive comment lines in the first
/// column
/// after the word, read as YAML; it belongs to the statement that follows, or to what its <c>scope</c> names.
/// </summary>
internal sealed class Annotations
{
    private const string Mark = "METADATA";

    private static readonly RegoValue Scope = RegoSymbols.Of("scope");

    private readonly Dictionary<Rule, RegoValue> _rules = [];
    private readonly Dictionary<string, RegoValue> _documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoValue> _packages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoValue> _subpackages = new(StringComparer.Ordinal);

    public Annotations(IEnumerable<Module> modules)
    {
        foreach (var module in modules) Read(module);
    }

    /// <summary>What is said of one rule; an empty object when nothing is.</summary>
    public RegoValue Of(RuleWork rule) =>
        _rules.TryGetValue(rule.Source, out var known) ? known : RegoValue.Of(RegoObject.Empty);

    /// <summary>What is said of a rule, its document, its package and the packages above, in this order.</summary>
    public RegoValue ChainOf(RuleWork rule)
    {
        var chain = new List<RegoValue> { Link(rule.GroundPath, _rules.GetValueOrDefault(rule.Source)) };
        if (_documents.TryGetValue(Key(rule.GroundPath), out var document)) chain.Add(Link(rule.GroundPath, document));
        var package = rule.Module.Package;
        if (_packages.TryGetValue(Key(package), out var own)) chain.Add(Link(package, own));
        for (var length = package.Length; length > 0; length--)
        {
            if (_subpackages.TryGetValue(Key(package[..length]), out var above)) chain.Add(Link(package[..length], above));
        }

        return RegoValue.ArrayOf([.. chain]);
    }

    private static string Key(string[] path) => string.Join('\0', path);

    private static RegoValue Link(string[] path, RegoValue annotations)
    {
        var entries = new RegoObjectBuilder();
        entries.Set("path", RegoValue.ArrayOf([.. path.Select(p => RegoValue.Of(p))]));
        if (annotations.IsDefined) entries.Set("annotations", annotations);
        return RegoValue.Of(entries.Build());
    }

    private void Read(Module module)
    {
        var comments = module.Comments;
        for (var i = 0; i < comments.Count; i++)
        {
            if (comments[i].Column != 1 || comments[i].Text.Trim() != Mark) continue;
            var lines = new List<string>();
            var row = comments[i].Row;
            while (i + 1 < comments.Count && comments[i + 1].Row == row + 1 && comments[i + 1].Column == 1
                && comments[i + 1].Text.Trim() != Mark)
            {
                row = comments[++i].Row;
                lines.Add(comments[i].Text);
            }

            if (Parse(lines) is { } said) Attach(module, said, row);
        }
    }

    private static RegoObject? Parse(List<string> lines)
    {
        try
        {
            return YamlReader.Read(string.Join('\n', lines.Select(l => l.StartsWith(' ') ? l[1..] : l))).AsObject is { } said
                ? Normal(said)
                : null;
        }
        catch (YamlException)
        {
            // A comment that only looks like metadata must not keep a policy from working.
            return null;
        }
    }

    private static RegoObject Normal(RegoObject said)
    {
        if (said["authors"].AsArray is { } authors) said = said.With(RegoSymbols.Of("authors"), Each(authors, Author));
        if (said["related_resources"].AsArray is { } links)
        {
            said = said.With(RegoSymbols.Of("related_resources"), Each(links, Resource));
        }
        return said;
    }

    private static RegoValue Each(RegoArray items, Func<RegoValue, RegoValue> change) =>
        RegoValue.ArrayOf([.. items.Items.ToArray().Select(change)]);

    private static RegoValue Author(RegoValue author)
    {
        if (author.AsString is not { } text) return author;
        var entries = new RegoObjectBuilder();
        var open = text.Text.LastIndexOf('<');
        var hasMail = open >= 0 && text.Text.EndsWith('>');
        var name = (hasMail ? text.Text[..open] : text.Text).Trim();
        if (name.Length > 0) entries.Set("name", RegoValue.Of(name));
        if (hasMail) entries.Set("email", RegoValue.Of(text.Text[(open + 1)..^1]));
        return RegoValue.Of(entries.Build());
    }

    private static RegoValue Resource(RegoValue resource)
    {
        if (resource.AsString is null) return resource;
        var entries = new RegoObjectBuilder();
        entries.Set("ref", resource);
        return RegoValue.Of(entries.Build());
    }

    private void Attach(Module module, RegoObject said, int row)
    {
        var rule = module.Rules.Where(r => r.Place.Row > row).MinBy(r => r.Place.Row);
        var isPackage = module.PackagePlace.Row > row;
        var scope = said.Find(Scope).AsString?.Text ?? (isPackage ? "package" : "rule");
        var value = RegoValue.Of(said.With(Scope, RegoSymbols.Of(scope)));
        switch (scope)
        {
            case "rule" when rule is not null && !isPackage:
                _rules[rule] = value;
                break;
            case "document" when rule is not null && !isPackage:
                _documents[Key([.. module.Package, .. NamesOf(rule)])] = value;
                break;
            case "package":
                _packages[Key(module.Package)] = value;
                break;
            case "subpackages":
                _subpackages[Key(module.Package)] = value;
                break;
        }
    }

    private static IEnumerable<string> NamesOf(Rule rule) =>
        rule.Head.Path.Parts.Skip(1)
            .TakeWhile(p => p is Term.Constant { Value.Kind: RegoKind.String })
            .Select(p => ((Term.Constant)p).Value.Text)
            .Prepend(rule.Head.Path.HeadName!);
}
