namespace GitOpsGate.Ports;

/// <summary>How far each sink has come. A cursor only ever goes forward, and only in the hands of one gateway. Safe to call concurrently.</summary>
public interface ISinkStore
{
    /// <summary>
    /// Takes a sink in hand for a while; a sink that nobody has heard of begins at the log's beginning. Null while another gateway has it.
    /// </summary>
    /// <param name="holder">This gateway, by a name that no other one has, and that it has again after a restart.</param>
    Task<SinkCursor?> TakeAsync(string sink, string holder, DateTimeOffset now, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Writes down where the next batch ends, before it is sent, so that it is the same when it is sent again. Durable on return.</summary>
    /// <returns>False when the sink is in other hands by now.</returns>
    Task<bool> PromiseAsync(string sink, string holder, long end, CancellationToken cancellation);

    /// <summary>The receiver has what was promised: the next batch begins at its end. Durable on return.</summary>
    /// <returns>False when the sink is in other hands by now.</returns>
    Task<bool> MoveAsync(string sink, string holder, long end, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>Where a sink stands.</summary>
/// <param name="Next">The first entry that its receiver has not acknowledged.</param>
/// <param name="Promised">The place after the last entry of the batch that was sent without an answer, or null.</param>
/// <param name="KeptAt">When something was acknowledged last, or null.</param>
public sealed record SinkCursor(long Next, long? Promised, DateTimeOffset? KeptAt);
