using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>
/// The stage that gives every rule a type, those that others need first, and reports what never fits. A rule with mistakes is
/// anything.
/// </summary>
internal static class TypeCheck
{
    public static void Run(Compilation compilation)
    {
        var errors = new List<RegoError>();
        var checker = new TypeChecker(compilation.Types, compilation.Builtins, compilation.Names);
        foreach (var rule in InOrder(compilation)) Check(compilation.Types, checker, rule, errors);
        compilation.Errors.AddRange(Sorted(errors));
    }

    /// <summary>Checks a query against the types of the rules.</summary>
    public static IEnumerable<RegoError> Query(Compilation compilation, IReadOnlyList<Literal> literals)
    {
        var checker = new TypeChecker(compilation.Types, compilation.Builtins, compilation.Names);
        return Sorted(checker.Body(new TypeScope(), literals).Errors);
    }

    private static IEnumerable<RegoError> Sorted(IEnumerable<RegoError> errors) =>
        errors.OrderBy(e => e.Place?.File, StringComparer.Ordinal).ThenBy(e => e.Place?.Row).ThenBy(e => e.Place?.Column);

    private static List<RuleWork> InOrder(Compilation compilation)
    {
        var needs = compilation.Needs;
        var rules = new List<RuleWork>();
        var done = new HashSet<RuleNode>();
        var waiting = new Stack<(RuleNode Node, bool NeedsAreDone)>();
        foreach (var start in needs.Keys)
        {
            waiting.Push((start, false));
            while (waiting.TryPop(out var next))
            {
                if (next.NeedsAreDone)
                {
                    foreach (var rule in next.Node.Rules)
                    {
                        for (var one = rule; one is not null; one = one.Else) rules.Add(one);
                    }
                }
                else if (done.Add(next.Node))
                {
                    waiting.Push((next.Node, true));
                    foreach (var need in needs[next.Node]) waiting.Push((need, false));
                }
            }
        }

        return rules;
    }

    private static void Check(TypeTree documents, TypeChecker checker, RuleWork rule, List<RegoError> errors)
    {
        var keys = rule.Keys.TakeWhile(k => k is Term.Constant).Count();
        RegoValue[] path =
        [
            .. rule.GroundPath.Select(n => RegoSymbols.Of(n)),
            .. rule.Keys.Take(keys).Select(k => ((Term.Constant)k).Value),
        ];
        var (scope, wrong) = checker.Body(new TypeScope(), rule.Body);
        if (wrong.Count > 0)
        {
            errors.AddRange(wrong);
            documents.Forget(path);
            return;
        }

        if (TypeOf(checker, scope, rule, keys) is { } type and not RegoType.UnknownType) documents.Add(path, type);
    }

    private static RegoType TypeOf(TypeChecker checker, TypeScope scope, RuleWork rule, int keys)
    {
        if (rule.Parameters is { } parameters)
        {
            // Nothing in the body says what an unused parameter is.
            foreach (var parameter in parameters)
            {
                foreach (var name in TermVars.Direct(parameter))
                {
                    if (scope.Of(name) is RegoType.UnknownType) scope.Set(name, RegoType.Any);
                }
            }

            return new RegoType.Function(
                [.. parameters.Select(p => checker.Of(scope, p))], rule.Value is null ? null : checker.Of(scope, rule.Value));
        }

        var type = rule.Member is { } member ? new RegoType.SetType(checker.Of(scope, member))
            : rule.Value is { } value ? checker.Of(scope, value) : RegoType.Unknown;
        for (var i = rule.Keys.Length - 1; i >= keys && type is not RegoType.UnknownType; i--)
        {
            var key = checker.Of(scope, rule.Keys[i]);
            type = key is RegoType.UnknownType ? key : new RegoType.ObjectType([], key, type);
        }

        return type is RegoType.SetType { Item: RegoType.UnknownType } ? RegoType.Unknown : type;
    }
}
