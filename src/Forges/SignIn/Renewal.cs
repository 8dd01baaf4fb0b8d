using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>Something that the forge gave for a while.</summary>
/// <param name="RenewAt">From then on a new one is asked for; this one still holds.</param>
/// <param name="EndsAt">From then on it is worth nothing.</param>
internal sealed record Lease<T>(T Value, DateTimeOffset RenewAt, DateTimeOffset EndsAt)
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    /// <summary>A lease that is renewed ten minutes before its end, or after four fifths of a shorter life.</summary>
    public static Lease<T> Until(T value, DateTimeOffset now, DateTimeOffset end)
    {
        var fifth = (end - now) / 5;
        return new(value, end - (fifth < Margin ? fifth : Margin), end);
    }
}

/// <summary>
/// Keeps a lease and renews it in time. However many ask at once, one exchange is under way; nobody who gives up takes it from the
/// others. An exchange that fails while the old lease holds is no trouble, and is tried again a minute later. Safe to call concurrently.
/// </summary>
internal sealed class Renewal<T>(Func<Task<Lease<T>>> exchange, TimeProvider clock)
    where T : IEquatable<T>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Lease<T>? _held;
    private Task<Lease<T>>? _underWay;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;

    /// <summary>What holds now.</summary>
    /// <exception cref="ForgeTroubleException">Nothing does, and the forge gave nothing.</exception>
    public async ValueTask<T> GetAsync(CancellationToken cancellation)
    {
        Lease<T>? held;
        Task<Lease<T>> underWay;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            held = _held is { } known && now < known.EndsAt ? known : null;
            if (held is not null && (now < held.RenewAt || now < _notBefore)) return held.Value;
            underWay = _underWay ??= Task.Run(RenewAsync, CancellationToken.None);
        }

        try
        {
            return (await underWay.WaitAsync(cancellation)).Value;
        }
        catch (ForgeTroubleException) when (held is not null)
        {
            return held.Value;
        }
    }

    /// <summary>Forgets this value, unless there is a newer one already.</summary>
    public void Drop(T value)
    {
        lock (_gate)
        {
            if (_held is { } held && held.Value.Equals(value)) _held = null;
        }
    }

    private async Task<Lease<T>> RenewAsync()
    {
        // Whoever asks first, others may come to wait for it.
        using var priority = ForgeWork.Interactive();
        try
        {
            var fresh = await exchange();
            lock (_gate) _held = fresh;
            return fresh;
        }
        catch (ForgeTroubleException)
        {
            lock (_gate) _notBefore = clock.GetUtcNow() + Pause;
            throw;
        }
        finally
        {
            lock (_gate) _underWay = null;
        }
    }
}
