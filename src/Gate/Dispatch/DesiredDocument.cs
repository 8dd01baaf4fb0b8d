using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.Dispatch;

/// <summary>What one target should run, and until when this may be acted on: the gate's word to a sync agent.</summary>
public sealed record DesiredDocument
{
    /// <summary>The target's name in <c>gate.yaml</c>.</summary>
    public required string Target { get; init; }

    public required string Environment { get; init; }

    /// <summary>Grows with every document of a target, for an older commit as for a newer one: a smaller version is a replay.</summary>
    public required long Version { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>From then on nothing may be changed because of it; what runs keeps running.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The order that <see cref="Warrant"/> permits.</summary>
    public required string OrderId { get; init; }

    public required Warrant Warrant { get; init; }

    internal byte[] ToPayload() => Dsse.Write(json =>
    {
        json.WriteString("target", Target);
        json.WriteString("environment", Environment);
        json.WriteNumber("version", Version);
        json.WriteString("issuedAt", Time(IssuedAt));
        json.WriteString("expires", Time(Expires));
        json.WriteString("mode", "apply");
        json.WriteString("orderId", OrderId);
        json.WritePropertyName("warrant");
        json.WriteRawValue(Warrant.Envelope.Span);
    });

    internal static Opened<SealedDocument> Read(JsonElement root, byte[] payload)
    {
        // A mode that this program does not know may be a reason not to act, so it is not passed over.
        if (Dsse.Text(root, "mode") is not "apply" and var mode) return new(null, $"the mode `{mode}` is not known; `apply` would be right");
        var document = new DesiredDocument
        {
            Target = Dsse.Text(root, "target"),
            Environment = Dsse.Text(root, "environment"),
            Version = root.GetProperty("version").GetInt64(),
            IssuedAt = root.GetProperty("issuedAt").GetDateTimeOffset(),
            Expires = root.GetProperty("expires").GetDateTimeOffset(),
            OrderId = Dsse.Text(root, "orderId"),
            Warrant = new Warrant(Encoding.UTF8.GetBytes(root.GetProperty("warrant").GetRawText())),
        };
        return new(new SealedDocument(document, Convert.ToHexStringLower(SHA256.HashData(payload))), "");
    }

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A document whose signature is good.</summary>
/// <param name="Digest">SHA-256 over the payload that was signed, lower-case hex.</param>
internal sealed record SealedDocument(DesiredDocument Document, string Digest);
