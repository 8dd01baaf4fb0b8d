using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Agents;

/// <summary>Lets an agent wait for something newer than it knows. Safe for concurrent use.</summary>
internal sealed class DesiredWatch(DesiredDesk desk, IDesiredStore store, IHostApplicationLifetime life, TimeProvider clock)
{
    // Another gateway on the same database may publish too, and a signal is for whoever waits at that moment.
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(2);

    /// <summary>The entity tag of a document: its version, which stands for its bytes.</summary>
    public static string TagOf(DesiredState state) => $"\"{state.Version}\"";

    /// <summary>
    /// The newest document at once when the agent does not know it; otherwise as soon as there is a newer one, or the known one when the
    /// patience is used up or the gateway stops.
    /// </summary>
    /// <param name="known">The tag that the agent knows, or empty.</param>
    public async Task<DesiredState?> NextAsync(string target, string known, TimeSpan patience, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.ApplicationStopping);
        var began = clock.GetTimestamp();
        while (true)
        {
            var newest = await desk.NewestAsync(target, cancellation);
            var left = patience - clock.GetElapsedTime(began);
            var isNews = newest is not null && TagOf(newest) != known;
            if (isNews || left <= TimeSpan.Zero || life.ApplicationStopping.IsCancellationRequested) return newest;
            try
            {
                await store.WaitAsync(left < Glance ? left : Glance, either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return newest;
            }
        }
    }
}
