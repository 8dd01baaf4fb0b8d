using System.Text.Json;
using System.Text.Json.Serialization;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The wire format of the API: camelCase names, enums as snake_case words, times in ISO 8601.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters =
    [
        typeof(Word<ChangeState>), typeof(Word<Verdict>), typeof(Word<RuleMode>), typeof(Word<RequirementState>),
        typeof(Word<DeliveryState>), typeof(Word<ObligationState>), typeof(Word<Role>),
    ])]
[JsonSerializable(typeof(PageView<ChangeView>))]
[JsonSerializable(typeof(PageView<DeliveryView>))]
[JsonSerializable(typeof(PageView<ObligationView>))]
[JsonSerializable(typeof(PageView<AuditLeafView>))]
[JsonSerializable(typeof(PageView<ConnectionView>))]
[JsonSerializable(typeof(PageView<RulingView>))]
[JsonSerializable(typeof(DeliveryBodyView))]
[JsonSerializable(typeof(AuditHeadView))]
[JsonSerializable(typeof(VerificationView))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(ConnectView))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenView))]
[JsonSerializable(typeof(ReplayView))]
[JsonSerializable(typeof(RetryView))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>An enum as its snake_case word; numbers are refused.</summary>
internal sealed class Word<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
