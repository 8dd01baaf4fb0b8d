using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Ports;

/// <summary>
/// A forge that takes "not yet" for a no when it is not said again in time (GitLab's external status checks). An <see cref="IForge"/> that
/// is like this implements it as well. Every member may be called concurrently.
/// </summary>
public interface IForgePatience
{
    /// <summary>How long the forge waits.</summary>
    TimeSpan PendingLasts { get; }

    /// <summary>Says again that the verdict on a head is still to come. Saying it again is harmless; for an old head nothing is said.</summary>
    /// <returns>Whether anything on the forge waits for it: false where nothing there gives up waiting.</returns>
    /// <exception cref="ForgeTroubleException">Not known to have happened.</exception>
    Task<bool> StillPendingAsync(Connection connection, Revision revision, CancellationToken cancellation);
}
