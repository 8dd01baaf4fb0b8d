using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>What metadata comments say of rules, documents and packages, over all modules.</summary>
internal sealed class Annotations
{
    private readonly Dictionary<Rule, RegoValue> _rules = [];
    private readonly Dictionary<string, RegoValue> _documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoValue> _packages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoValue> _subpackages = new(StringComparer.Ordinal);

    public Annotations(IEnumerable<Module> modules)
    {
        foreach (var module in modules.Where(m => m.Comments.Count > 0))
        {
            foreach (var block in MetadataBlock.ReadAll(module)) Attach(module, block);
        }
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

    private void Attach(Module module, MetadataBlock block)
    {
        var value = RegoValue.Of(block.Said);
        switch (block.Scope)
        {
            case "rule" when block.Rule is not null:
                _rules[block.Rule] = value;
                break;
            case "document" when block.Rule is not null:
                _documents[Key([.. module.Package, .. MetadataBlock.NamesOf(block.Rule)])] = value;
                break;
            case "package":
                _packages[Key(module.Package)] = value;
                break;
            case "subpackages":
                _subpackages[Key(module.Package)] = value;
                break;
        }
    }
}
