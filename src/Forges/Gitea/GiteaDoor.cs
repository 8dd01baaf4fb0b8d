using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// The webhooks of Gitea and Forgejo. Both also send headers under the names of GitHub and Gogs; those are never looked at. See the
/// folder's README for what is peculiar to them.
/// </summary>
public sealed class GiteaDoor : IForgeDoor
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "gitea";

    public string Name => ForgeName;

    /// <summary>
    /// The event is the one of <c>X-Gitea-Event-Type</c> where it came (Gitea Documentation, "Webhooks", "Event versus Event-Type"):
    /// it is more precise, and <c>X-Gitea-Event</c> comes empty with events that Gitea has given no such name.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        Header(headers, "delivery") is { } id && (Header(headers, "event-type") ?? Header(headers, "event")) is { } name
            ? new DeliveryLabel(id, name)
            : null;

    /// <summary>Bare hex digits without a prefix. The header comes empty from a hook that has no secret, which is no signature.</summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(Header(headers, "signature"), "", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => GiteaReader.Read(delivery);

    /// <summary>The value of a header under Gitea's name or under Forgejo's, which are the same where both came.</summary>
    internal static string? Header(IReadOnlyDictionary<string, string> headers, string name)
    {
        if (headers.TryGetValue($"x-gitea-{name}", out var value) && value.Length > 0) return value;
        return headers.TryGetValue($"x-forgejo-{name}", out value) && value.Length > 0 ? value : null;
    }
}
