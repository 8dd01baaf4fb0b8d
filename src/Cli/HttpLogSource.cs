using System.Net;
using System.Net.Http.Headers;
using GitOpsGate.Audit.Mirrors;

namespace GitOpsGate.Cli;

/// <summary>A transparency log at an address (C2SP tlog-tiles over HTTP). An answer is read to a bound, never to its end.</summary>
internal sealed class HttpLogSource : ILogSource, IDisposable
{
    private readonly HttpClient _http;

    /// <param name="address">The log's root: <c>checkpoint</c> stands below it.</param>
    /// <param name="token">An access token, for the gateway whose token it is; null for everybody else's log.</param>
    /// <exception cref="CommandFailure">It is no address.</exception>
    public HttpLogSource(string address, string? token)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
            throw new CommandFailure(ExitCode.Usage, $"`{address}` is not an address; it would be like `https://log.example.org/audit`");
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All };
        _http = new HttpClient(handler) { BaseAddress = root, Timeout = TimeSpan.FromMinutes(1) };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("gitops-gate", "1"));
        if (token is { Length: > 0 }) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // The client's own limit ends with the headers; a body may trickle for ever.
            limit.CancelAfter(_http.Timeout);
            using var answer = await _http.GetAsync(new Uri(address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return null;
            if (!answer.IsSuccessStatusCode) throw Refused(address, answer);
            await using var body = await answer.Content.ReadAsStreamAsync(limit.Token);
            return await ReadAsync(body, address, most, limit.Token);
        }
        catch (HttpRequestException trouble)
        {
            throw new IOException($"`{_http.BaseAddress}{address}` does not answer: {trouble.Message}", trouble);
        }
        catch (OperationCanceledException trouble) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"`{_http.BaseAddress}{address}` did not answer within {_http.Timeout}", trouble);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<byte[]> ReadAsync(Stream body, string address, int most, CancellationToken cancellation)
    {
        using var taken = new MemoryStream();
        var room = new byte[1 << 14];
        while (await body.ReadAsync(room, cancellation) is > 0 and var count)
        {
            if (taken.Length + count > most) throw new LogRefusedException($"`{address}` has more than {most} bytes, which is more than can be right");
            taken.Write(room, 0, count);
        }

        return taken.ToArray();
    }

    private CommandFailure Refused(string address, HttpResponseMessage answer) => new(ExitCode.Gateway, answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized => "not signed in: give a token with --token or in GATE_TOKEN",
        HttpStatusCode.Forbidden => "this token may not read the audit log; a viewer's would be right",
        _ => $"`{_http.BaseAddress}{address}` answered {(int)answer.StatusCode} {answer.ReasonPhrase}",
    });
}
