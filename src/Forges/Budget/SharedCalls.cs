using System.Net.Http.Headers;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Budget;

/// <summary>What is asked, of whom and how: equal ones have one answer.</summary>
/// <param name="Dress">Another dress may ask for another form of the same thing.</param>
internal readonly record struct Question(
    ForgePriority Priority, string Account, string Address, Action<HttpRequestHeaders, Connection> Dress);

/// <summary>
/// Lets those who ask for the same thing at the same time share one call. Whoever comes while a call is under way shares the next one with
/// all others who come meanwhile: nobody is given an answer that may be older than his question. A call ends early only when all who share
/// it have given up. Safe to call concurrently.
/// </summary>
internal sealed class SharedCalls
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Question, Line> _lines = [];

    /// <summary>The answer to this, by a call of one's own or by one that is shared.</summary>
    /// <param name="call">Makes the call; not used when another's is shared.</param>
    /// <param name="onShared">Told once when no call of one's own was made.</param>
    public async Task<RawAnswer> AskAsync(
        Question what, Func<CancellationToken, Task<RawAnswer>> call, Action onShared, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var flight = Board(what, call, onShared);
        try
        {
            return await flight.Work.WaitAsync(cancellation);
        }
        finally
        {
            GetOff(what, flight);
        }
    }

    private Flight Board(Question what, Func<CancellationToken, Task<RawAnswer>> call, Action onShared)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(what, out var line)) _lines[what] = line = new Line();
            if (line.Next is { } next)
            {
                next.Riders++;
                onShared();
                return next;
            }

            var flight = new Flight { Riders = 1 };
            var before = line.UnderWay;
            if (before is null) line.UnderWay = flight;
            else line.Next = flight;
            flight.Work = FlyAsync(what, line, before, flight, call);
            return flight;
        }
    }

    private async Task<RawAnswer> FlyAsync(
        Question what, Line line, Flight? before, Flight flight, Func<CancellationToken, Task<RawAnswer>> call)
    {
        // Never under the lock that the caller holds, nor in his time.
        await Task.Yield();
        if (before is not null)
        {
            await Task.WhenAny(before.Work);
            lock (_gate)
            {
                if (line.Next != flight) throw new OperationCanceledException(flight.GivenUp.Token);
                (line.UnderWay, line.Next) = (flight, null);
            }
        }

        try
        {
            return await call(flight.GivenUp.Token);
        }
        finally
        {
            lock (_gate)
            {
                if (line.Next is null) _lines.Remove(what);
            }
        }
    }

    private void GetOff(Question what, Flight flight)
    {
        lock (_gate)
        {
            if (--flight.Riders > 0 || flight.Work.IsCompleted) return;
            // Nobody new may share what is about to be cancelled.
            if (_lines.TryGetValue(what, out var line) && line.Next == flight) line.Next = null;
        }

        flight.GivenUp.Cancel();
    }

    /// <summary>What is going on about one thing.</summary>
    private sealed class Line
    {
        public Flight? UnderWay { get; set; }

        public Flight? Next { get; set; }
    }

    /// <summary>One call and how many wait for it.</summary>
    private sealed class Flight
    {
        // Has no timer and no wait handle, so nothing is to be let go.
        public CancellationTokenSource GivenUp { get; } = new();

        public Task<RawAnswer> Work { get; set; } = null!;

        public int Riders { get; set; }
    }
}
