using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Acts;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>What the log keeps sealed about people: opened for admins, and erased by two of them. People are named in bodies, never in addresses.</summary>
internal static class PrivacyApi
{
    private const string UsualBasis = "gdpr-17-1";
    private const string Who = "`subject` is a reference `a_…`, or a forge and a login or id, for instance `github:alice`";

    public static void MapPrivacy(this RouteGroupBuilder api)
    {
        var privacy = api.MapGroup("/privacy").RequireAuthorization(Schemes.Admin).WithTags("privacy");
        privacy.MapPost("/open", OpenAsync).WithName("OpenSealedSections")
            .WithSummary("Open the sealed sections of an entry of the audit log; recorded in the log");
        privacy.MapPost("/erase", EraseAsync).WithName("EraseSubject")
            .WithSummary("Ask for the erasure of a person, or confirm what another admin asked for");
        privacy.MapPost("/hold", HoldAsync).WithName("HoldSubject").WithSummary("Hold the erasure of a person back");
        privacy.MapPost("/release", ReleaseAsync).WithName("ReleaseSubject").WithSummary("End a legal hold");
    }

    private static async Task<Results<Ok<OpenedView>, ProblemHttpResult>> OpenAsync(
        OpenRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new OpenSections(Schemes.CallerOf(context.User), body.Index), cancellation);
        return ActResults.Of(answer, context, opened => new OpenedView(opened.Index, [.. opened.Sections.Select(OpenedSectionView.Of)]));
    }

    private static async Task<Results<Ok<ErasureView>, ProblemHttpResult>> EraseAsync(
        SubjectRequest body, HttpContext context, [AsParameters] PrivacyDesk desk, CancellationToken cancellation)
    {
        var caller = Schemes.CallerOf(context.User);
        if (await FindAsync(body, desk, cancellation) is not { } reference) return GateApi.NotFound($"nobody is known by that name; {Who}");
        var standing = await desk.Store.StandingAsync(reference, cancellation);
        if (standing.RequestedBy is null)
        {
            var asked = await desk.Acts.Send(new RequestErasure(caller, reference, body.Basis ?? UsualBasis, body.Reason ?? ""), cancellation);
            return ActResults.Of(asked, context, now => new ErasureView(now.Reference, "requested", null));
        }

        var answer = await desk.Acts.Send(new ConfirmErasure(caller, standing), cancellation);
        return ActResults.Of(answer, context, report => new ErasureView(reference, "erased", report));
    }

    private static Task<Results<Ok<HoldView>, ProblemHttpResult>> HoldAsync(
        SubjectRequest body, HttpContext context, [AsParameters] PrivacyDesk desk, CancellationToken cancellation) =>
        SetHoldAsync(body, isHeld: true, context, desk, cancellation);

    private static Task<Results<Ok<HoldView>, ProblemHttpResult>> ReleaseAsync(
        SubjectRequest body, HttpContext context, [AsParameters] PrivacyDesk desk, CancellationToken cancellation) =>
        SetHoldAsync(body, isHeld: false, context, desk, cancellation);

    private static async Task<Results<Ok<HoldView>, ProblemHttpResult>> SetHoldAsync(
        SubjectRequest body, bool isHeld, HttpContext context, PrivacyDesk desk, CancellationToken cancellation)
    {
        if (await FindAsync(body, desk, cancellation) is not { } reference) return GateApi.NotFound($"nobody is known by that name; {Who}");
        var answer = await desk.Acts.Send(new HoldSubject(Schemes.CallerOf(context.User), reference, isHeld, body.Reason ?? ""), cancellation);
        return ActResults.Of(answer, context, now => new HoldView(now.Reference, now.IsHeld));
    }

    private static Task<string?> FindAsync(SubjectRequest body, PrivacyDesk desk, CancellationToken cancellation) =>
        desk.Store.FindAsync(body.Subject?.Trim() ?? "", cancellation);
}

/// <summary>What the answers are made with.</summary>
internal sealed record PrivacyDesk([FromServices] IPrivacyStore Store, [FromServices] IMediator Acts);

/// <summary>Which entry.</summary>
/// <param name="Index">Its place in the log, from 0.</param>
public sealed record OpenRequest(long Index);

/// <summary>Who is meant, and why.</summary>
/// <param name="Subject">A reference <c>a_…</c>, or a forge and a login or id: <c>github:alice</c>.</param>
/// <param name="Reason">Why; sealed with the key of whoever asks.</param>
/// <param name="Basis">The legal basis in a word; <c>gdpr-17-1</c> without it.</param>
public sealed record SubjectRequest(string? Subject, string? Reason, string? Basis);

/// <summary>The sealed sections of an entry.</summary>
public sealed record OpenedView(long Index, ImmutableArray<OpenedSectionView> Sections);

/// <summary>A sealed section that was opened, or why it was not.</summary>
/// <param name="Commitment">What the leaf says of it, in base 64.</param>
/// <param name="Salt">The salt of the commitment in base 64, with which anybody can check it; null when it is withheld.</param>
/// <param name="Text">What was sealed; null when it is withheld.</param>
/// <param name="Withheld">Why it is withheld: <c>erased</c>, <c>damaged</c>; null when it is not.</param>
public sealed record OpenedSectionView(string Name, string Commitment, string? Salt, string? Text, string? Withheld)
{
    private const int SaltLength = GitOpsGate.Audit.Commitment.SaltLength;

    public static OpenedSectionView Of(OpenedSection one) => one.Disclosure is { } disclosure
        ? new OpenedSectionView(
            one.Section.Name, one.Section.Commitment, Convert.ToBase64String(disclosure.Span[..SaltLength]),
            Encoding.UTF8.GetString(disclosure.Span[SaltLength..]), null)
        : new OpenedSectionView(one.Section.Name, one.Section.Commitment, null, null, one.Withheld);
}

/// <summary>How an erasure stands.</summary>
/// <param name="State"><c>requested</c>: another admin must confirm it; or <c>erased</c>.</param>
/// <param name="Done">What was erased.</param>
public sealed record ErasureView(string Reference, string State, ErasureReport? Done);

/// <summary>Whether a person's erasure is held back.</summary>
public sealed record HoldView(string Reference, bool IsHeld);
