using System.Net;
using System.Text.Json;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Webhook;

/// <summary>Sends orders to any HTTP receiver that follows the contract in this folder's README.</summary>
internal sealed class WebhookTarget : ITarget, IDisposable
{
    private const int MaxAnswer = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly WebhookOptions _options;
    private readonly TargetTools _tools;
    private readonly HttpClient _http;

    public WebhookTarget(string name, WebhookOptions options, TargetTools tools)
    {
        (Name, _options, _tools) = (name, options, tools);
        _http = GuardedHttp.Create(options.AllowPrivate, Timeout.InfiniteTimeSpan);
    }

    public string Name { get; }

    public async Task<Receipt> SendAsync(DispatchOrder order, Warrant warrant, CancellationToken cancellation)
    {
        var body = CloudEvent.Write(order, warrant, _tools.PublicUrl);
        using var content = new TrackedContent(body, CloudEvent.MediaType);
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = content };
        CloudEvent.Sign(request, order.Id, body, _tools.Clock.GetUtcNow(), _options.Keys);
        var answer = await AskAsync(request, cancellation);
        return answer switch
        {
            { Refusal: { } why } => new Receipt.Refused(why),
            { Status: { } status } => Read(order, status, answer),
            _ when content.HasBegun => new Receipt.Unclear($"the order was sent and no answer came: {answer.Trouble}"),
            _ => new Receipt.NotYet($"the receiver cannot be reached: {answer.Trouble}", null),
        };
    }

    public async Task<Receipt?> FindAsync(DispatchOrder order, CancellationToken cancellation)
    {
        if (_options.StatusUrl is null)
        {
            return _options.RepeatIsSafe
                ? new Receipt.NotYet("the receiver promises to carry out an order once, so it is sent again", null)
                : new Receipt.Unclear("the target has no `statusUrl` to ask, and does not say `repeatIsSafe: true`; ask its people");
        }

        var address = _options.StatusUrl.Replace("{id}", Uri.EscapeDataString(order.Id), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        CloudEvent.Sign(request, order.Id, [], _tools.Clock.GetUtcNow(), _options.Keys);
        var answer = await AskAsync(request, cancellation);
        return answer.Status switch
        {
            HttpStatusCode.OK when answer.Said("id") == order.Id => new Receipt.Accepted(answer.Said("reference") ?? order.Id),
            HttpStatusCode.OK => new Receipt.Unclear("the receiver answered for another order: `id` is not ours"),
            HttpStatusCode.NotFound when answer.Said("id") == order.Id => null,
            HttpStatusCode.NotFound => new Receipt.Unclear("the receiver answered 404 without our `id`, so the address may be wrong"),
            { } status => new Receipt.Unclear($"the receiver answered {(int)status} when asked for the order"),
            null => new Receipt.Unclear($"the receiver cannot be asked for the order: {answer.Refusal ?? answer.Trouble}"),
        };
    }

    public void Dispose() => _http.Dispose();

    private static Receipt Read(DispatchOrder order, HttpStatusCode status, Answer answer)
    {
        var what = $"the receiver answered {(int)status}";
        return (int)status switch
        {
            >= 200 and < 300 => new Receipt.Accepted(answer.Said("reference") ?? order.Id),
            409 when answer.Said("id") == order.Id => new Receipt.Accepted(answer.Said("reference") ?? order.Id),
            408 or 425 or 429 => new Receipt.NotYet(what, answer.RetryAfter),
            503 when answer.RetryAfter is not null => new Receipt.NotYet(what, answer.RetryAfter),
            >= 500 => new Receipt.Unclear(what),
            >= 300 and < 400 => new Receipt.Refused($"{what}; redirects are not followed, so `url` must be the final address"),
            >= 400 => new Receipt.Refused(answer.Said("error") is { } error ? $"{what}: {error}" : what),
            _ => new Receipt.Unclear(what),
        };
    }

    private async Task<Answer> AskAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, _tools.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var wait = response.Headers.RetryAfter;
            var after = wait?.Delta ?? (wait?.Date is { } date ? date - _tools.Clock.GetUtcNow() : null);
            return new Answer(response.StatusCode, await BodyAsync(response, either.Token), after > TimeSpan.Zero ? after : null, null, null);
        }
        catch (HttpRequestException problem) when (problem.InnerException is AddressRefusedException refusal)
        {
            return new Answer(null, default, null, refusal.Message, null);
        }
        catch (AddressRefusedException refusal)
        {
            return new Answer(null, default, null, refusal.Message, null);
        }
        catch (HttpRequestException problem)
        {
            return new Answer(null, default, null, null, problem.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Answer(null, default, null, null, $"no answer within {Patience.TotalSeconds:0} seconds");
        }
    }

    // The status is the answer; a body that breaks off or never ends changes nothing about it.
    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[MaxAnswer];
        var count = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            count = await stream.ReadAtLeastAsync(buffer, MaxAnswer, throwOnEndOfStream: false, cancellation);
        }
        catch (IOException)
        {
            count = 0;
        }
        catch (HttpRequestException)
        {
            count = 0;
        }
        catch (OperationCanceledException)
        {
            count = 0;
        }

        return buffer.AsMemory(0, count);
    }

    private sealed record Answer(HttpStatusCode? Status, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter, string? Refusal, string? Trouble)
    {
        /// <summary>A text member of the answer's JSON object, shortened; or null.</summary>
        public string? Said(string name)
        {
            try
            {
                using var json = JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = 8 });
                if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(name, out var value)) return null;
                var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
                return text is null or { Length: <= 200 } ? text : text[..200];
            }
            catch (JsonException)
            {
                return null;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }
}
