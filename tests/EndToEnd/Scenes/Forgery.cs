using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Fakes;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>Calls that look like a forge's and are not, made from one that was.</summary>
public static class Forgery
{
    private const string NotOurs = "not-the-secret-of-this-connection";

    // A Gitea sends the headers of GitHub and of Gogs beside its own.
    private static readonly string[] Ids =
    [
        "X-GitHub-Delivery", "X-Gitlab-Event-UUID", "Idempotency-Key", "webhook-id", "X-Request-UUID", "X-Request-Id", "X-Gitea-Delivery",
        "X-Gogs-Delivery", "X-Forgejo-Delivery",
    ];

    private static readonly string[] Events =
    [
        "X-GitHub-Event", "X-GitHub-Event-Type", "X-Gitlab-Event", "X-Event-Key", "X-Gitea-Event", "X-Gitea-Event-Type", "X-Gogs-Event",
        "X-Gogs-Event-Type", "X-Forgejo-Event", "X-Forgejo-Event-Type",
    ];

    private static readonly string[] BareSignatures = ["X-Gitea-Signature", "X-Gogs-Signature", "X-Forgejo-Signature"];
    private static readonly string[] Secrets = ["X-Gitlab-Token", "Authorization"];

    private static readonly string[] Proofs =
        ["X-Hub-Signature-256", "X-Hub-Signature", "webhook-signature", .. BareSignatures, .. Secrets];

    /// <summary>Whether what proves who called covers the body, too: a secret in plain text says nothing about it.</summary>
    public static bool ProvesBody(this HookCall call) => !call.Headers.Keys.Any(name => Is(name, Secrets));

    /// <summary>Whether the delivery and its event are named in the body alone, as Azure DevOps does.</summary>
    public static bool IsNamedInBody(this HookCall call) => !call.Headers.Keys.Any(name => Is(name, Events));

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
    public static HookCall WithWrongProof(this HookCall call) => Proven(call, NotOurs);

    /// <summary>The call signed anew with the right secret, as a forge that sends nonsense would.</summary>
    public static HookCall Signed(this HookCall call) => Proven(call, Gateway.HookSecret);

    private static HookCall Proven(HookCall call, string secret) => call with
    {
        Headers = call.Headers.ToDictionary(
            header => header.Key, header => Is(header.Key, Proofs) ? Proof(header.Key, header.Value, call.Body, secret) : header.Value),
    };

    private static string Proof(string name, string genuine, byte[] body, string secret)
    {
        const string Sha256 = "sha256=";
        if (name == "Authorization") return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"gitops-gate:{secret}"));
        var digest = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
        if (genuine.StartsWith(Sha256, StringComparison.Ordinal)) return Sha256 + digest;
        return Is(name, BareSignatures) ? digest : secret;
    }

    private static HookCall Without(HookCall call, string[] names) => call with
    {
        Headers = call.Headers.Where(header => !Is(header.Key, names)).ToDictionary(header => header.Key, header => header.Value),
    };

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
