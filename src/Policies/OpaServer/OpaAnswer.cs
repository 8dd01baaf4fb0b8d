using System.Text.Json;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>One answer of the server, or why there is none. Closed.</summary>
internal abstract record OpaAnswer
{
    /// <summary>The server could not be reached in time, or the connection broke. It may have acted all the same.</summary>
    public const string Unreachable = "engine_unreachable";

    /// <summary>The server answered, and the answer is of no use.</summary>
    public const string RefusedCode = "engine_refused";

    private OpaAnswer()
    {
    }

    /// <summary>A 2xx answer with a JSON object; the document is the receiver's to dispose of.</summary>
    public sealed record Good(JsonDocument Document) : OpaAnswer;

    /// <summary>Anything else.</summary>
    /// <param name="Code">OPA's code of an error in a policy, <see cref="Unreachable"/> or <see cref="RefusedCode"/>.</param>
    /// <param name="Message">What went wrong.</param>
    /// <param name="Place">Where in a policy, when OPA says so.</param>
    public sealed record Bad(string Code, string Message, PolicyPlace? Place) : OpaAnswer;
}
