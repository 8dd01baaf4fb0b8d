using System.Text.Json;
using System.Text.Json.Serialization;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Setup;
using GitOpsGate.WebhookGateway.Agents;
using GitOpsGate.WebhookGateway.Audit.Anchors;
using GitOpsGate.WebhookGateway.Secrets;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The wire format of the API: camelCase names, enums as snake_case words, times in ISO 8601.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageView<ChangeView>))]
[JsonSerializable(typeof(PageView<DeliveryView>))]
[JsonSerializable(typeof(PageView<ObligationView>))]
[JsonSerializable(typeof(PageView<AuditLeafView>))]
[JsonSerializable(typeof(PageView<UnmanagedView>))]
[JsonSerializable(typeof(PageView<ConnectionView>))]
[JsonSerializable(typeof(PageView<RulingView>))]
[JsonSerializable(typeof(PageView<RepositoryView>))]
[JsonSerializable(typeof(PageView<CheckupView>))]
[JsonSerializable(typeof(PageView<ReconciledView>))]
[JsonSerializable(typeof(PageView<SinkView>))]
[JsonSerializable(typeof(AnchorsView))]
[JsonSerializable(typeof(PageView<AuditorLinkView>))]
[JsonSerializable(typeof(AuditorLinkRequest))]
[JsonSerializable(typeof(NewAuditorLinkView))]
[JsonSerializable(typeof(RevokedLinkView))]
[JsonSerializable(typeof(PageView<AttestationView>))]
[JsonSerializable(typeof(LinkContentView))]
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
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(ConnectionBudgetView))]
[JsonSerializable(typeof(PageView<SecretView>))]
[JsonSerializable(typeof(SecretRequest))]
[JsonSerializable(typeof(SecretRemovedView))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>
    /// Gives the gateway's own options this format; converters and strictness are the options', not the context's.
    /// </summary>
    public static void Describe(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        options.AllowDuplicateProperties = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        foreach (var word in (JsonConverter[])
            [
                new Word<ChangeState>(), new Word<Verdict>(), new Word<RuleMode>(), new Word<RequirementState>(),
                new Word<DeliveryState>(), new Word<ObligationState>(), new Word<Role>(), new Word<HookStep>(), new Word<CheckupState>(),
            ])
        {
            options.Converters.Add(word);
        }
    }
}

/// <summary>An enum as its snake_case word; numbers are refused.</summary>
internal sealed class Word<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
