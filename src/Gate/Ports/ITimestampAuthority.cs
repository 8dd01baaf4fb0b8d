namespace GitOpsGate.Ports;

/// <summary>An authority that stamps digests with the time (RFC 3161 over HTTP). Asking again is harmless: it gives another stamp. Safe to call concurrently.</summary>
public interface ITimestampAuthority
{
    /// <summary>Hands a request over (DER of <c>TimeStampReq</c>). Never throws for what the authority or the network does; its answer is not yet checked.</summary>
    Task<TimestampAnswer> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation);
}

/// <summary>What an authority said.</summary>
/// <param name="Response">The bytes of its answer; empty when there was none.</param>
/// <param name="Trouble">Why there was none, or null.</param>
public sealed record TimestampAnswer(ReadOnlyMemory<byte> Response, string? Trouble);
