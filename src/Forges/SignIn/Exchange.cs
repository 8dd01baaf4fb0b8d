using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>Asks a forge for what signs in, and says what it means when that fails.</summary>
/// <param name="call">Sends one request as it is signed, within the bounds of every call.</param>
internal sealed class Exchange(Func<ForgeRequest, CancellationToken, Task<RawAnswer>> call)
{
    /// <summary>Asks, and reads the answer's JSON.</summary>
    /// <exception cref="ForgeTroubleException">
    /// Never unclear: the call that wanted to sign in was not sent, and a token whose answer was lost ends by itself.
    /// </exception>
    public async Task<JsonElement> AskAsync(ForgeRequest request)
    {
        try
        {
            var answer = await call(request, CancellationToken.None);
            if (answer.Status is < 200 or >= 300)
            {
                throw ForgeTrouble.Of(answer.Status, answer.Peek(), request.Method, request.ToString(), answer.Rest);
            }

            return StrictJson.TryParse(answer.Body.Span, out var json, out var problem)
                ? json
                : throw ForgeTrouble.Useless(request.Method, request.ToString(), problem);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Unclear)
        {
            throw new ForgeTroubleException(trouble.Message, TroubleKind.Unavailable, trouble.RetryAfter, trouble);
        }
    }

    /// <summary>A text that an answer must have.</summary>
    public static string Needed(JsonElement answer, string name, ForgeRequest request) =>
        answer.TextOrNull(name) is { Length: > 0 } text
            ? text
            : throw new ForgeTroubleException($"{request} got an answer without `{name}`", TroubleKind.Unavailable);

    /// <summary>Dresses a request in nothing but its credential.</summary>
    public static void Bare(HttpRequestHeaders headers, Connection connection)
    {
        // The credential signs by itself.
    }
}
