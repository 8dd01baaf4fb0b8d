using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// The webhooks of Bitbucket Data Center, and of Bitbucket Server before it. See the folder's README for what is peculiar to it.
/// </summary>
public sealed class BitbucketDataCenterDoor : IForgeDoor
{
    /// <summary>The word that <c>gate.yaml</c> will have for it.</summary>
    public const string ForgeName = "bitbucket-datacenter";

    public string Name => ForgeName;

    /// <summary>
    /// The request's id is the only one that a delivery has (Atlassian, "Event payload", HTTP headers). Bitbucket Cloud calls it
    /// otherwise, so its deliveries are malformed here.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        Header(headers, "x-request-id") is { } id && Header(headers, "x-event-key") is { } name
            ? new DeliveryLabel(id, name)
            : null;

    /// <summary>The header is named like GitHub's old SHA-1 one, but holds SHA-256 (Atlassian, "Manage webhooks").</summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(Header(headers, "x-hub-signature"), "sha256=", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => BitbucketDataCenterReader.Read(delivery);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
