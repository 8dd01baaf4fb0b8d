using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>No rule may need itself, by whatever way.</summary>
internal static class RecursionCheck
{
    public static void Run(Compilation compilation)
    {
        var needs = compilation.Needs;
        foreach (var node in compilation.Root.WithRules()) needs[node] = NeedsOf(compilation.Root, node);
        var done = new HashSet<RuleNode>();
        foreach (var node in needs.Keys)
        {
            if (FindCycle(node, needs, done) is not { } cycle) continue;
            foreach (var one in cycle)
            {
                var at = cycle.IndexOf(one);
                var names = cycle.Skip(at).Concat(cycle.Take(at)).Append(one).Select(n => n.Rules[0].Name);
                compilation.Wrong(
                    RegoErrorCodes.Recursion, $"rule {one.Rules[0].Name} is recursive: {string.Join(" -> ", names)}",
                        one.Rules[0].Place);
            }
        }
    }

    /// <summary>The nodes with rules that the rules of a node may look at.</summary>
    private static HashSet<RuleNode> NeedsOf(RuleNode root, RuleNode node)
    {
        var needs = new HashSet<RuleNode>();
        foreach (var rule in node.Rules)
        {
            for (var one = rule; one is not null; one = one.Else)
            {
                TermVars.Visit(one.Body, Visit);
                foreach (var term in one.HeadTerms) TermVars.Visit(term, Visit);
            }
        }

        // The document of an open rule contains those of the rules below it.
        if (node.IsOpen) needs.UnionWith(node.Children.Values.SelectMany(c => c.WithRules()));
        return needs;

        void Add(IEnumerable<RuleNode> reached)
        {
            foreach (var one in reached)
            {
                EvaluationBudget.Current?.Step();
                needs.Add(one);
            }
        }

        void Visit(Term term)
        {
            var path = term switch { Term.Ref some => some, Term.Call call => call.Function, _ => null };
            if (path is { HeadName: "data" }) Add(Reached(root, path, isCall: term is Term.Call));
        }
    }

    private static IEnumerable<RuleNode> Reached(RuleNode at, Term.Ref path, bool isCall)
    {
        for (var i = 1; i < path.Parts.Length && at.Rules.Count == 0; i++)
        {
            if (path.Parts[i] is not Term.Constant key)
            {
                return at.Children.Values.SelectMany(c => Reached(c, path.Parts.AsMemory(i + 1))).Where(n => !n.IsFunction);
            }

            if (key.Value.AsString is not { } name || at.Find(name.Text) is not { } child) return [];
            at = child;
        }

        return at.WithRules().Where(n => isCall || !n.IsFunction);
    }

    private static IEnumerable<RuleNode> Reached(RuleNode at, ReadOnlyMemory<Term> rest)
    {
        if (at.Rules.Count > 0 || rest.IsEmpty) return at.WithRules();
        if (rest.Span[0] is not Term.Constant key) return at.Children.Values.SelectMany(c => Reached(c, rest[1..]));
        return key.Value.AsString is { } name && at.Find(name.Text) is { } child ? Reached(child, rest[1..]) : [];
    }

    private static List<RuleNode>? FindCycle(
        RuleNode start, Dictionary<RuleNode, HashSet<RuleNode>> needs, HashSet<RuleNode> done)
    {
        var path = new List<RuleNode>();
        var waiting = new Stack<(RuleNode Node, int Depth)>();
        waiting.Push((start, 0));
        while (waiting.TryPop(out var next))
        {
            path.RemoveRange(next.Depth, path.Count - next.Depth);
            var at = path.IndexOf(next.Node);
            if (at >= 0) return path[at..];
            if (!done.Add(next.Node)) continue;
            path.Add(next.Node);
            foreach (var need in needs[next.Node])
            {
                EvaluationBudget.Current?.Charge(1 + (path.Count >> 6));
                if (path.Contains(need)) return path[path.IndexOf(need)..];
                if (!done.Contains(need)) waiting.Push((need, path.Count));
            }
        }

        return null;
    }
}
