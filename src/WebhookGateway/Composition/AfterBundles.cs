using System.Collections.Immutable;
using GitOpsGate.WebhookGateway.Workers;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>A work that claims nothing before the bundles are loaded: what was taken in meanwhile waits in the inbox.</summary>
internal sealed class AfterBundles<T>(IWork<T> work, BundleEngines engines) : IWork<T>
{
    public string Name => work.Name;

    public int Width => work.Width;

    public async Task<ImmutableArray<T>> ClaimAsync(int limit, CancellationToken cancellation)
    {
        await engines.Opened.WaitAsync(cancellation);
        return await work.ClaimAsync(limit, cancellation);
    }

    public Task<string> DoAsync(T piece, CancellationToken cancellation) => work.DoAsync(piece, cancellation);

    public Task TroubleAsync(T piece, Exception trouble, CancellationToken cancellation) => work.TroubleAsync(piece, trouble, cancellation);

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => work.WaitAsync(atMost, cancellation);
}
