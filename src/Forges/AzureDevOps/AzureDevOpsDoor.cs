using System.Text;
using System.Text.Unicode;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>The webhooks ("service hooks") of Azure DevOps Repos. See the folder's README for what is peculiar to it.</summary>
public sealed class AzureDevOpsDoor : IForgeDoor
{
    /// <summary>The word that <c>gate delivery read</c> takes.</summary>
    public const string ForgeName = "azuredevops";

    private const string Scheme = "Basic ";

    public string Name => ForgeName;

    /// <summary>
    /// Always null. Azure DevOps writes what names a delivery (<c>subscriptionId</c> and <c>id</c>) into the body alone
    /// (Azure DevOps docs, "Service hooks events"). The headers of a subscription are the same for all its deliveries, and what else
    /// comes is documented nowhere: a delivery that wrongly looked like one before it would be lost, so nothing is guessed.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) => null;

    /// <summary>
    /// Nothing is signed: who calls is known by the password of HTTP Basic (RFC 7617), which is one of the connection's webhook secrets.
    /// The user name is no secret and is not looked at. A secret in another header is not taken, since everybody who has access to the
    /// subscription sees its headers (Azure DevOps docs, "Service hook consumers").
    /// </summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (!headers.TryGetValue("authorization", out var header) || header.Length == 0) return SignatureCheck.Missing;
        return PasswordOf(header) is { Length: > 0 } password
            ? Signatures.Token(password, connection.WebhookSecrets)
            : SignatureCheck.Mismatch;
    }

    public Reading Read(Delivery delivery) => AzureDevOpsReader.Read(delivery);

    /// <summary>What stands after the first colon, or null when this is no Basic header.</summary>
    private static string? PasswordOf(string header)
    {
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var encoded = header.AsSpan(Scheme.Length).Trim(' ');
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length)) return null;
        var pair = bytes.AsSpan(0, length);
        var colon = pair.IndexOf((byte)':');
        // Broken bytes would be read as a replacement character, which several passwords could share.
        return colon >= 0 && Utf8.IsValid(pair[(colon + 1)..]) ? Encoding.UTF8.GetString(pair[(colon + 1)..]) : null;
    }
}
