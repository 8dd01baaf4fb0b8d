using System.Net.Http.Headers;
using System.Text;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets.Witnesses;

/// <summary>
/// A witness over HTTP (C2SP tlog-witness). It learns the log's name, size and root, and nothing of its entries. Nowhere else than where it
/// was told, not for ever, and no answer longer than a note.
/// </summary>
public sealed class HttpWitness(WitnessSource source, TimeProvider clock) : IWitnessLink, IDisposable
{
    private const int MostOfAnswer = 64 * 1024;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly HttpClient _http = GuardedHttp.Create(source.AllowPrivate, Timeout.InfiniteTimeSpan);

    public WitnessSource Source => source;

    public async Task<WitnessAnswer> AddAsync(WitnessRequest request, TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(source.Address, "add-checkpoint"))
            {
                Content = new StringContent(request.ToString(), Utf8, new MediaTypeHeaderValue("text/plain", "utf-8")),
            };
            using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var verdict = (WitnessVerdict)(int)answer.StatusCode;
            if (!Enum.IsDefined(verdict)) throw new IOException($"it answered {(int)answer.StatusCode}");
            return new WitnessAnswer(verdict, await BodyAsync(answer, either.Token));
        }
        catch (AddressRefusedException refusal)
        {
            throw new IOException(refusal.Message, refusal);
        }
        catch (HttpRequestException trouble)
        {
            throw new IOException(trouble.InnerException is AddressRefusedException refusal ? refusal.Message : $"no answer came: {trouble.Message}", trouble);
        }
        catch (OperationCanceledException trouble) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"no answer came within {patience.TotalSeconds:0.#} seconds", trouble);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string> BodyAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var buffer = new byte[MostOfAnswer];
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        try
        {
            return Utf8.GetString(buffer, 0, length);
        }
        catch (DecoderFallbackException trouble)
        {
            throw new IOException("its answer is not UTF-8", trouble);
        }
    }
}
