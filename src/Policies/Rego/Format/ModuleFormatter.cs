using System.Text;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Format;

/// <summary>Writes a module back: the package, groups of imports, rules. Nothing is moved but imports inside a group.</summary>
internal sealed partial class ModuleFormatter
{
    private readonly Module _module;
    private readonly SourceSpans _spans;
    private readonly LineWriter _out;
    private readonly bool _hasIf;
    private readonly bool _hasContains;
    private readonly bool _hasPathHeads;

    public ModuleFormatter(Module module)
    {
        _module = module;
        _spans = module.Spans!;
        _out = new LineWriter(module.Comments);
        var imported = module.Imports.Select(i => i.Path.Parts).Where(p => p is [Term.Var { Name: "future" }, ..])
            .Select(p => p.Length < 3 ? "" : ((Term.Constant)p[2]).Value.Text).ToHashSet(StringComparer.Ordinal);
        _hasIf = module.IsStrictV1 || imported.Contains("") || imported.Contains("if");
        _hasContains = module.IsStrictV1 || imported.Contains("") || imported.Contains("contains");
        _hasPathHeads = module.Rules.Any(r => PathOf(r.Head).Length > 2 || (PathOf(r.Head).Length == 2 && r.Head.Member is not null));
    }

    private bool IsV1 => _module.IsStrictV1;

    public string Format()
    {
        _out.Pass(_module.PackagePlace.Row);
        _out.StartLine();
        _out.Write("package ");
        WritePath(_module.PackageWritten as Term.Ref ?? new Term.Ref(_module.PackagePlace, [_module.PackageWritten]));
        _out.BlankLine();
        var statements = Kept(_module.Imports).Cast<object>().Concat(_module.Rules)
            .OrderBy(s => PlaceOf(s).Row).ThenBy(s => PlaceOf(s).Column).ToList();
        for (var i = 0; i < statements.Count;)
        {
            var imports = statements.Skip(i).TakeWhile(s => s is Import).Cast<Import>().ToList();
            WriteImports(imports);
            i += imports.Count;
            var rules = statements.Skip(i).TakeWhile(s => s is Rule).Cast<Rule>().ToList();
            WriteRules(rules);
            i += rules.Count;
        }

        foreach (var comment in _out.Comments) _out.WriteComment(comment);
        return _out.Text.TrimEnd('\n') + "\n";
    }

    private static PolicyPlace PlaceOf(object statement) => statement is Import import ? import.Place : ((Rule)statement).Place;

    /// <summary><c>import rego.v1</c> makes imports of keywords needless.</summary>
    private static IEnumerable<Import> Kept(IReadOnlyList<Import> imports) =>
        imports.Any(i => i.Path.HeadName == "rego") ? imports.Where(i => i.Path.HeadName != "future" || IsNot(i)) : imports;

    private static bool IsNot(Import import) => import.Path.Parts is [_, _, Term.Constant { Value.Text: "not" or "and" or "or" }];

    private void WriteImports(List<Import> imports)
    {
        var atEnd = new Dictionary<Import, SourceComment>();
        foreach (var comment in _out.Comments)
        {
            if (imports.Find(i => i.Place.Row == comment.Row) is { } import) atEnd[import] = comment;
        }

        foreach (var comment in atEnd.Values) _out.Take(comment);
        for (var i = 0; i < imports.Count;)
        {
            var length = 1;
            while (i + length < imports.Count && imports[i + length].Place.Row - imports[i + length - 1].Place.Row <= 1) length++;
            _out.Pass(imports[i].Place.Row);
            foreach (var import in imports.GetRange(i, length).OrderBy(KeyOf, StringComparer.Ordinal))
            {
                _out.StartLine();
                _out.Write($"import {ImportText(import)}{(import.Alias is null ? "" : $" as {import.Alias}")}");
                if (atEnd.TryGetValue(import, out var comment)) _out.Write($" #{comment.Text.TrimEnd()}");
                _out.EndLine();
            }

            _out.BlankLine();
            i += length;
        }
    }

    private static string ImportText(Import import) =>
        import.Path.HeadName is "future" or "rego"
            ? string.Join('.', import.Path.Parts.Select(p => p is Term.Constant name ? name.Value.Text : ((Term.Var)p).Name))
            : import.Path.ToString();

    private static string KeyOf(Import import)
    {
        var text = new StringBuilder();
        foreach (var part in import.Path.Parts)
        {
            text.Append(part is Term.Constant name ? name.Value.Text : ((Term.Var)part).Name).Append('\u0001');
        }

        return text.Append('\0').Append(import.Alias).ToString();
    }

    private void WriteRules(List<Rule> rules)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            _out.Pass(rules[i].Place.Row);
            WriteRule(rules[i], isElse: false);
            var isGrouped = i + 1 < rules.Count && IsOneLiner(rules[i]) && IsOneLiner(rules[i + 1])
                && rules[i + 1].Place.Row == rules[i].Place.Row + 1;
            if (!isGrouped) _out.BlankLine();
        }
    }

    /// <summary>Such rules may stand directly below one another.</summary>
    private bool IsOneLiner(Rule rule) =>
        rule.Body.Literals.Count == 1 && !rule.IsDefault && _hasIf && (_hasContains || rule.Head.Value is not null);

    private static bool IsTrue(Term? term) => term is Term.Constant { Value.Kind: RegoKind.Boolean, Value.IsTrue: true };
}
