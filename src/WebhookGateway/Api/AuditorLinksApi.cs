using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Configuration;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Ui.Audit;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>Auditors' links: made, listed, taken back.</summary>
internal static class AuditorLinksApi
{
    public static void MapAuditorLinks(this RouteGroupBuilder api)
    {
        var links = api.MapGroup("/audit/links").WithTags("audit");
        links.MapGet("/", ListAsync).WithName("ListAuditorLinks").WithSummary("The links that were given to auditors, newest first; never their tokens")
            .RequireAuthorization(Schemes.Admin);
        links.MapPost("/", CreateAsync).WithName("CreateAuditorLink")
            .WithSummary("Let somebody from outside read the evidence of a period for some days; the token is shown once and kept nowhere");
        links.MapDelete("/{reference}", RevokeAsync).WithName("RevokeAuditorLink").WithSummary("Take a link back at once");
    }

    private static async Task<Ok<PageView<AuditorLinkView>>> ListAsync(
        [FromServices] IAuditorLinks links, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var all = await links.ListAsync(cancellation);
        return TypedResults.Ok(new PageView<AuditorLinkView>([.. all.Select(link => AuditorLinkView.Of(link, now))], null));
    }

    private static async Task<Results<Ok<NewAuditorLinkView>, ProblemHttpResult>> CreateAsync(
        AuditorLinkRequest body, GateConfiguration configuration, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var period = new ExportQuery(body.From, body.To) { Environment = body.Environment };
        var act = new CreateAuditorLink(Schemes.CallerOf(context.User), body.Name ?? "", period, body.Days, TokenText.NewReference());
        return ActResults.Of(await acts.Send(act, cancellation), context, made => new NewAuditorLinkView(
            made.Link.Reference, $"{configuration.PublicUrl}{AuditorPages.Address}", made.Token, made.Link.ExpiresAt));
    }

    private static async Task<Results<Ok<RevokedLinkView>, ProblemHttpResult>> RevokeAsync(
        string reference, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new RevokeAuditorLink(Schemes.CallerOf(context.User), reference), cancellation);
        return ActResults.Of(answer, context, name => new RevokedLinkView(name));
    }
}

/// <param name="Name">Who gets it, for people: 1 to 80 characters.</param>
/// <param name="From">The period's first instant.</param>
/// <param name="To">The instant after the period.</param>
/// <param name="Environment">Whose deployments are reported; all without it.</param>
/// <param name="Days">For how many days it is open: 1 to 365.</param>
public sealed record AuditorLinkRequest(string Name, DateTimeOffset From, DateTimeOffset To, string? Environment = null, int Days = 30);

/// <summary>A link that was just made.</summary>
/// <param name="Address">The page that it opens.</param>
/// <param name="Token">What it is opened with: it is not shown again.</param>
public sealed record NewAuditorLinkView(string Reference, string Address, string Token, DateTimeOffset ExpiresAt);

/// <summary>A link that opens nothing any more.</summary>
public sealed record RevokedLinkView(string Reference);

/// <summary>A link that was given to an auditor.</summary>
/// <param name="State"><c>open</c>, <c>expired</c> or <c>revoked</c>.</param>
public sealed record AuditorLinkView(
    string Reference, string Name, string State, DateTimeOffset From, DateTimeOffset To, string? Environment, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    internal static AuditorLinkView Of(AuditorLink link, DateTimeOffset now) => new(
        link.Reference, link.Name, link.RevokedAt is not null ? "revoked" : link.IsOpen(now) ? "open" : "expired", link.From, link.To, link.Environment,
        link.CreatedAt, link.ExpiresAt);
}

/// <summary>What the holder of a link may read.</summary>
/// <param name="Origin">The name under which the log's checkpoints are signed.</param>
/// <param name="Key">The key that they verify with; compare it with one that you have from elsewhere.</param>
public sealed record LinkContentView(DateTimeOffset From, DateTimeOffset To, string? Environment, DateTimeOffset ExpiresAt, string Origin, string Key);
