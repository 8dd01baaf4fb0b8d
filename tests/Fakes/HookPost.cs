using System.Threading.Channels;

namespace GitOpsGate.Fakes;

/// <summary>A webhook call, ready to be sent; sent again it is the same, delivery id included.</summary>
public sealed record HookCall(string Url, string Event, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>How a webhook call went.</summary>
/// <param name="Status">What the receiver answered; 0 when it could not be reached.</param>
public sealed record HookReceipt(HookCall Call, int Status);

/// <summary>
/// Sends webhooks in the order in which things happened, one after the other, unless told to hold, to repeat or to mix them up.
/// Safe to use from many threads.
/// </summary>
public sealed class HookPost : IAsyncDisposable
{
    private readonly Channel<(HookCall Call, TaskCompletionSource<HookReceipt> Done)> _queue =
        Channel.CreateUnbounded<(HookCall Call, TaskCompletionSource<HookReceipt> Done)>();
    private readonly Lock _gate = new();
    private readonly List<HookReceipt> _sent = [];
    private readonly List<HookCall> _held = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Task _worker;
    private bool _isHolding;

    public HookPost() => _worker = Task.Run(WorkAsync);

    /// <summary>Whether every call is sent twice, as some forges do after a timeout.</summary>
    public bool Repeats { get; set; }

    /// <summary>All calls that were sent, in that order, repeats included.</summary>
    public IReadOnlyList<HookReceipt> Sent
    {
        get
        {
            lock (_gate) return [.. _sent];
        }
    }

    /// <summary>From now on calls wait for <see cref="ReleaseAsync"/>.</summary>
    public void Hold()
    {
        lock (_gate) _isHolding = true;
    }

    /// <summary>
    /// Sends what was held, the newest first if asked to, and stops holding. Completes when all have been answered.
    /// </summary>
    public async Task ReleaseAsync(bool newestFirst = false)
    {
        List<HookCall> calls;
        lock (_gate)
        {
            _isHolding = false;
            calls = [.. _held];
            _held.Clear();
        }

        if (newestFirst) calls.Reverse();
        foreach (var call in calls) await SendAsync(call);
    }

    /// <summary>
    /// Sends a call after those that wait. Completes with its answer, or at once, with status 0, while calls are held.
    /// </summary>
    public Task<HookReceipt> SendAsync(HookCall call)
    {
        lock (_gate)
        {
            if (_isHolding)
            {
                _held.Add(call);
                return Task.FromResult(new HookReceipt(call, 0));
            }
        }

        var done = new TaskCompletionSource<HookReceipt>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.Writer.TryWrite((call, done))) done.SetResult(new HookReceipt(call, 0));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _client.CancelPendingRequests();
        await _worker;
        _client.Dispose();
    }

    private async Task WorkAsync()
    {
        await foreach (var (call, done) in _queue.Reader.ReadAllAsync())
        {
            var receipt = await CarryAsync(call);
            if (Repeats) await CarryAsync(call);
            done.SetResult(receipt);
        }
    }

    private async Task<HookReceipt> CarryAsync(HookCall call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Url) { Content = new ByteArrayContent(call.Body) };
        foreach (var (name, value) in call.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        var status = 0;
        try
        {
            using var response = await _client.SendAsync(request);
            status = (int)response.StatusCode;
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
        {
            // Nobody listens: what a forge notes as a failed delivery.
        }

        var receipt = new HookReceipt(call, status);
        lock (_gate) _sent.Add(receipt);
        return receipt;
    }
}
