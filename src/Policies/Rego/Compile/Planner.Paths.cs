using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <content>Paths into the input, the base documents, the rules, and values.</content>
internal sealed partial class Planner
{
    /// <param name="path">The path.</param>
    /// <param name="end">How what it leads to is read.</param>
    private Source Path(Term.Ref path, BaseReading end = BaseReading.Whole)
    {
        switch (path.Head)
        {
            case Term.Var { Name: "input" } when !_known.ContainsKey("input"):
                return InputPath(path.Parts);
            case Term.Var { Name: "data" } when !_known.ContainsKey("data"):
                return DataPath(path.Parts, end);
            default:
                return Steps(Evaluate(path.Head), path.Parts, 1, LookupRoot.Value);
        }
    }

    /// <summary>What a literal goes through.</summary>
    private Source Domain(Term term) => term is Term.Ref path ? Path(path, BaseReading.Items) : Evaluate(term);

    private Source InputPath(Term[] parts)
    {
        if (parts.Length > 1) return Steps(default, parts, 1, LookupRoot.Input);
        var into = NewSlot();
        Emit(new LoadInputNode(into));
        return Source.At(into);
    }

    /// <summary>The steps of a path from a value: known keys are looked up together, unknown ones are gone through.</summary>
    private Source Steps(Source from, Term[] parts, int start, LookupRoot root, BaseReading end = BaseReading.Whole)
    {
        var keys = new List<Source>();
        for (var i = start; i < parts.Length; i++)
        {
            if (IsKnown(parts[i]))
            {
                keys.Add(Evaluate(parts[i]));
                continue;
            }

            from = Looked(from, keys, root, i + 1 == parts.Length && end == BaseReading.Whole ? BaseReading.Items : BaseReading.Steps);
            root = LookupRoot.Value;
            var (key, item) = (NewSlot(), NewSlot());
            Emit(new IterateNode(from, key, item));
            _isCostly = true;
            Match(parts[i], Source.At(key));
            from = Source.At(item);
        }

        return Looked(from, keys, root, end);
    }

    private Source Looked(Source from, List<Source> keys, LookupRoot root, BaseReading reading)
    {
        if (keys.Count == 0 && root == LookupRoot.Value) return from;
        var into = NewSlot();
        Emit(keys.Count == 0 && root == LookupRoot.Input ? new LoadInputNode(into) : new LookupNode(root, from, [.. keys], into, reading));
        keys.Clear();
        return Source.At(into);
    }

    private Source DataPath(Term[] parts, BaseReading end)
    {
        var node = _context.Root;
        var i = 1;
        while (i < parts.Length && node.Rules.Count == 0
            && parts[i] is Term.Constant { Value.AsString: { } name } && node.Find(name.Text) is { } child)
        {
            node = child;
            i++;
        }

        if (node.Group is { } group) return RulePath(group, node, parts, i);
        var path = node.Symbols;
        var into = NewSlot();
        if (i == parts.Length)
        {
            Emit(new ReadTreeNode(node, path, into));
            _isCostly = true;
            return Source.At(into);
        }

        if (node.Children.Count == 0 || parts[i] is Term.Constant) return Steps(default, parts, 1, LookupRoot.Base, end);
        Emit(new OpenCursorNode(node, path, into));
        _isCostly = true;
        return CursorPath(into, parts, i);
    }

    private Source CursorPath(int at, Term[] parts, int start)
    {
        for (var i = start; i < parts.Length; i++)
        {
            var into = NewSlot();
            if (IsKnown(parts[i]))
            {
                Emit(new StepCursorNode(at, Evaluate(parts[i]), into));
            }
            else
            {
                var key = NewSlot();
                Emit(new IterateCursorNode(at, key, into));
                Match(parts[i], Source.At(key));
            }

            at = into;
        }

        var closed = NewSlot();
        Emit(new CloseCursorNode(at, closed));
        return Source.At(closed);
    }

    private Source RulePath(RuleGroup group, RuleNode node, Term[] parts, int start)
    {
        var path = node.Symbols;
        var keys = new List<Source>();
        if (group.Kind is RuleGroupKind.Set or RuleGroupKind.Open)
        {
            while (start < parts.Length && keys.Count < Math.Max(1, DepthOf(node)) && IsKnown(parts[start]))
            {
                keys.Add(Evaluate(parts[start++]));
            }
        }

        var into = NewSlot();
        _isCostly = true;
        if (keys.Count > 0) Emit(new AskRuleNode(group, path, [.. keys], into));
        else Emit(new ReadRuleNode(group, path, into));
        return Steps(Source.At(into), parts, start, LookupRoot.Value);
    }

    private static int DepthOf(RuleNode node) => Math.Max(
        node.Rules.Count == 0 ? 0 : node.Rules.Max(r => r.Keys.Length),
        node.Children.Count == 0 ? 0 : 1 + node.Children.Values.Max(DepthOf));
}
