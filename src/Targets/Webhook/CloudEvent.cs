using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Webhook;

/// <summary>What is sent: the order as a CloudEvent (1.0, structured JSON), signed by Standard Webhooks.</summary>
internal static class CloudEvent
{
    public const string MediaType = "application/cloudevents+json; charset=utf-8";

    public const string Type = "dev.gitops-gate.deployment.requested.v1";

    public static byte[] Write(DispatchOrder order, Warrant warrant, string source)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", order.Id);
            json.WriteString("source", source);
            json.WriteString("type", Type);
            json.WriteString("subject", $"environment/{order.Environment}");
            json.WriteString("time", Time(order.OrderedAt));
            json.WriteString("datacontenttype", "application/json");
            json.WriteStartObject("data");
            json.WriteString("orderId", order.Id);
            json.WriteString("environment", order.Environment);
            json.WriteString("target", order.Target);
            json.WriteString("repository", order.Repository.ToString());
            json.WriteString("branch", order.Branch);
            json.WriteString("commit", order.Commit.Value);
            json.WriteString("tree", order.Tree);
            json.WriteString("path", order.Path);
            json.WriteString("ruling", order.Ruling.ToString());
            if (order.Change is { } change) json.WriteNumber("change", change.Number);
            json.WritePropertyName("attestation");
            json.WriteRawValue(warrant.Envelope.Span);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Adds the three headers of Standard Webhooks; the signature is over id, timestamp and body.</summary>
    public static void Sign(HttpRequestMessage request, string id, ReadOnlySpan<byte> body, DateTimeOffset now, IEnumerable<byte[]> keys)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{seconds}."), .. body];
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", seconds);
        request.Headers.TryAddWithoutValidation(
            "webhook-signature", string.Join(' ', keys.Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)))));
    }

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
