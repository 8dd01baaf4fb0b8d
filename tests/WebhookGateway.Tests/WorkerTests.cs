using System.Collections.Immutable;
using System.Threading.Channels;
using GitOpsGate.Deliveries;
using GitOpsGate.WebhookGateway.Telemetry;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The loop that every worker is, and the lanes that keep deliveries in order.</summary>
public class WorkerTests
{
    [Fact]
    public async Task A_piece_that_throws_is_marked_and_the_others_are_done()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var work = new ThreePieces();
        using var loop = new WorkerLoop<int>(work, gateway.Get<GateMeters>(), TimeProvider.System, NullLogger<WorkerLoop<int>>.Instance);
        await loop.StartAsync(TestContext.Current.CancellationToken);
        var ended = new List<string>();
        while (ended.Count < 3) ended.Add(await work.Ended.Reader.ReadAsync(TestContext.Current.CancellationToken));
        await loop.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["done 1", "done 3", "trouble 2"], ended.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Stopping_finishes_what_is_in_hand()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var work = new ThreePieces { Hold = new TaskCompletionSource() };
        using var loop = new WorkerLoop<int>(work, gateway.Get<GateMeters>(), TimeProvider.System, NullLogger<WorkerLoop<int>>.Instance);
        await loop.StartAsync(TestContext.Current.CancellationToken);
        await work.Begun.Reader.ReadAsync(TestContext.Current.CancellationToken);
        var stopping = loop.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);
        work.Hold.SetResult();
        await stopping;
        Assert.True(work.Ended.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_walk_waits_for_those_before_it_on_any_of_its_lanes()
    {
        var lanes = new Lanes();
        var (first, second, both, other) = (Walk(), Walk(), Walk(), Walk());
        lanes.Queue(first, ["a"]);
        lanes.Queue(second, ["b"]);
        lanes.Queue(both, ["a", "b"]);
        lanes.Queue(other, ["c"]);
        Assert.True(lanes.TurnAsync(first).IsCompleted && lanes.TurnAsync(second).IsCompleted && lanes.TurnAsync(other).IsCompleted);
        lanes.Leave(first);
        Assert.False(lanes.TurnAsync(both).IsCompleted);
        lanes.Leave(second);
        await lanes.TurnAsync(both).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    private static DeliveryWalk Walk() => new([], [], []);

    private sealed class ThreePieces : IWork<int>
    {
        private bool _isGiven;

        public Channel<string> Ended { get; } = Channel.CreateUnbounded<string>();

        public Channel<int> Begun { get; } = Channel.CreateUnbounded<int>();

        public TaskCompletionSource? Hold { get; init; }

        public string Name => "test";

        public int Width => 4;

        public Task<ImmutableArray<int>> ClaimAsync(int limit, CancellationToken cancellation)
        {
            ImmutableArray<int> pieces = _isGiven ? [] : [1, 2, 3];
            _isGiven = true;
            return Task.FromResult(pieces);
        }

        public async Task<string> DoAsync(int piece, CancellationToken cancellation)
        {
            Begun.Writer.TryWrite(piece);
            if (Hold is not null) await Hold.Task;
            if (piece == 2) throw new InvalidOperationException("a bug");
            Ended.Writer.TryWrite($"done {piece}");
            return "done";
        }

        public Task TroubleAsync(int piece, Exception trouble, CancellationToken cancellation)
        {
            Ended.Writer.TryWrite($"trouble {piece}");
            return Task.CompletedTask;
        }

        public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.Delay(10, cancellation);
    }
}
