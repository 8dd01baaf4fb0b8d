using GitOpsGate.WebhookGateway.Ui.Audit;
using GitOpsGate.WebhookGateway.Ui.Changes;
using GitOpsGate.WebhookGateway.Ui.Connections;
using GitOpsGate.WebhookGateway.Ui.Deliveries;
using GitOpsGate.WebhookGateway.Ui.Obligations;
using GitOpsGate.WebhookGateway.Ui.Privacy;
using GitOpsGate.WebhookGateway.Ui.Rulings;
using GitOpsGate.WebhookGateway.Ui.Unmanaged;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>The pages: rendered here, readable and usable without script.</summary>
public static class GateUi
{
    /// <summary>How many rows a list shows at once.</summary>
    internal const int PageLength = 50;

    public static IServiceCollection AddGateUi(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddTransient<SetupDesk>();
        services.AddSingleton<AuditSurroundings>();
        services.AddSingleton<IProblemDetailsWriter, PageProblems>();
        return services;
    }

    public static IEndpointRouteBuilder MapGateUi(this IEndpointRouteBuilder routes)
    {
        routes.MapGateAssets();
        var pages = routes.MapGroup("").ExcludeFromDescription().AddEndpointFilter<PageHeaders>();
        pages.MapGet("/sign-in", SignIn).AllowAnonymous();
        pages.MapChangePages();
        pages.MapRulingPages();
        pages.MapDeliveryPages();
        pages.MapObligationPages();
        pages.MapUnmanagedPages();
        pages.MapConnectionPages();
        pages.MapSetupPages();
        pages.MapAuditPages();
        pages.MapAuditorPage();
        pages.MapPrivacyPages();
        return routes;
    }

    /// <summary>A page that says what is not here.</summary>
    internal static RazorComponentResult Missing(string what) => Says(StatusCodes.Status404NotFound, "Not found", what);

    /// <summary>A page of one sentence.</summary>
    internal static RazorComponentResult<MessagePage> Says(int status, string title, string text) =>
        new(new { Title = title, Text = text }) { StatusCode = status };

    private static RazorComponentResult<SignInPage> SignIn(string? problem, string? @return) => new(new
    {
        Return = @return ?? "/",
        Problem = problem switch
        {
            "expired" => "The form was too old. Try again.",
            "token" => "This token is unknown or was revoked.",
            _ => null,
        },
    });
}
