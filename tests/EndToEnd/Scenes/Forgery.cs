using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Fakes;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>Calls that look like a forge's and are not, made from one that was.</summary>
public static class Forgery
{
    private const string NotOurs = "not-the-secret-of-this-connection";
    private static readonly string[] Ids = ["X-GitHub-Delivery", "X-Gitlab-Event-UUID", "Idempotency-Key", "webhook-id", "X-Request-UUID"];
    private static readonly string[] Proofs = ["X-Hub-Signature-256", "X-Hub-Signature", "X-Gitlab-Token", "webhook-signature"];
    private static readonly string[] Events = ["X-GitHub-Event", "X-Gitlab-Event", "X-Event-Key"];

    /// <summary>The call with another body and delivery id, and the old signature.</summary>
    public static HookCall WithBody(this HookCall call, byte[] body, string id) =>
        call with { Body = body, Headers = call.Headers.ToDictionary(header => header.Key, header => Is(header.Key, Ids) ? id : header.Value) };

    /// <summary>The call with another event's name.</summary>
    public static HookCall WithEvent(this HookCall call, string name) =>
        call with { Headers = call.Headers.ToDictionary(header => header.Key, header => Is(header.Key, Events) ? name : header.Value) };

    /// <summary>The call without its event's name.</summary>
    public static HookCall WithoutEvent(this HookCall call) => Without(call, Events);

    /// <summary>The call without signature and secret.</summary>
    public static HookCall WithoutProof(this HookCall call) => Without(call, Proofs);

    /// <summary>The call with a secret or a signature that is not ours.</summary>
    public static HookCall WithWrongProof(this HookCall call) => call with
    {
        Headers = call.Headers.ToDictionary(
            header => header.Key,
            header => !Is(header.Key, Proofs) ? header.Value
                : header.Value.StartsWith("sha256=", StringComparison.Ordinal) ? Hmac(call.Body, NotOurs) : NotOurs),
    };

    /// <summary>The call signed anew with the right secret, as a forge that sends nonsense would.</summary>
    public static HookCall Signed(this HookCall call) => call with
    {
        Headers = call.Headers.ToDictionary(
            header => header.Key,
            header => header.Value.StartsWith("sha256=", StringComparison.Ordinal) ? Hmac(call.Body, Gateway.HookSecret) : header.Value),
    };

    private static string Hmac(byte[] body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    private static HookCall Without(HookCall call, string[] names) => call with
    {
        Headers = call.Headers.Where(header => !Is(header.Key, names)).ToDictionary(header => header.Key, header => header.Value),
    };

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
