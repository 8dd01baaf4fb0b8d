namespace GitOpsGate.Audit;

/// <summary>
/// Something personal that belongs to an entry: what somebody typed, what somebody is called. The leaf gets a commitment to it, and the text
/// itself is kept outside the tree, locked with a key that belongs to one person and can be destroyed.
/// </summary>
/// <param name="Name">What it is: <c>actor author reason title</c>; an entry has each at most once.</param>
/// <param name="Subject">The opaque reference of the person whose key locks it.</param>
/// <param name="Text">The text.</param>
public sealed record PersonalText(string Name, string Subject, string Text)
{
    public const string Actor = "actor";
    public const string Author = "author";
    public const string Reason = "reason";
    public const string Title = "title";

    /// <summary>How it is printed: never with the text.</summary>
    public override string ToString() => $"{Name} of {Subject}";
}
