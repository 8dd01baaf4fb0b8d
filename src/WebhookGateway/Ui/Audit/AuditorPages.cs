using System.Globalization;
using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit.Links;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>The one page that an auditor's link opens.</summary>
internal static class AuditorPages
{
    public const string Address = "/auditor";

    public static void MapAuditorPage(this IEndpointRouteBuilder routes) => routes.MapGet(Address, ShowAsync).RequireAuthorization(Schemes.Auditor);

    private static async Task<IResult> ShowAsync(
        ClaimsPrincipal user, LinkDesk desk, CheckpointDesk checkpoints, TimeProvider clock, CancellationToken cancellation)
    {
        if (await desk.OpenAsync(user, cancellation) is not { } link)
        {
            return new RazorComponentResult<MessagePage>(new
            {
                Title = "This link is closed",
                Text = "It has expired or was taken back. Ask whoever gave it to you for a new one.",
                IsSignedIn = false,
            })
            {
                StatusCode = StatusCodes.Status403Forbidden,
            };
        }

        await desk.RecordAsync(link, "page");
        var places = await desk.PlacesAsync(link, cancellation);
        var key = (await checkpoints.KeysAsync(cancellation))?.Current;
        return new RazorComponentResult<AuditorPage>(new { View = AuditorView.Of(link, places.End - places.First, key?.ToString() ?? "", clock.GetUtcNow()) });
    }
}

/// <summary>What an auditor's page shows.</summary>
/// <param name="Entries">How many entries of the log the period has.</param>
/// <param name="Environment">Whose deployments are reported.</param>
/// <param name="Key">The key that checkpoints verify with.</param>
public sealed record AuditorView(MomentView From, MomentView To, string Environment, string Entries, MomentView ExpiresAt, string Key)
{
    internal static AuditorView Of(AuditorLink link, long entries, string key, DateTimeOffset now) => new(
        MomentView.Of(link.From, now), MomentView.Of(link.To, now), link.Environment ?? "all", entries.ToString("N0", CultureInfo.InvariantCulture),
        MomentView.Of(link.ExpiresAt, now), key);
}
