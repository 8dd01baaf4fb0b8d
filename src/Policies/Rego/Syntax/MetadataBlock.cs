using GitOpsGate.Policies.Rego.Builtins.Yaml;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>
/// What one <c># METADATA</c> comment says: the consecutive comment lines in the first column after the word, read as YAML. It belongs
/// to the statement that follows.
/// </summary>
/// <param name="Said">What was written, with the scope that holds.</param>
/// <param name="Scope"><c>rule</c>, <c>document</c>, <c>package</c> or <c>subpackages</c>; anything else belongs nowhere.</param>
/// <param name="Row">Where the block begins.</param>
/// <param name="LastRow">Where it ends.</param>
/// <param name="Rule">The rule that follows it before anything else does, or null.</param>
internal sealed record MetadataBlock(RegoObject Said, string Scope, int Row, int LastRow, Rule? Rule)
{
    private const string Mark = "METADATA";

    /// <summary>All blocks of a module that can be read, in order. What only looks like metadata must not keep a policy from
    /// working.</summary>
    public static List<MetadataBlock> ReadAll(Module module)
    {
        var blocks = new List<MetadataBlock>();
        var comments = module.Comments;
        for (var i = 0; i < comments.Count; i++)
        {
            if (comments[i].Column != 1 || comments[i].Text.Trim() != Mark) continue;
            var lines = new List<string>();
            var (first, row) = (comments[i].Row, comments[i].Row);
            while (i + 1 < comments.Count && comments[i + 1].Row == row + 1 && comments[i + 1].Column == 1
                && comments[i + 1].Text.Trim() != Mark)
            {
                row = comments[++i].Row;
                lines.Add(comments[i].Text);
            }

            if (Parse(lines) is { } said) blocks.Add(Made(module, said, first, row));
        }

        return blocks;
    }

    /// <summary>Which blocks speak of which rule of the module: of the rule itself, or of the document that it is part of.</summary>
    public static Dictionary<Rule, List<MetadataBlock>> PerRule(Module module, IReadOnlyList<MetadataBlock> blocks)
    {
        var found = new Dictionary<Rule, List<MetadataBlock>>();
        foreach (var rule in blocks.Count == 0 ? [] : module.Rules)
        {
            var own = blocks.Where(b => b.Rule is not null && (ReferenceEquals(b.Rule, rule) && b.Scope == "rule"
                || b.Scope == "document" && NamesOf(b.Rule).SequenceEqual(NamesOf(rule)))).ToList();
            if (own.Count > 0) found[rule] = own;
        }

        return found;
    }

    /// <summary>The constant names at the beginning of a rule's path.</summary>
    public static IEnumerable<string> NamesOf(Rule rule) =>
        rule.Head.Path.Parts.Skip(1)
            .TakeWhile(p => p is Term.Constant { Value.Kind: RegoKind.String })
            .Select(p => ((Term.Constant)p).Value.Text)
            .Prepend(rule.Head.Path.HeadName!);

    private static MetadataBlock Made(Module module, RegoObject said, int first, int last)
    {
        var rule = module.PackagePlace.Row > last ? null
            : module.Rules.Where(r => r.Place.Row > last).MinBy(r => r.Place.Row);
        var scope = said.Find(RegoSymbols.Of("scope")).AsString?.Text
            ?? (rule is null ? "package" : said["entrypoint"].IsTrue ? "document" : "rule");
        return new MetadataBlock(said.With(RegoSymbols.Of("scope"), RegoSymbols.Of(scope)), scope, first, last, rule);
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
}
