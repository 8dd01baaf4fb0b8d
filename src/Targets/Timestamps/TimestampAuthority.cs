using System.Net.Http.Headers;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets.Timestamps;

/// <summary>Asks a time-stamp authority over HTTP (RFC 3161, section 3.4): nowhere else than where it was told, not for ever, and for no more than a stamp.</summary>
public sealed class TimestampAuthority(TimestampSource source, TimeProvider clock) : ITimestampAuthority, IDisposable
{
    /// <summary>How long the authority has for its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Query = "application/timestamp-query";
    private const string Reply = "application/timestamp-reply";

    // A token with the certificates of its authority has about 6 kB.
    private const int MostOfAnswer = 64 * 1024;
    private readonly HttpClient _http = GuardedHttp.Create(source.AllowPrivate, Timeout.InfiniteTimeSpan);

    public async Task<TimestampAnswer> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, source.Address) { Content = new ReadOnlyMemoryContent(request) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(Query);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await ReadAsync(response, either.Token);
        }
        catch (AddressRefusedException refusal)
        {
            return None(refusal.Message);
        }
        catch (HttpRequestException problem)
        {
            return None(problem.InnerException is AddressRefusedException refusal ? refusal.Message : $"no answer came: {problem.Message}");
        }
        catch (IOException problem)
        {
            return None($"the answer broke off: {problem.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return None($"no answer within {Patience.TotalSeconds:0} seconds");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<TimestampAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var (status, type) = ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType);
        if (status is >= 300 and < 400) return None($"it answered {status}; redirects are not followed, so `url` must be the final address");
        if (status is < 200 or >= 300) return None($"it answered {status}");
        if (!string.Equals(type, Reply, StringComparison.OrdinalIgnoreCase)) return None($"it answered with `{type ?? "no type"}`; `{Reply}` would be right");
        var buffer = new byte[MostOfAnswer + 1];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > MostOfAnswer ? None($"its answer is longer than {MostOfAnswer} bytes") : new TimestampAnswer(buffer.AsMemory(0, length), null);
    }

    private TimestampAnswer None(string why) => new(default, $"`{source.Address.Host}`: {why}");
}
