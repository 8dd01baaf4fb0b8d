using System.Globalization;
using GitOpsGate.Acts;
using GitOpsGate.Exports;
using GitOpsGate.WebhookGateway.Audit;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>The form that evidence is asked for with; it works without script.</summary>
/// <param name="From">The first day that it offers.</param>
/// <param name="To">The last day that it offers.</param>
public sealed record ExportForm(string From, string To)
{
    private const string Day = "yyyy-MM-dd";

    /// <summary>Offers the month so far, and the whole one before it on its first day.</summary>
    public static ExportForm For(DateTimeOffset now)
    {
        var last = now.UtcDateTime.Date.AddDays(-1);
        return new ExportForm(Text(last.AddDays(1 - last.Day)), Text(last));
    }

    /// <summary>Makes the bundle and sends it.</summary>
    internal static async Task<IResult> SendAsync(
        HttpContext context, IAntiforgery antiforgery, IMediator mediator, TimeProvider clock, CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return GateUi.Says(StatusCodes.Status400BadRequest, "The form was too old", "Go back, reload the page and try again.");
        var form = await context.Request.ReadFormAsync(cancellation);
        if (Read(form["from"]) is not { } from || Read(form["to"]) is not { } to)
            return GateUi.Says(StatusCodes.Status400BadRequest, "These are no days", "A day would be like 2026-01-31.");
        var environment = form["environment"].ToString().Trim();
        var query = new ExportQuery(from, to.AddDays(1))
        {
            Environment = environment.Length > 0 ? environment : null,
            Discloses = form["disclose"] == "true",
        };
        return await mediator.Send(ExportEndpoint.Act(context, clock, query), cancellation) switch
        {
            ActAnswer<EvidenceFile>.Done(var file) => ExportEndpoint.Download(file, query, context),
            ActAnswer<EvidenceFile>.Forbidden(var why) => GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", why),
            ActAnswer<EvidenceFile>.Missing(var why) => GateUi.Says(StatusCodes.Status404NotFound, "Not found", why),
            ActAnswer<EvidenceFile>.Refused(var why, _) => GateUi.Says(StatusCodes.Status409Conflict, "Could not be done", why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static string Text(DateTime day) => day.ToString(Day, CultureInfo.InvariantCulture);

    // The last day of the calendar has no day after it.
    private static DateTimeOffset? Read(string? text) =>
        DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : null;
}
