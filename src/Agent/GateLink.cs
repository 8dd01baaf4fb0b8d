using System.Net;
using System.Net.Http.Headers;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Agent;

/// <summary>What the gateway says should run. Closed.</summary>
internal abstract record DesiredAnswer
{
    private DesiredAnswer()
    {
    }

    private protected abstract void Close();

    /// <summary>Nothing was ever ordered for this target.</summary>
    public sealed record Nothing : DesiredAnswer
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>What the agent knows already.</summary>
    public sealed record Known : DesiredAnswer
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>A document that nobody has checked yet.</summary>
    public sealed record Document(ReadOnlyMemory<byte> Envelope) : DesiredAnswer
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>
/// The agent's calls to the gateway: outbound only, no redirects, no cookies, answers of bounded size. Every trouble is a
/// <see cref="GateTroubleException"/>.
/// </summary>
internal sealed class GateLink : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ContentPatience = TimeSpan.FromMinutes(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly string _root;
    private readonly TimeProvider _clock;

    public GateLink(AgentConfiguration configuration, TimeProvider clock)
    {
        _root = $"{configuration.GatewayUrl}/agent/v1/targets/{Uri.EscapeDataString(configuration.Target)}";
        _clock = clock;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", configuration.Token.Reveal());
    }

    /// <summary>Asks what should run.</summary>
    /// <param name="known">The version that the agent has carried out, or null.</param>
    /// <param name="wait">How long the gateway may wait for something newer.</param>
    /// <exception cref="GateTroubleException">There is no answer to go by.</exception>
    public async Task<DesiredAnswer> DesiredAsync(long? known, TimeSpan wait, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_root}/desired");
        if (known is { } version) request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{version}\"");
        if (wait > TimeSpan.Zero) request.Headers.TryAddWithoutValidation("Prefer", $"wait={(int)wait.TotalSeconds}");
        return await AskAsync(request, wait + Patience, async (response, token) => response.StatusCode switch
        {
            HttpStatusCode.OK => new DesiredAnswer.Document(await BodyAsync(response, DesiredVerifier.MaxBytes, token)),
            HttpStatusCode.NotModified => new DesiredAnswer.Known(),
            HttpStatusCode.NotFound => new DesiredAnswer.Nothing(),
            _ => (DesiredAnswer?)null,
        }, cancellation);
    }

    /// <summary>Fetches the content of a tree, and hands the stream to a reader that bounds it.</summary>
    /// <exception cref="GateTroubleException">It cannot be had.</exception>
    public async Task ContentAsync(string tree, Func<Stream, CancellationToken, Task> take, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_root}/content/{tree}");
        await AskAsync(request, ContentPatience, async (response, token) =>
        {
            if (response.StatusCode != HttpStatusCode.OK) return null;
            await using var stream = await response.Content.ReadAsStreamAsync(token);
            await take(stream, token);
            return request;
        }, cancellation);
    }

    /// <summary>Hands a report over.</summary>
    /// <exception cref="GateTroubleException">It is not certain that the gateway has it.</exception>
    public async Task ReportAsync(AgentReport report, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(report.ToJson());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_root}/reports") { Content = content };
        await AskAsync(request, Patience, (response, _) => Task.FromResult(response.StatusCode == HttpStatusCode.Accepted ? request : null), cancellation);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends, and reads the answer; a reader that gives null has not understood its status.</summary>
    private async Task<T> AskAsync<T>(
        HttpRequestMessage request, TimeSpan patience, Func<HttpResponseMessage, CancellationToken, Task<T?>> read, CancellationToken cancellation)
        where T : class
    {
        using var deadline = new CancellationTokenSource(patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await read(response, either.Token) ?? throw NotUnderstood(response);
        }
        catch (HttpRequestException problem)
        {
            throw new GateTroubleException($"the gateway cannot be reached: {problem.Message}", problem);
        }
        catch (HttpIOException problem)
        {
            throw new GateTroubleException($"the gateway's answer broke off: {problem.Message}", problem);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new GateTroubleException($"the gateway gave no answer within {patience.TotalSeconds:0} seconds");
        }
    }

    private static GateTroubleException NotUnderstood(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var why = status switch
        {
            >= 300 and < 400 => "redirects are not followed, so `gateway` must be the final address",
            401 => "the token is unknown or revoked",
            403 => "the token is not this target's",
            410 => "the target is not in gate.yaml any more",
            _ => response.ReasonPhrase ?? "",
        };
        return new GateTroubleException($"the gateway answered {status}: {why}")
        {
            IsFinal = status is 400 or 413 or 422,
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellation)
    {
        // One byte more than is taken, so that the verifier sees that it is too large.
        var buffer = new byte[maxBytes + 1];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return buffer[..count];
    }
}
