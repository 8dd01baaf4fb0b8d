using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Setup;
using GitOpsGate.WebhookGateway.Api;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>What a person wishes for repositories, as the form sends it and shows it again.</summary>
/// <param name="Connection">A connection of <c>gate.yaml</c>.</param>
/// <param name="Path">A repository's full name, or an owner's when <paramref name="IsOwner"/>.</param>
/// <param name="IsOwner">Whether every repository of an organisation, group, workspace or project is meant.</param>
/// <param name="IsUndone">Whether it is to be taken back.</param>
/// <param name="Branches">Further branches to guard, as they were written.</param>
public sealed record SetupForm(
    string Connection, string Path, bool IsOwner, bool IsUndone, bool Protects, bool Proposes, string Branches)
{
    /// <summary>The form before anybody wrote into it.</summary>
    public static SetupForm Fresh { get; } = new("", "", false, false, true, false, "");

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem
    {
        get
        {
            if (!ConnectionsApi.IsPath(Path))
                return IsOwner ? "an owner is an organisation, group, workspace or project, for instance `acme`" : "a repository is named in full, for instance `acme/shop`";
            return NamedBranches.Length > ConnectionsApi.MostBranches || NamedBranches.Any(branch => !ConnectionsApi.IsPath(branch))
                ? $"branches are at most {ConnectionsApi.MostBranches} names with spaces between them, for instance `main release`"
                : null;
        }
    }

    private ImmutableArray<string> NamedBranches => [.. Branches.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Reads what a browser sent; a box without its mark is not sent at all.</summary>
    public static SetupForm Of(IFormCollection form) => new(
        form["connection"].ToString(), form["path"].ToString().Trim().Trim('/'), form["of"] == "owner", form["act"] == "disconnect",
        form["protect"] == "yes", form["starter"] == "yes", form["branches"].ToString().Trim());

    /// <summary>What is wished of each repository.</summary>
    public SetupWish Wish(bool isDryRun) => new()
    {
        Protects = Protects,
        Branches = NamedBranches,
        Proposes = Proposes,
        IsDryRun = isDryRun,
    };

    /// <summary>A repository of the form's connection.</summary>
    public RepositoryKey Key(string path) => new(new ConnectionName(Connection), path);
}
