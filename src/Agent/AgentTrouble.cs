using GitOpsGate.Dispatch;

namespace GitOpsGate.Agent;

/// <summary>The gateway was not reached, or did not give what it was asked for. What runs keeps running.</summary>
internal sealed class GateTroubleException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the gateway read what it was sent and will never take it.</summary>
    public bool IsFinal { get; init; }

    /// <summary>How long the gateway asked to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What was fetched is not what was approved.</summary>
internal sealed class ContentRefusedException(Attack attack, string message) : Exception(message)
{
    public Attack Attack { get; } = attack;
}
