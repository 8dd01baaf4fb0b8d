using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Compile.Types;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>
/// Takes modules through the stages, in the table's order; a stage that finds errors is the last one. The order matters: it
/// decides what
/// a policy means, not only what is reported first.
/// </summary>
internal sealed class Compilation
{
    private static readonly (string Name, Action<Compilation> Run)[] Stages =
    [
        ("build the tree of rules", static c => RuleTreeBuilding.Run(c)),
        ("check names", static c => c.ForEachModule(StrictChecks.Names)),
        ("resolve names", static c => c.ForEachModule(ResolveNames)),
        ("check conflicts", static c => ConflictCheck.Run(c)),
        ("flatten bodies", static c => c.ForEachRule(c.Flattening().Rule)),
        ("check functions", static c => FunctionCheck.Run(c)),
        ("check replacements", static c => WithCheck.Run(c)),
        ("check heads", static c => Safety.CheckHeads(c)),
        ("order bodies", static c => c.ForEachRule(new Safety(c.Context.Arity, c.Names, c.Errors, c.KeepPrints).Rule)),
        ("check recursion", static c => RecursionCheck.Run(c)),
        ("check types", static c => TypeCheck.Run(c)),
    ];

    public Compilation(
        IReadOnlyList<Module> modules, BuiltinTable builtins, bool keepPrints, RuleNode? root = null, PlanWatch? watch = null)
    {
        Modules = modules;
        Builtins = builtins;
        KeepPrints = keepPrints;
        Root = root ?? new RuleNode("data", null);
        Context = new PlanContext(Root, builtins, keepsPrints: keepPrints) { Watch = watch };
        if (watch is not null) watch.Names = Names;
    }

    public IReadOnlyList<Module> Modules { get; }

    public BuiltinTable Builtins { get; }

    public bool KeepPrints { get; }

    /// <summary>Whether what is only careless is an error, in every edition of the language.</summary>
    public bool IsStrict { get; init; }

    public RuleNode Root { get; }

    public PlanContext Context { get; }

    public LocalNames Names { get; } = new();

    /// <summary>Which nodes with rules the rules of a node may look at.</summary>
    public Dictionary<RuleNode, HashSet<RuleNode>> Needs { get; } = [];

    /// <summary>The types of all documents that rules make.</summary>
    public TypeTree Types { get; private init; } = new();

    public List<RegoError> Errors { get; } = [];

    /// <summary>All rules of each module, in the order in which they were written.</summary>
    public List<(Module Module, List<RuleWork> Rules)> Rules { get; } = [];

    /// <summary>A compilation of a query against what is compiled already.</summary>
    public Compilation ForQuery() => new(Modules, Builtins, KeepPrints, Root) { Types = Types };

    /// <summary>Runs all stages and plans; null when there are errors.</summary>
    public Policy? Run()
    {
        foreach (var (_, run) in Stages)
        {
            run(this);
            if (Errors.Count > 0) return null;
        }

        return GroupPlanning.Plan(Context);
    }

    public void Wrong(string code, string message, PolicyPlace place) => Errors.Add(new RegoError(code, message, place));

    public bool IsFunction(Term.Ref path) => Context.Function(path) is not null || Builtins.Find(RefNames.Of(path)) is not null;

    public void ForEachRule(Action<RuleWork> visit)
    {
        foreach (var (_, rules) in Rules) rules.ForEach(visit);
    }

    private Expansion Flattening() => new(Names, KeepPrints, equalsUnify: true)
    {
        IsFunctionName = IsFunction,
        CheckCall = call => FunctionCheck.CheckInner(this, call),
        Annotations = new Annotations(Modules),
    };

    /// <summary>The names that a module knows: the rules of its package, and its imports.</summary>
    public Dictionary<string, Term.Ref> GlobalsOf(Module module)
    {
        var globals = new Dictionary<string, Term.Ref>(StringComparer.Ordinal);
        foreach (var import in module.Imports)
        {
            if (import.Path.HeadName is not ("input" or "data")) continue;
            var name = import.Alias ?? (import.Path.Parts[^1] is Term.Constant last ? last.Value.Text : import.Path.HeadName);
            globals[name] = import.Path;
        }

        foreach (var other in Modules.Where(m => m.Package.SequenceEqual(module.Package)))
        {
            foreach (var rule in other.Rules)
            {
                var name = rule.Head.Path.HeadName!;
                globals[name] = new Term.Ref(
                    module.PackagePlace,
                    [
                        new Term.Var(module.PackagePlace, "data"),
                        .. module.Package.Append(name).Select(n => new Term.Constant(module.PackagePlace, RegoSymbols.Of(n))),
                    ]);
            }
        }

        return globals;
    }

    private static void ResolveNames(Compilation compilation, Module module, List<RuleWork> rules)
    {
        var globals = compilation.GlobalsOf(module);
        var scoping = new Scoping(globals, compilation.Names, compilation.Errors, compilation.IsStrict);
        foreach (var rule in rules) scoping.Rule(rule);
        if (compilation.IsStrict) StrictChecks.Imports(compilation, module, scoping.UsedGlobals);
    }

    private void ForEachModule(Action<Compilation, Module, List<RuleWork>> visit)
    {
        foreach (var (module, rules) in Rules) visit(this, module, rules);
    }
}
