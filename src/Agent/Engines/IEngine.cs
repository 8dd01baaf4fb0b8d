using GitOpsGate.Dispatch;

namespace GitOpsGate.Agent.Engines;

/// <summary>What runs, compared with what was carried out.</summary>
/// <param name="Release">What is served, or null.</param>
/// <param name="Drift">How many files are not as they were written.</param>
internal sealed record Observation(string? Release, int Drift);

/// <summary>
/// Carries out what a verified document permits, in whatever way its target needs. One agent alone uses it, one call at a time.
/// </summary>
internal interface IEngine : IDisposable
{
    /// <summary>
    /// Makes the permitted tree what runs: all of it or nothing, durable on return. A repeat for the same order changes nothing.
    /// </summary>
    /// <param name="fetch">Writes the content of the permitted tree into an empty folder; called only when it is not at hand.</param>
    /// <returns>The release that runs now.</returns>
    /// <exception cref="ContentRefusedException">What was fetched is not the permitted tree; nothing has changed.</exception>
    /// <exception cref="IOException">It has not happened, or is found done by the next call.</exception>
    Task<string> ApplyAsync(Permission permission, Func<string, CancellationToken, Task> fetch, CancellationToken cancellation);

    /// <summary>What runs now, compared with what was carried out for an order; null when that order was not carried out.</summary>
    /// <exception cref="IOException">It cannot be seen.</exception>
    Observation? Observe(string orderId);
}
