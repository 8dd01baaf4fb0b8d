using GitOpsGate.Acts;
using GitOpsGate.Attestations;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>Attestations of rulings: in-toto statements in DSSE envelopes.</summary>
internal static class AttestationsApi
{
    private const string MediaType = "application/vnd.dsse.envelope.v1+json";

    public static void MapAttestations(this RouteGroupBuilder api)
    {
        api.MapPost("/rulings/{id:guid}/attestations", IssueAsync).WithTags("rulings").WithName("IssueAttestation")
            .WithSummary("Sign a statement of a ruling (`decision`, `vsa` or `provenance`); the answer is the envelope, byte for byte as the log names it")
            .Produces(StatusCodes.Status200OK, contentType: MediaType)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        api.MapGet("/rulings/{id:guid}/attestations", ListAsync).WithTags("rulings").WithName("ListAttestations")
            .WithSummary("The attestations of a ruling that were issued, oldest first");
        api.MapGet("/rulings/{id:guid}/attestations/{sha256}", ShowAsync).WithTags("rulings").WithName("ShowAttestation")
            .WithSummary("One envelope, byte for byte").Produces(StatusCodes.Status200OK, contentType: MediaType).ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/attestations", OfCommitAsync).WithTags("rulings").WithName("ListAttestationsOfCommit")
            .WithSummary("The attestations of a commit (`commit`, its full id) that were issued, oldest first").ProducesProblem(StatusCodes.Status400BadRequest);
        api.MapGet("/attestations/{sha256}", FindAsync).WithTags("rulings").WithName("ReadAttestation")
            .WithSummary("The envelope that the log names by its digest, byte for byte").Produces(StatusCodes.Status200OK, contentType: MediaType)
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/attestation-key", Key).WithTags("rulings").WithName("ReadAttestationKey")
            .WithSummary("The public key that attestations verify with, as PEM").Produces(StatusCodes.Status200OK, contentType: "application/x-pem-file");
    }

    private static async Task<IResult> IssueAsync(Guid id, string? predicate, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        if (AttestationPredicate.Find(predicate ?? AttestationPredicate.Decision.Word) is not { } asked)
        {
            var known = string.Join("`, `", AttestationPredicate.All.Select(one => one.Word));
            return GateApi.BadRequest($"`predicate={predicate}` is not known; right would be one of `{known}`");
        }

        var answer = await acts.Send(new IssueAttestation(Schemes.CallerOf(context.User), new RulingId(id), asked), cancellation);
        return answer is ActAnswer<IssuedAttestation>.Done(var made)
            ? Results.Bytes(made.Envelope, MediaType)
            : ActResults.Of(answer, context, AttestationView.Of);
    }

    private static async Task<Ok<PageView<AttestationView>>> ListAsync(Guid id, [FromServices] IAttestations issued, CancellationToken cancellation)
    {
        var all = await issued.OfRulingAsync(new RulingId(id), cancellation);
        return TypedResults.Ok(new PageView<AttestationView>([.. all.Select(AttestationView.Of)], null));
    }

    private static async Task<IResult> ShowAsync(Guid id, string sha256, [FromServices] IAttestations issued, CancellationToken cancellation) =>
        (await issued.OfRulingAsync(new RulingId(id), cancellation)).FirstOrDefault(one => one.Sha256 == sha256) is { } found
            ? Results.Bytes(found.Envelope, MediaType)
            : GateApi.NotFound($"there is no such attestation of ruling `{id}`");

    private static async Task<Results<Ok<PageView<AttestationView>>, ProblemHttpResult>> OfCommitAsync(
        string? commit, [FromServices] IAttestations issued, CancellationToken cancellation) => CommitId.TryParse(commit, out var id) && !id.IsNone
        ? TypedResults.Ok(new PageView<AttestationView>([.. (await issued.OfCommitAsync(id, cancellation)).Select(AttestationView.Of)], null))
        : GateApi.BadRequest("`commit` should be a full commit id of 40 or 64 hex digits");

    private static async Task<IResult> FindAsync(string sha256, [FromServices] IAttestations issued, CancellationToken cancellation) =>
        await issued.FindAsync(sha256, cancellation) is { } found
            ? Results.Bytes(found.Envelope, MediaType)
            : GateApi.NotFound($"no attestation with the digest `{sha256}` was issued");

    private static IResult Key([FromServices] AttestationSigner signer) => Results.Text(signer.PublicKey + "\n", "application/x-pem-file");
}

/// <summary>An attestation that was issued.</summary>
/// <param name="Sha256">SHA-256 of the envelope, which an `attestation.issued` entry of the log names.</param>
/// <param name="Predicate"><c>decision</c>, <c>vsa</c> or <c>provenance</c>.</param>
public sealed record AttestationView(string Sha256, string Predicate, DateTimeOffset IssuedAt)
{
    internal static AttestationView Of(IssuedAttestation one) => new(one.Sha256, one.Predicate, one.IssuedAt);
}
