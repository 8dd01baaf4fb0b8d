namespace GitOpsGate.Configuration;

/// <summary><c>agent.yaml</c>, read and checked: what a sync agent is told by the people who run it.</summary>
public sealed record AgentConfiguration
{
    /// <summary>The gateway's address without a slash at the end; <c>https</c>, or plain <c>http</c> to this machine itself.</summary>
    public required string GatewayUrl { get; init; }

    /// <summary>The target that this agent serves, as <c>gate.yaml</c> names it.</summary>
    public required string Target { get; init; }

    /// <summary>An access token of the role <c>agent</c>, bound to the target.</summary>
    public required Secret Token { get; init; }

    /// <summary>The gate's warrant key, pinned: a PEM <c>PUBLIC KEY</c> block of a P-256 key.</summary>
    public required string PublicKey { get; init; }

    /// <summary>The folder that holds <c>current</c> and the releases, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The file that holds what the agent remembers, absolute. Without it, an older version could be replayed once.</summary>
    public required string StateFile { get; init; }

    /// <summary>How many releases stay, the served one included.</summary>
    public int Keep { get; init; } = 5;

    /// <summary>How long to rest between two questions that the gateway did not let wait.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to rest between two looks at the served files.</summary>
    public TimeSpan Drift { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The largest content that is taken, in bytes.</summary>
    public long MaxBytes { get; init; } = 512L << 20;
}
