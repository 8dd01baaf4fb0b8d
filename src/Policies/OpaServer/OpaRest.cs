using System.Net.Http.Headers;
using System.Text.Json;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>
/// Calls of OPA's REST API (OPA documentation, "REST API"): one request, one bounded answer. Safe to use from many threads. It
/// retries nothing: all of these calls may be repeated, and who calls knows whether that is worth it.
/// </summary>
internal sealed class OpaRest(HttpClient http, OpaServerOptions options)
{
    /// <summary>Sends a request to a path below <c>/v1</c> (or to <c>/health</c>), already escaped.</summary>
    public async Task<OpaAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var ends = new CancellationTokenSource(options.Timeout, options.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ends.Token, cancellation);
        using var request =
            new HttpRequestMessage(method, new Uri(options.Address.AbsoluteUri.TrimEnd('/') + path)) { Content = content };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var body = await ReadAsync(response.Content, both.Token);
            if (body is null) return Refused($"the OPA server's answer is larger than {options.LargestAnswer} bytes");
            return response.IsSuccessStatusCode ? Read(body) : Explain((int)response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Lost($"the OPA server did not answer within {options.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException)
        {
            return Lost($"the OPA server at `{options.Address.Authority}` cannot be reached: {trouble.Message.TrimEnd('.')}");
        }
    }

    public Task<OpaAnswer> GetAsync(string path, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, path, null, cancellation);

    public Task<OpaAnswer> PutAsync(string path, ReadOnlyMemory<byte> body, string mediaType, CancellationToken cancellation)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return SendAsync(HttpMethod.Put, path, content, cancellation);
    }

    private static OpaAnswer.Bad Refused(string message) => new(OpaAnswer.RefusedCode, message, null);

    private static OpaAnswer.Bad Lost(string message) => new(OpaAnswer.Unreachable, message, null);

    private static OpaAnswer Read(byte[] body)
    {
        try
        {
            // Writes are answered with 204 and nothing.
            var document =
                JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body, new JsonDocumentOptions { MaxDepth = 512 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return new OpaAnswer.Good(document);
            document.Dispose();
        }
        catch (JsonException)
        {
        }

        return Refused("the OPA server's answer is not a JSON object; is another server listening there");
    }

    /// <summary>OPA explains errors as <c>{code, message, errors: [{code, message, location: {file, row, col}}]}</c>.</summary>
    private static OpaAnswer.Bad Explain(int status, byte[] body)
    {
        if (Read(body) is not OpaAnswer.Good { Document: var document }) return Refused($"the OPA server answered {status}");
        using (document)
        {
            var root = document.RootElement;
            if (root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array)
            {
                foreach (var error in errors.EnumerateArray())
                {
                    if (error.ValueKind != JsonValueKind.Object || TextOf(error, "code") is not { } code) continue;
                    return new OpaAnswer.Bad(code, TextOf(error, "message") ?? code, PlaceOf(error));
                }
            }

            return Refused($"the OPA server answered {status}: {TextOf(root, "message") ?? "without a reason"}");
        }
    }

    private static string? TextOf(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static PolicyPlace? PlaceOf(JsonElement error)
    {
        if (!error.TryGetProperty("location", out var location) || location.ValueKind != JsonValueKind.Object) return null;
        var known = location.TryGetProperty("row", out var row) & location.TryGetProperty("col", out var column);
        return known && row.TryGetInt32(out var line) && column.TryGetInt32(out var at)
            ? new PolicyPlace(TextOf(location, "file") ?? "", line, at)
            : null;
    }

    private async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > options.LargestAnswer) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var part = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(part, cancellation)) > 0;)
        {
            if (body.Length + read > options.LargestAnswer) return null;
            body.Write(part, 0, read);
        }

        return body.ToArray();
    }
}
