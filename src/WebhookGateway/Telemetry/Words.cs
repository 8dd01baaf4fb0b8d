using System.Text.Json;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>
/// How the values of our enums are written in metrics, in the API and on pages: <c>InHand</c> is <c>in_hand</c>.
/// </summary>
public static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
