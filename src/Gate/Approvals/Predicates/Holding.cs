namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether a predicate holds for a revision. The zero value is the careful one.</summary>
public enum Holding
{
    /// <summary>The evidence does not tell.</summary>
    Unknown,
    No,
    Yes,
}

/// <summary>A predicate's answer.</summary>
/// <param name="Why">For <see cref="Holding.No"/> and <see cref="Holding.Unknown"/>: the reason, in words that continue "it …".</param>
public readonly record struct Answer(Holding Holding, string Why)
{
    public static Answer Yes { get; } = new(Holding.Yes, "");

    public static Answer No(string why) => new(Holding.No, why);

    public static Answer Unknown(string why) => new(Holding.Unknown, why);
}
