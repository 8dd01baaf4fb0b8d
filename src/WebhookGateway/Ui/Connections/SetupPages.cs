using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Setup;
using GitOpsGate.WebhookGateway.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>Connecting and disconnecting repositories, first dry and then for good, and the doctor's findings.</summary>
internal static class SetupPages
{
    public static void MapSetupPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/connections/plan", (HttpContext context, SetupDesk desk, CancellationToken cancellation) =>
            desk.AskAsync(context, isDryRun: true, cancellation));
        routes.MapPost("/connections/do", (HttpContext context, SetupDesk desk, CancellationToken cancellation) =>
            desk.AskAsync(context, isDryRun: false, cancellation));
        routes.MapGet("/connections/doctor", ExamineAsync);
    }

    private static async Task<IResult> ExamineAsync(
        string? connection, string? path, HttpContext context, KnownForges forges, Doctor doctor, CancellationToken cancellation)
    {
        if (!Schemes.CallerOf(context.User).May(Role.Operator))
            return GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", "the doctor asks for the role `operator`");
        if (forges.Find(new ConnectionName(connection ?? "")) is not { } reach) return SetupDesk.Unknown(connection);
        var form = SetupForm.Fresh with { Path = (path ?? "").Trim().Trim('/') };
        if (form.Problem is { } problem) return GateUi.Says(StatusCodes.Status400BadRequest, "Not understood", problem);
        var found = await doctor.ExamineAsync(reach, new RepositoryKey(reach.Connection.Name, form.Path), cancellation);
        return new RazorComponentResult<DoctorPage>(new
        {
            View = new DoctorView(reach.Connection.Name.Value, form.Path, [.. found.Select(CheckupRow.Of)]),
        });
    }
}
