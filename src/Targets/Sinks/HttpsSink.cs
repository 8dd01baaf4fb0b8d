using System.Net.Http.Headers;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// Posts batches, signed as Standard Webhooks asks: <c>webhook-id</c> is the batch's id, which stays the same when it comes again, so that the
/// receiver can tell. Any 2xx is an acknowledgement.
/// </summary>
internal sealed class HttpsSink(SinkSource source, TimeProvider clock) : ISink, IDisposable
{
    private readonly SinkHttp _http = new(source.AllowPrivate, clock);

    public string Name => source.Name;

    public async Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation)
    {
        if (SigningKey.Read(source.Secret?.Reveal() ?? "") is not { } key) return new SinkAnswer.NotKept($"`secret` is not {SigningKey.Right}");
        var body = source.View.Write(batch.Leaves, batch.Place);
        using var request = new HttpRequestMessage(HttpMethod.Post, source.Address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(source.View.MediaType);
        CloudEvent.Sign(request, batch.Id, body, _http.Now, [key]);
        return await _http.AskAsync(request, null, cancellation);
    }

    public void Dispose() => _http.Dispose();
}
