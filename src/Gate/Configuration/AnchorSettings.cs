namespace GitOpsGate.Configuration;

/// <summary>Where the audit log's checkpoints are held on to by others than the gate: what the gate cannot take back.</summary>
/// <param name="Git">A repository that somebody else owns, or null.</param>
/// <param name="Timestamp">An authority that says since when a checkpoint has been there, or null.</param>
public sealed record AnchorSettings(GitAnchorSource? Git, TimestampSource? Timestamp)
{
    /// <summary>Neither.</summary>
    public static AnchorSettings None { get; } = new(null, null);
}

/// <summary>A Git repository that checkpoints are committed to.</summary>
/// <param name="Url">Its whole address, <c>https://…</c>; or a folder.</param>
public sealed record GitAnchorSource(string Url)
{
    public string Branch { get; init; } = "main";

    /// <summary>From one commit to the next.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whom the token belongs to; <c>git</c> without it.</summary>
    public string? User { get; init; }

    /// <summary>What signs in, or null where nobody is asked.</summary>
    public Secret? Token { get; init; }

    /// <summary>Whether the gateway does not start as long as the repository cannot be read.</summary>
    public bool IsRequired { get; init; }
}

/// <summary>An authority that stamps checkpoints with the time (RFC 3161).</summary>
/// <param name="Address">Where it is asked.</param>
/// <param name="Trust">A PEM file of the root certificates that its answers must lead to, absolute.</param>
public sealed record TimestampSource(Uri Address, string Trust)
{
    /// <summary>From one stamp to the next.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether it may have a private or loopback address.</summary>
    public bool AllowPrivate { get; init; }
}
