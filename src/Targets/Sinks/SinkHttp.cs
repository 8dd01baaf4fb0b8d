using System.Net;
using System.Text;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets.Sinks;

/// <summary>Asks a sink's receiver over HTTP: nowhere else than where it was told, and not for ever.</summary>
internal sealed class SinkHttp(bool allowPrivate, TimeProvider clock) : IDisposable
{
    /// <summary>How long a receiver has for its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MostOfAnswer = 64 * 1024;
    private const int MostSaid = 200;
    private readonly HttpClient _http = GuardedHttp.Create(allowPrivate, Timeout.InfiniteTimeSpan);

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Sends a request. Only 2xx is an acknowledgement; redirects are not followed, since they could lead the log astray.</summary>
    /// <param name="read">Says what is wrong with the body of a 2xx, or null; none to leave it unread.</param>
    public async Task<SinkAnswer> AskAsync(HttpRequestMessage request, Func<ReadOnlyMemory<byte>, string?>? read, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var isTaken = (int)response.StatusCode is >= 200 and < 300;
            if (isTaken && read is null) return new SinkAnswer.Kept();
            var body = await BodyAsync(response, either.Token);
            if (isTaken) return read!(body) is { } wrong ? new SinkAnswer.NotKept(wrong) : new SinkAnswer.Kept();
            return new SinkAnswer.NotKept(Describe(response.StatusCode, body), Wait(response));
        }
        catch (AddressRefusedException refusal)
        {
            return new SinkAnswer.NotKept(refusal.Message);
        }
        catch (HttpRequestException problem)
        {
            return new SinkAnswer.NotKept(problem.InnerException is AddressRefusedException refusal ? refusal.Message : $"no answer came: {problem.Message}");
        }
        catch (IOException problem)
        {
            return new SinkAnswer.NotKept($"the answer broke off: {problem.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SinkAnswer.NotKept($"no answer within {Patience.TotalSeconds:0} seconds");
        }
    }

    public void Dispose() => _http.Dispose();

    private static string Describe(HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        var what = $"the receiver answered {(int)status}";
        if ((int)status is >= 300 and < 400) return $"{what}; redirects are not followed, so `url` must be the final address";
        var said = new string([.. Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, MostSaid)]).Where(letter => !char.IsControl(letter))]);
        return said.Length > 0 ? $"{what}: {said}" : what;
    }

    private TimeSpan? Wait(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter;
        var after = wait?.Delta ?? (wait?.Date is { } date ? date - Now : null);
        return after > TimeSpan.Zero ? after : null;
    }

    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[MostOfAnswer];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return buffer.AsMemory(0, await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation));
    }
}
