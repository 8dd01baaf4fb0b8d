using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit;
using GitOpsGate.WebhookGateway.Secrets;
using GitOpsGate.WebhookGateway.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The JSON API: one static class per noun, all below <c>/api/v1</c>.</summary>
internal static class GateApi
{
    /// <summary>Rows of a page when the caller names no limit.</summary>
    public const int DefaultLimit = 50;
    private const int LongestPage = 500;

    public static void MapGateApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(Schemes.Viewer);
        api.MapChanges();
        api.MapRulings();
        api.MapAttestations();
        api.MapDeliveries();
        api.MapObligations();
        api.MapBranches();
        api.MapAudit();
        api.MapLogKeys();
        api.MapAuditorLinks();
        api.MapConnections();
        api.MapReconciliation();
        api.MapSecrets();
        api.MapPrivacy();
        api.MapGateway();
    }

    /// <summary>A caller's limit brought between 1 and 500.</summary>
    public static int Limit(int? wanted) => Math.Clamp(wanted ?? DefaultLimit, 1, LongestPage);

    public static ProblemHttpResult NotFound(string why) =>
        TypedResults.Problem(why, statusCode: StatusCodes.Status404NotFound, title: "not found");

    public static ProblemHttpResult BadRequest(string why) =>
        TypedResults.Problem(why, statusCode: StatusCodes.Status400BadRequest, title: "the question cannot be read");

    /// <summary>Reads a snake_case word of an enum. True, with null, for no word at all.</summary>
    public static bool TryWord<T>(string? word, out T? value)
        where T : struct, Enum
    {
        value = null;
        if (string.IsNullOrEmpty(word)) return true;
        foreach (var one in Enum.GetValues<T>())
        {
            if (Words.Of(one) != word) continue;
            value = one;
            return true;
        }

        return false;
    }

    /// <summary>What to answer when <see cref="TryWord"/> fails.</summary>
    public static ProblemHttpResult UnknownWord<T>(string name, string? word)
        where T : struct, Enum =>
        BadRequest($"`{name}={word}` is not known; right would be one of `{string.Join("`, `", Enum.GetValues<T>().Select(Words.Of))}`");
}
