using GitOpsGate.Ports;

namespace GitOpsGate.Dispatch;

/// <summary>Publishes orders as documents for agents, and renews a document before it expires. Safe for concurrent use.</summary>
public sealed class DesiredDesk(IDesiredStore store, IWarrantSigner signer, TimeProvider clock)
{
    private const int Tries = 5;

    /// <summary>
    /// Publishes an order as its target's newest document. An order that was published before is not published again, even if newer ones
    /// have followed. Null when others publish for the same target all the time: nothing was published.
    /// </summary>
    public async Task<DesiredState?> PublishAsync(DispatchOrder order, Warrant warrant, TimeSpan lifetime, CancellationToken cancellation)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (await store.OfOrderAsync(order.Target, order.Id, cancellation) is { } known) return known;
            var version = 1 + ((await store.NewestAsync(order.Target, cancellation))?.Version ?? 0);
            var state = Seal(order, warrant, (Published: version, version), lifetime);
            if (await store.PublishAsync(state, cancellation)) return state;
        }

        return null;
    }

    /// <summary>The document of an order, or null when it certainly was not published.</summary>
    public Task<DesiredState?> FindAsync(DispatchOrder order, CancellationToken cancellation) =>
        store.OfOrderAsync(order.Target, order.Id, cancellation);

    /// <summary>What a target should run, with at least half of its lifetime left; null when nothing was ever published for it.</summary>
    public async Task<DesiredState?> NewestAsync(string target, CancellationToken cancellation)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var newest = await store.NewestAsync(target, cancellation);
            if (newest is null || newest.Expires - clock.GetUtcNow() > newest.Lifetime / 2) return newest;
            var warrant = signer.Sign(newest.Order, clock.GetUtcNow());
            var state = Seal(newest.Order, warrant, (newest.Published, newest.Version + 1), newest.Lifetime);
            if (await store.PublishAsync(state, cancellation)) return state;
        }

        return await store.NewestAsync(target, cancellation);
    }

    private DesiredState Seal(DispatchOrder order, Warrant warrant, (long Published, long Version) number, TimeSpan lifetime)
    {
        // Whole milliseconds, as they are stored and written.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var document = new DesiredDocument
        {
            Target = order.Target,
            Environment = order.Environment,
            Version = number.Version,
            IssuedAt = now,
            Expires = now + lifetime,
            OrderId = order.Id,
            Warrant = warrant,
        };
        return new DesiredState(order, number.Published, number.Version, document.Expires, lifetime, signer.Sign(document));
    }
}
