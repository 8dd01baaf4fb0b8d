using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary>Which repositories are meant, and what is wanted of them.</summary>
internal static class ConnectOptions
{
    public static Argument<string> Connection { get; } = new("connection")
    {
        Description = "a connection of gate.yaml, for instance `github`",
    };

    public static Argument<string[]> Repositories { get; } = new("repository")
    {
        Description = "a repository's full name, for instance `acme/shop`; any number of them",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Option<string?> Owner { get; } = new("--owner")
    {
        Description = "every repository of this organisation, group, workspace or project that the connection can see",
    };

    public static Option<string?> File { get; } = new("--file")
    {
        Description = "the repositories in this file, one in a line (`-` for standard input)",
    };

    public static Option<bool> HookOnly { get; } = new("--hook-only")
    {
        Description = "register the webhook and leave branch protection as it is",
    };

    public static Option<bool> Starter { get; } = new("--starter")
    {
        Description = "propose a first `.gitopsgate.yaml` where there is none",
    };

    public static Option<string[]> Branches { get; } = new("--branch")
    {
        Description = "guard this branch besides the default one and those of environments; may be given more than once",
    };

    public static Option<bool> DryRun { get; } = new("--dry-run")
    {
        Description = "say what would be done, and do nothing",
    };
}
