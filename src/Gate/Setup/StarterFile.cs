using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Setup;

/// <summary>The first rule file of a repository: small, true for most, and explained line by line.</summary>
public static class StarterFile
{
    /// <summary>Where a repository's rules stand.</summary>
    public const string Path = ".gitopsgate.yaml";

    /// <summary>The branch that it is proposed from.</summary>
    public const string Branch = "gitops-gate/starter";

    /// <summary>The proposal for a repository of this gate, with the packages of its first bundle that hold everywhere.</summary>
    /// <param name="onto">The branch to merge into.</param>
    public static FileProposal ProposalFor(GateConfiguration configuration, string onto) => new(
        onto, Branch, Path, TextFor(configuration), "Add the first rules of GitOps Gate",
        "GitOps Gate judges change requests by the rules in this file, read from the branch that a change is to be merged into. "
        + "This one asks for one approval by somebody other than the author"
        + (configuration.Bundles.IsEmpty ? "." : ", and warns where the shipped policies would deny."));

    private static string TextFor(GateConfiguration configuration)
    {
        var text = new StringBuilder("""
            # What GitOps Gate asks of changes in this repository. It is read from the branch that a change is to be merged into, so a change
            # never rewrites the rules that judge it. `gate config check .gitopsgate.yaml` finds mistakes before they are pushed.
            version: 1
            approvals:
              - name: four-eyes
                requires: {count: 1}          # anybody who may review; the author and whoever wrote part of it do not count

            """);
        if (configuration.Bundles.IsEmpty) return text.ToString();
        text.Append($"""
            policies:
              - name: kubernetes
                mode: warn                    # shows what it finds; `enforce` blocks
                bundle: {configuration.Bundles[0].Name}
                package: kubernetes
                files: ["**/*.yaml", "**/*.yml"]

            """);
        return text.ToString();
    }
}
