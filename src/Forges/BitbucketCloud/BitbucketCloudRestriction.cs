using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>A branch restriction. Pure.</summary>
/// <param name="Pattern">A glob over branch names; empty where the branching model says which branches are meant.</param>
/// <param name="Value">How many, for kinds that count.</param>
/// <param name="IsForNobody">Whether it names no person and no group as an exception.</param>
internal sealed record BitbucketCloudRestriction(string Id, string Kind, string Pattern, long Value, bool IsForNobody)
{
    /// <summary>A merge waits for so many passing builds, and for none that fails or still runs.</summary>
    public const string PassingBuilds = "require_passing_builds_to_merge";

    /// <summary>Merge checks keep a merge back instead of warning of it (Premium).</summary>
    public const string Enforced = "enforce_merge_checks";

    /// <summary>Who may push; with nobody named, only merges move the branch.</summary>
    public const string Push = "push";

    public const string WithoutPremium =
        "Prevent a merge with unresolved merge checks (Bitbucket Premium): without it people are warned and can still merge.";

    public static BitbucketCloudRestriction Read(JsonElement json) => new(
        json.Id("id"), json.Text("kind"), json.Text("branch_match_kind") is "branching_model" ? "" : json.Text("pattern"),
        json.Number("value") ?? 0, !json.Items("users").Any() && !json.Items("groups").Any());

    /// <summary>Whether this is a check before a merge, for which <see cref="Enforced"/> matters.</summary>
    public bool IsMergeCheck => Kind.StartsWith("require_", StringComparison.Ordinal);

    /// <summary>
    /// Whether it holds for a branch: <c>**</c> stands for anything, <c>*</c> for anything without a slash, or for everything when it stands
    /// alone. What the branching model means is not known here, so it holds for none.
    /// </summary>
    public bool Covers(string branch)
    {
        if (Pattern is "*" or "**") return true;
        if (Pattern.Length is 0 or > 255) return false;
        var expression = new StringBuilder("^");
        for (var at = 0; at < Pattern.Length; at++)
        {
            var isDouble = Pattern[at] == '*' && at + 1 < Pattern.Length && Pattern[at + 1] == '*';
            expression.Append(Pattern[at] switch
            {
                '*' when isDouble => ".*",
                '*' => "[^/]*",
                '?' => "[^/]",
                var letter => Regex.Escape(letter.ToString()),
            });
            if (isDouble) at++;
        }

        return Regex.IsMatch(branch, expression.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }
}
