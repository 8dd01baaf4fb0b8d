using System.CommandLine;

namespace GitOpsGate.Cli;

/// <summary>The options by which commands say where policies stand. One instance belongs to one command.</summary>
internal sealed class PolicyOptions
{
    public Argument<string[]> Paths { get; } = new("path")
    {
        Description = "a folder, a .tar.gz bundle, or a .rego, .json or .yaml file; several may be given",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<bool> AreBundles { get; } = new("--bundle", "-b") { Description = "the paths are bundles: only files called `data` are data" };

    public Option<string[]> Ignore { get; } = new("--ignore") { Description = "names to pass over, such as `*_test.rego` or `.*`; may be repeated" };

    public Option<bool> V0 { get; } = new("--v0-compatible", "--v0") { Description = "read modules as Rego v0 where nothing else is said" };

    /// <summary>Adds the paths and their options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Paths);
        command.Add(AreBundles);
        command.Add(Ignore);
        command.Add(V0);
    }

    public PolicySources Of(ParseResult parsed)
    {
        var paths = parsed.GetValue(Paths) ?? [];
        var areBundles = parsed.GetValue(AreBundles);
        return new PolicySources(areBundles ? [] : paths, areBundles ? paths : [], parsed.GetValue(Ignore) ?? [], parsed.GetValue(V0));
    }
}
