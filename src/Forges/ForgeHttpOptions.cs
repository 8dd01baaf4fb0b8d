namespace GitOpsGate.Forges;

/// <summary>The bounds of every call to a forge.</summary>
public sealed record ForgeHttpOptions
{
    /// <summary>From sending a request to the last byte of its answer, waiting for a free slot not counted.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest answer that is read, in bytes after decompression.</summary>
    public int AnswerLimit { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many redirects are followed; only to the same scheme, host and port.</summary>
    public int RedirectLimit { get; init; } = 3;

    /// <summary>How many calls of one connection may be under way at once.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>How many bytes of answers are kept for conditional requests, per connection.</summary>
    public int CacheLimit { get; init; } = 8 * 1024 * 1024;

    /// <summary>
    /// The longest time for which a forge can make us rest by asking for it; what asks for more is asked again after this.
    /// </summary>
    public TimeSpan LongestRest { get; init; } = TimeSpan.FromHours(1);
}
