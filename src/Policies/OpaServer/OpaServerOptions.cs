namespace GitOpsGate.Policies.OpaServer;

/// <summary>How an OPA server is asked.</summary>
public sealed record OpaServerOptions
{
    /// <summary>
    /// The server's address, such as <c>http://127.0.0.1:8181/</c>; a path in it is kept in front of <c>/v1</c>.
    /// </summary>
    public required Uri Address { get; init; }

    /// <summary>How long one answer may take; then the decision is <c>engine_unreachable</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest answer that is read; a larger one is <c>engine_refused</c>.</summary>
    public int LargestAnswer { get; init; } = 16 * 1024 * 1024;

    /// <summary>The clock that timeouts run on.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
