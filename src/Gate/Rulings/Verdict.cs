namespace GitOpsGate.Rulings;

/// <summary>The gate's answer, in order of strictness. The zero value is the safe one; the strictest finding wins.</summary>
public enum Verdict
{
    /// <summary>Something forbids this revision.</summary>
    Denied,

    /// <summary>The gate could not judge; never to be read as consent.</summary>
    Errored,

    /// <summary>Nothing forbids it, but something is still missing.</summary>
    Held,

    /// <summary>It may be merged and dispatched.</summary>
    Allowed,
}

/// <summary>How much weight a rule has. The zero value is the strictest.</summary>
public enum RuleMode
{
    /// <summary>Its findings decide.</summary>
    Enforce,

    /// <summary>Its findings are shown to the author and decide nothing.</summary>
    Warn,

    /// <summary>Its findings are recorded for the rule's owner and shown to nobody else.</summary>
    Shadow,
}
