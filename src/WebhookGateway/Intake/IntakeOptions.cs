namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>What the door lets a stranger have.</summary>
public sealed record IntakeOptions
{
    /// <summary>Bytes of one body; GitHub sends at most 25 MB, and drops what is larger.</summary>
    public int BodyLimit { get; init; } = 25 * 1024 * 1024;

    /// <summary>Bytes of all bodies that are being received at one moment.</summary>
    public long BodiesLimit { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long one body may take to arrive. Forges give up after 5 to 30 seconds themselves.</summary>
    public TimeSpan BodyDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What an overloaded door asks a caller to wait.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(30);
}
