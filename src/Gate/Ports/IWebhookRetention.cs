using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>
/// The end of raw webhooks: what was walked is locked with the key of its day (UTC), and after a time the key is destroyed and the bodies are gone.
/// Every step may be cut off at any instant and done again. One worker calls it; several gateways on one database may do so at once.
/// </summary>
public interface IWebhookRetention
{
    /// <summary>
    /// Seals the next few webhooks that wait for nothing any more, in one short transaction; how many there were. At zero, everything that was walked
    /// when the first of these calls was made is sealed, and the next call begins anew.
    /// </summary>
    /// <exception cref="System.IO.InvalidDataException">The key of a day cannot be unwrapped; nothing of the batch was sealed.</exception>
    Task<int> SealAsync(CancellationToken cancellation);

    /// <summary>
    /// Ends the days whose webhooks were all received longer ago than they are kept: an entry in the audit log, then the key is destroyed, then the
    /// bodies go, then nothing of them stands in the database's files. Goes on with days that were not ended to the last step. A day waits while one
    /// of its webhooks waits to be walked, or names somebody under a legal hold.
    /// </summary>
    /// <param name="keep">How long webhooks are kept.</param>
    /// <exception cref="System.IO.IOException">A file could not be emptied, for instance because somebody reads all the time; call again.</exception>
    Task<EndedDays> EndAsync(DateTimeOffset now, TimeSpan keep, CancellationToken cancellation);
}

/// <summary>What came of ending days.</summary>
/// <param name="Done">The days of which nothing is left now, oldest first.</param>
/// <param name="Waiting">The days that should have ended and wait, oldest first.</param>
public sealed record EndedDays(ImmutableArray<EndedDay> Done, ImmutableArray<WaitingDay> Waiting);

/// <summary>A day (UTC) whose webhooks are gone.</summary>
/// <param name="Bodies">How many there were.</param>
public sealed record EndedDay(DateOnly Day, long Bodies);

/// <summary>A day (UTC) that does not end yet.</summary>
/// <param name="Why">What it waits for.</param>
public sealed record WaitingDay(DateOnly Day, string Why);
