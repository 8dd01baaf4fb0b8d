using System.Collections.Immutable;
using System.Diagnostics;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Setup;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Connections;

/// <summary>Asks for the acts of one form, one repository after the other. Safe for concurrent use.</summary>
internal sealed class SetupDesk(IAntiforgery antiforgery, IMediator mediator, KnownForges forges)
{
    /// <summary>How many repositories one form sets up, for a browser waits for them all. The command line has no such end.</summary>
    private const int Most = 40;

    /// <summary>The page of what was done, or would be; or why nothing was.</summary>
    public async Task<IResult> AskAsync(HttpContext context, bool isDryRun, CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return GateUi.Says(StatusCodes.Status400BadRequest, "The form was too old", "Go back, reload the page and try again.");
        var form = SetupForm.Of(await context.Request.ReadFormAsync(cancellation));
        if (form.Problem is { } problem) return GateUi.Says(StatusCodes.Status400BadRequest, "Not understood", problem);
        if (forges.Find(new ConnectionName(form.Connection)) is not { } reach) return Unknown(form.Connection);
        var caller = Schemes.CallerOf(context.User);
        if (!form.IsOwner) return await OneAsync(caller, form, isDryRun, cancellation);
        // No act stands before listing an owner's repositories: who may not connect them need not see their names.
        if (!caller.May(Role.Admin)) return GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", "connecting asks for the role `admin`");
        try
        {
            var all = await reach.Forge.RepositoriesAsync(reach.Connection, form.Path, cancellation);
            return await ManyAsync(caller, form, all, isDryRun, cancellation);
        }
        catch (ForgeTroubleException trouble)
        {
            var status = trouble.Kind == TroubleKind.Missing ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict;
            return GateUi.Says(status, "Could not be done", trouble.Message);
        }
    }

    internal static RazorComponentResult<MessagePage> Unknown(string? connection) =>
        GateUi.Says(StatusCodes.Status404NotFound, "Not found", $"There is no connection `{connection}` in gate.yaml.");

    private async Task<IResult> OneAsync(Caller caller, SetupForm form, bool isDryRun, CancellationToken cancellation) =>
        await mediator.Send(Act(caller, form, form.Key(form.Path), isDryRun), cancellation) switch
        {
            ActAnswer<SetupReport>.Done(var report) => Shows(form, isDryRun, [SetupRow.Of(report)], null),
            ActAnswer<SetupReport>.Forbidden(var why) => GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", why),
            ActAnswer<SetupReport>.Missing(var why) => GateUi.Says(StatusCodes.Status404NotFound, "Not found", why),
            ActAnswer<SetupReport>.Refused(var why, _) => GateUi.Says(StatusCodes.Status409Conflict, "Could not be done", why),
            _ => throw new UnreachableException(),
        };

    private async Task<IResult> ManyAsync(
        Caller caller, SetupForm form, ImmutableArray<RepositoryKey> all, bool isDryRun, CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<SetupRow>();
        foreach (var repository in all.OrderBy(one => one.Path, StringComparer.Ordinal).Take(Most))
        {
            // One repository that cannot be set up must not keep the others from it.
            rows.Add(await mediator.Send(Act(caller, form, repository, isDryRun), cancellation) switch
            {
                ActAnswer<SetupReport>.Done(var report) => SetupRow.Of(report),
                ActAnswer<SetupReport>.Forbidden(var why) => SetupRow.Failed(repository.Path, why),
                ActAnswer<SetupReport>.Missing(var why) => SetupRow.Failed(repository.Path, why),
                ActAnswer<SetupReport>.Refused(var why, _) => SetupRow.Failed(repository.Path, why),
                _ => throw new UnreachableException(),
            });
        }

        var left = all.Length - rows.Count;
        var word = form.IsUndone ? "disconnect" : "connect";
        return Shows(form, isDryRun, rows.ToImmutable(), left > 0
            ? $"{left} more repositories of `{form.Path}` were left out: `gate {word} {form.Connection} --owner {form.Path}` takes them all."
            : null);
    }

    private static RazorComponentResult<SetupPage> Shows(SetupForm form, bool isDryRun, ImmutableArray<SetupRow> rows, string? note) =>
        new(new { View = new SetupView(form, isDryRun, rows, note) });

    private static IAct<SetupReport> Act(Caller caller, SetupForm form, RepositoryKey repository, bool isDryRun) => form.IsUndone
        ? new DisconnectRepository(caller, repository, form.Wish(isDryRun))
        : new ConnectRepository(caller, repository, form.Wish(isDryRun));
}
