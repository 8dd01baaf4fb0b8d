namespace GitOpsGate.Access;

/// <summary>Who asks for an act: the holder of a token.</summary>
/// <param name="Reference">Opaque id, as the audit log names the holder.</param>
/// <param name="Name">What people call the holder; never written to the audit log.</param>
public sealed record Caller(string Reference, string Name, Role Role)
{
    /// <summary>Somebody who has not signed in.</summary>
    public static Caller Nobody { get; } = new("-", "", Role.None);

    /// <summary>Whether this caller may do what needs a role. Nothing needs <see cref="Role.None"/>.</summary>
    public bool May(Role needed) => needed switch
    {
        Role.None => false,
        Role.Agent => Role == Role.Agent,
        Role.Auditor => Role == Role.Auditor,
        Role.Viewer or Role.Operator or Role.Admin => Role >= needed,
    };
}
