namespace GitOpsGate.Access;

/// <summary>What somebody may do. The zero value may nothing.</summary>
public enum Role
{
    None,

    /// <summary>
    /// A sync agent: fetches what its one target should run, and reports. It stands beside the others: no more than a stranger anywhere
    /// else, and nobody else may do what it does.
    /// </summary>
    Agent = -1,

    /// <summary>An auditor's link: reads the evidence of one period, and nothing else. It stands beside the others, too.</summary>
    Auditor = -2,

    /// <summary>Reads everything, changes nothing.</summary>
    Viewer = 1,

    /// <summary>Replays deliveries and retries obligations too.</summary>
    Operator,

    /// <summary>Connects repositories and makes tokens too.</summary>
    Admin,
}

/// <summary>A token that signs somebody in to the pages and the API.</summary>
/// <param name="Reference">Opaque id, as the audit log names its holder: <c>a_…</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Target">The target that an agent's token is bound to; null for every other role.</param>
public sealed record AccessToken(string Reference, string Name, Role Role, DateTimeOffset CreatedAt, string? Target = null);
