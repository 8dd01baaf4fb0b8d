namespace GitOpsGate.Exports;

/// <summary>
/// Who did what for a deployment, by opaque references: its entry names the author and the approvers of each merge that it brings. Duties are
/// separate when each merge was approved, and by nobody who wrote it.
/// </summary>
internal sealed record Duties(string[] Authors, string[] Approvers, string Result)
{
    public const string Pass = "pass";
    public const string Fail = "fail";

    /// <summary>The entry does not name them all.</summary>
    public const string NotApplicable = "n.a.";

    /// <summary>Whether author and approver are apart, as a cell.</summary>
    public string Apart => Result == NotApplicable || Approvers.Length == 0 ? "" : Result == Pass ? "true" : "false";

    public static Duties Of(ReportLeaf leaf)
    {
        var merges = leaf.Texts("duties").Select(line => line.Split(' ')).ToArray();
        string[] authors = [.. merges.Select(merge => merge[0]).Distinct()];
        string[] approvers = [.. merges.SelectMany(merge => merge.Skip(1)).Distinct()];
        if (merges.Length == 0 || leaf.Attribute("merges") != $"{merges.Length}") return new Duties(authors, approvers, NotApplicable);
        var isSeparate = merges.All(merge => merge.Length > 1 && !merge.Skip(1).Contains(merge[0]));
        return new Duties(authors, approvers, isSeparate ? Pass : Fail);
    }
}
