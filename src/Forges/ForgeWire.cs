using GitOpsGate.Forges.Budget;

namespace GitOpsGate.Forges;

/// <summary>
/// Sends one request as it is signed and reads its whole answer, within the bounds of time and size. Redirects are not followed. Safe to use
/// from many threads.
/// </summary>
internal sealed class ForgeWire(IHttpClientFactory clients, TimeProvider clock, ForgeHttpOptions options)
{
    /// <param name="cached">The answer that the forge may say still holds, or null.</param>
    /// <exception cref="Ports.ForgeTroubleException">No whole answer came, or it was too large.</exception>
    public async Task<RawAnswer> SendAsync(ForgeRequest request, CachedAnswer? cached, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        using var message = request.ToMessage(cached?.Tag);
        try
        {
            var client = clients.CreateClient(ForgeHttp.ClientName);
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var answer = await RawAnswer.ReadAsync(response, request, cached, options.AnswerLimit, either.Token);
            var now = clock.GetUtcNow();
            return answer with
            {
                Rest = ForgeTrouble.RestAskedFor(answer.Status, response.Headers, answer.Peek(), now),
                Rate = RateReading.Of(response.Headers, now),
            };
        }
        catch (HttpRequestException trouble)
        {
            throw ForgeTrouble.Of(trouble, request.Method, request.ToString());
        }
        catch (IOException trouble)
        {
            var ended = new HttpRequestException(HttpRequestError.ResponseEnded, trouble.Message, trouble);
            throw ForgeTrouble.Of(ended, request.Method, request.ToString());
        }
        catch (OperationCanceledException trouble) when (!cancellation.IsCancellationRequested)
        {
            // The handler's own limit for making a connection ends as a cancellation around a timeout, before our timer has
            // fired.
            var connecting = !timer.IsCancellationRequested && trouble.InnerException is TimeoutException;
            throw ForgeTrouble.TimedOut(trouble, request.Method, request.ToString(), connecting);
        }
    }
}
