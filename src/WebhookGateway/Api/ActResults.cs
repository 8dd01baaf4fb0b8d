using System.Diagnostics;
using System.Globalization;
using GitOpsGate.Acts;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>What came of an act, as an HTTP answer.</summary>
internal static class ActResults
{
    /// <summary>200 with the view, or the problem: 403, 404, or 409 with Retry-After where a time is known.</summary>
    public static Results<Ok<TView>, ProblemHttpResult> Of<TOutcome, TView>(
        ActAnswer<TOutcome> answer, HttpContext context, Func<TOutcome, TView> view)
    {
        switch (answer)
        {
            case ActAnswer<TOutcome>.Done done:
                return TypedResults.Ok(view(done.Outcome));
            case ActAnswer<TOutcome>.Forbidden forbidden:
                return TypedResults.Problem(forbidden.Why, statusCode: StatusCodes.Status403Forbidden, title: "not allowed");
            case ActAnswer<TOutcome>.Missing missing:
                return TypedResults.Problem(missing.Why, statusCode: StatusCodes.Status404NotFound, title: "not found");
            case ActAnswer<TOutcome>.Refused refused:
                return NotDone(refused.Why, refused.RetryAfter, context);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Trouble with a forge, where only something was to be read.</summary>
    public static ProblemHttpResult OfTrouble(ForgeTroubleException trouble, HttpContext context) => trouble.Kind == TroubleKind.Missing
        ? GateApi.NotFound(trouble.Message)
        : NotDone(trouble.Message, trouble.RetryAfter, context);

    private static ProblemHttpResult NotDone(string why, TimeSpan? retryAfter, HttpContext context)
    {
        if (retryAfter is { } wait) context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(why, statusCode: StatusCodes.Status409Conflict, title: "not done");
    }
}
