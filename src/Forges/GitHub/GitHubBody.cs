using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>A delivery with its parsed body.</summary>
internal sealed record GitHubBody(Delivery Delivery, JsonElement Root)
{
    /// <summary>What was done, for instance <c>opened</c>; empty for events without actions.</summary>
    public string Action => Root.Text("action");

    /// <summary>The repository, or null when the body names none or not as <c>owner/name</c>.</summary>
    public RepositoryKey? Repository => RepositoryNamed(Root.Child("repository").Text("full_name"));

    /// <summary>
    /// A repository of this delivery's connection, or null when the name is not <c>owner/name</c> in GitHub's letters.
    /// </summary>
    public RepositoryKey? RepositoryNamed(string fullName)
    {
        var pieces = fullName.Split('/');
        return pieces.Length == 2 && pieces.All(IsName) ? new RepositoryKey(Delivery.Connection, fullName) : null;
    }

    /// <summary>All of an account's repositories, or null when the name is not one in GitHub's letters.</summary>
    public RepositoryKey? OwnerNamed(string login) => IsName(login) ? new RepositoryKey(Delivery.Connection, login) : null;

    public static Reading Concerning(Concern what, Trigger trigger) => new Reading.Concerns([what], trigger);

    /// <summary>A commit of the body's repository whose statuses moved.</summary>
    /// <param name="shown">What the status says, where the body tells it.</param>
    public Reading AtCommit(CommitId commit, string context, Trigger trigger, ShownStatus? shown = null)
    {
        if (Repository is not { } repository) return Lacks("repository.full_name");
        return commit.IsNone ? Lacks("sha") : Concerning(new Concern.AtCommit(repository, commit, context) { Shown = shown }, trigger);
    }

    public Reading Lacks(string field) =>
        new Reading.Unreadable($"the body of `{Delivery.Event}` lacks a usable `{field}`");

    // The name becomes a part of addresses and folder names later on.
    private static bool IsName(string piece) =>
        piece.Length is > 0 and <= 100
        && piece.Trim('.').Length > 0
        && piece.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
