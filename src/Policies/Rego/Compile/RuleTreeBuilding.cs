using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>The first stage: every rule gets its place in the tree.</summary>
internal static class RuleTreeBuilding
{
    public static void Run(Compilation compilation)
    {
        foreach (var module in compilation.Modules)
        {
            CheckImports(compilation, module);
            var node = compilation.Root;
            foreach (var name in module.Package) node = node.Child(name);
            node.IsPackage = true;
            var works = new List<RuleWork>();
            foreach (var rule in module.Rules)
            {
                CheckName(compilation, module, rule);
                var work = WorkOf(module, rule);
                works.Add(work);
                Place(compilation.Root, work).Rules.Add(work);
            }

            compilation.Rules.Add((module, works));
        }
    }

    private static RuleNode Place(RuleNode root, RuleWork work)
    {
        foreach (var name in work.GroundPath) root = root.Child(name);
        return root;
    }

    private static void CheckImports(Compilation compilation, Module module)
    {
        if (!module.IsStrictV1 && !compilation.IsStrict) return;
        var seen = new Dictionary<string, Import>(StringComparer.Ordinal);
        foreach (var import in module.Imports)
        {
            var name = import.Alias ?? (import.Path.Parts[^1] is Term.Constant last ? last.Value.Text : import.Path.HeadName!);
            if (!seen.TryAdd(name, import))
            {
                compilation.Wrong(RegoErrorCodes.Compile, $"import must not shadow {seen[name].Text}", import.Place);
            }


            if (import.Alias is "input" or "data")
            {
                compilation.Wrong(
                    RegoErrorCodes.Compile, $"imports must not shadow {import.Alias} (use a different alias name)", import.Place);
            }
        }
    }

    private static void CheckName(Compilation compilation, Module module, Rule rule)
    {
        if ((!module.IsStrictV1 && !compilation.IsStrict) || rule.Head.Path.HeadName is not ("input" or "data")) return;
        compilation.Wrong(
            RegoErrorCodes.Compile, $"rules must not shadow {rule.Head.Path.HeadName} (use a different rule name)", rule.Place);
    }

    private static RuleWork WorkOf(Module module, Rule rule)
    {
        var parts = rule.Head.Path.Parts;
        var ground = new List<string>(module.Package) { ((Term.Var)parts[0]).Name };
        var i = 1;
        for (; i < parts.Length; i++)
        {
            if (parts[i] is not Term.Constant { Value.AsString: { } name }) break;
            ground.Add(name.Text);
        }

        return new RuleWork
        {
            Module = module,
            Source = rule,
            GroundPath = [.. ground],
            Keys = parts[i..],
            Parameters = rule.Head.Parameters,
            Member = rule.Head.Member,
            Value = rule.Head.Value,
            Body = [.. rule.Body.Literals],
            Else = rule.Else is null ? null : WorkOf(module, rule.Else),
        };
    }
}
