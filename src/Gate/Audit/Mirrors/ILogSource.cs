namespace GitOpsGate.Audit.Mirrors;

/// <summary>
/// A log's files by their addresses (C2SP tlog-tiles): <c>checkpoint</c>, <c>tile/…</c>. Everything that it gives is a claim, to be verified by
/// whoever asked. Safe to call concurrently.
/// </summary>
public interface ILogSource
{
    /// <summary>The bytes at an address below the log's root; null when there is nothing.</summary>
    /// <param name="most">How many bytes are taken; a source that gives more is refused, and not read to its end.</param>
    /// <exception cref="LogRefusedException">There are more bytes than that.</exception>
    /// <exception cref="IOException">The source cannot be asked.</exception>
    Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation);
}

/// <summary>A log is not what it should be: it forked, it shrank, it gives what its signed head does not hold, or it is another one.</summary>
public sealed class LogRefusedException : Exception
{
    public LogRefusedException(string message)
        : base(message)
    {
    }

    public LogRefusedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
