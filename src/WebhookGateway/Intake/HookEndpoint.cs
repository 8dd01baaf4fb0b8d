using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using GitOpsGate.Audit;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.WebhookGateway.Telemetry;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>
/// The door: takes a forge's call, checks its signature over the raw bytes, stores it, and only then says 202. It does not
/// look inside.
/// </summary>
internal sealed class HookEndpoint(Doors doors, IDeliveryInbox inbox, IntakeRoom room, RefusalLedger ledger, GateMeters meters)
{
    private const int LongestForgeId = 200;
    private const int LongestEvent = 100;
    private const string Nowhere = "unknown";
    private static readonly byte[] AcceptedBody = "{\"result\":\"accepted\"}"u8.ToArray();
    private static readonly byte[] DuplicateBody = "{\"result\":\"duplicate\"}"u8.ToArray();

    public async Task TakeAsync(HttpContext context, string name)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Post;
            return;
        }

        var clock = ledger.Clock;
        var began = clock.GetTimestamp();
        var door = doors.Find(name);
        var (refusal, isForm, answer) = door is null
            ? (Refusal.UnknownConnection, false, null)
            : await TakeAsync(context, door, clock.GetUtcNow());
        // A caller's own word never becomes a label: it would be a metric series and an audit entry for every try.
        var place = door?.Connection.Name.Value ?? Nowhere;
        if (answer is { } accepted)
        {
            meters.Took(place, accepted == Acceptance.Duplicate ? "duplicate" : "accepted", clock.GetElapsedTime(began));
            await WriteAsync(context.Response, accepted);
            return;
        }

        meters.Took(place, RefusalAnswer.WordOf(refusal), clock.GetElapsedTime(began));
        ledger.Count(AuditTypes.WebhookRejected, place, RefusalAnswer.WordOf(refusal));
        if (context.RequestAborted.IsCancellationRequested) return;
        await RefusalAnswer.WriteAsync(context.Response, refusal, isForm, room.Options.RetryAfter);
    }

    private async Task<(Refusal Refusal, bool IsForm, Acceptance? Answer)> TakeAsync(
        HttpContext context, Door door, DateTimeOffset now)
    {
        var request = context.Request;
        if (request.ContentLength > room.Options.BodyLimit) return (Refusal.TooLarge, false, null);
        if (request.HasFormContentType) return (Refusal.Malformed, true, null);
        var headers = new HeaderView(request.Headers);
        var label = door.Forge.LabelsInBody ? null : door.Forge.Label(headers);
        if (!door.Forge.LabelsInBody && !IsWhole(label)) return (Refusal.Malformed, false, null);

        using var body = new BodyBuffer(room);
        var end = await FillAsync(context, body);
        if (end != BodyEnd.Whole) return (RefusalOf(end), false, null);
        if (!IsSigned(door.Forge.Verify(door.Connection, headers, body.Written.Span, now))) return (Refusal.BadSignature, false, null);
        // What is inside is looked at only here, after it is known to be the forge's, and by no forge that has a header for it.
        label ??= door.Forge.LabelWithin(body.Written.Span);
        if (!IsWhole(label)) return (Refusal.Malformed, false, null);

        var delivery = new Delivery
        {
            Id = new DeliveryId(Guid.CreateVersion7(now)),
            Connection = door.Connection.Name,
            Forge = door.Forge.Name,
            ForgeId = label.ForgeId,
            Event = label.Event,
            Headers = headers.ToKeep(),
            Body = body.Written,
            ReceivedAt = now,
        };
        var acceptance = await KeepAsync(delivery, body);
        return (Refusal.Overloaded, false, acceptance == Acceptance.Full ? null : acceptance);
    }

    private static bool IsWhole([NotNullWhen(true)] DeliveryLabel? label) =>
        label is { ForgeId.Length: > 0 and <= LongestForgeId, Event.Length: > 0 and <= LongestEvent }
        && !Backfill.IsReserved(label.ForgeId) && !Backfill.IsReserved(label.Event);

    /// <summary>
    /// Stores the delivery whether or not the caller still listens: it was signed. The rented bytes go back only after the
    /// inbox has
    /// answered; if it fails instead, a writer may still be reading them.
    /// </summary>
    private async Task<Acceptance> KeepAsync(Delivery delivery, BodyBuffer body)
    {
        var answered = false;
        try
        {
            var acceptance = await inbox.AcceptAsync(delivery, CancellationToken.None);
            answered = true;
            return acceptance;
        }
        finally
        {
            if (!answered) body.Abandon();
        }
    }

    private static async Task<BodyEnd> FillAsync(HttpContext context, BodyBuffer body)
    {
        try
        {
            return await body.FillAsync(context.Request.BodyReader, context.Request.ContentLength, context.RequestAborted);
        }
        catch (BadHttpRequestException wrong)
        {
            return wrong.StatusCode == StatusCodes.Status413PayloadTooLarge ? BodyEnd.TooLarge : BodyEnd.Broken;
        }
        catch (IOException)
        {
            return BodyEnd.Broken;
        }
    }

    private static bool IsSigned(SignatureCheck check) => check switch
    {
        SignatureCheck.Mismatch => false,
        SignatureCheck.Missing => false,
        SignatureCheck.Stale => false,
        SignatureCheck.Match => true,
    };

    private static Refusal RefusalOf(BodyEnd end) => end switch
    {
        BodyEnd.Broken => Refusal.Malformed,
        BodyEnd.TooLarge => Refusal.TooLarge,
        BodyEnd.NoRoom => Refusal.Overloaded,
        BodyEnd.Whole => throw new UnreachableException("a whole body is no refusal"),
    };

    private static Task WriteAsync(HttpResponse response, Acceptance acceptance)
    {
        var body = acceptance == Acceptance.Duplicate ? DuplicateBody : AcceptedBody;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }
}
