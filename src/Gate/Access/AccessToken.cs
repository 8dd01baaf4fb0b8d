namespace GitOpsGate.Access;

/// <summary>What somebody may do. The zero value may nothing.</summary>
public enum Role
{
    None,

    /// <summary>Reads everything, changes nothing.</summary>
    Viewer,

    /// <summary>Replays deliveries and retries obligations too.</summary>
    Operator,

    /// <summary>Connects repositories and makes tokens too.</summary>
    Admin,
}

/// <summary>A token that signs somebody in to the pages and the API.</summary>
/// <param name="Reference">Opaque id, as the audit log names its holder: <c>a_…</c>.</param>
/// <param name="Name">What people call it.</param>
public sealed record AccessToken(string Reference, string Name, Role Role, DateTimeOffset CreatedAt);
