using GitOpsGate.Exports;

namespace GitOpsGate.Access;

/// <summary>What somebody from outside may read for a while: the evidence of one period.</summary>
/// <param name="Reference">Opaque id, as the audit log names its holder: <c>a_…</c>. The same as of the token that opens it.</param>
/// <param name="Name">What people call it; never written to the audit log.</param>
/// <param name="Environment">Whose deployments are reported, or null for all.</param>
public sealed record AuditorLink(
    string Reference, string Name, DateTimeOffset From, DateTimeOffset To, string? Environment, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>What its holder may ask for.</summary>
    public ExportQuery Query => new(From, To) { Environment = Environment };

    /// <summary>Whether it still opens anything.</summary>
    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && now < ExpiresAt;
}
