using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// Sends batches as OpenTelemetry's logs (OTLP/HTTP 1.x in JSON). A collector may reject some records of a request that it answers with 200; what is
/// an audit log is not given up for that, so the batch comes again and people see why.
/// </summary>
internal sealed class OtlpSink(SinkSource source, TimeProvider clock) : ISink, IDisposable
{
    private readonly SinkHttp _http = new(source.AllowPrivate, clock);

    public string Name => source.Name;

    public async Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation)
    {
        var body = OtlpLogs.Write(batch, source.View);
        using var request = new HttpRequestMessage(HttpMethod.Post, source.Address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (source.Secret is { } secret)
        {
            if (secret.Missing is { } missing) return new SinkAnswer.NotKept($"`secret`: {missing}");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret.Reveal()}");
        }

        return await _http.AskAsync(request, Rejected, cancellation);
    }

    public void Dispose() => _http.Dispose();

    // The answer is a message of protobuf in JSON: whole numbers of 64 bits may stand there as texts.
    private static string? Rejected(ReadOnlyMemory<byte> answer)
    {
        if (answer.IsEmpty) return null;
        try
        {
            using var json = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("partialSuccess", out var partial)
                || partial.ValueKind != JsonValueKind.Object || !partial.TryGetProperty("rejectedLogRecords", out var rejected))
            {
                return null;
            }

            var count = rejected.ValueKind == JsonValueKind.String ? rejected.GetString() : rejected.GetRawText();
            if (long.TryParse(count, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number == 0) return null;
            var why = partial.TryGetProperty("errorMessage", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString()! : "";
            return $"the receiver rejected {count} records: {(why.Length > 200 ? why[..200] : why)}".TrimEnd(' ', ':');
        }
        catch (JsonException)
        {
            // It said 2xx; what else it said in another language does not change that.
            return null;
        }
    }
}
