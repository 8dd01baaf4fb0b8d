using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Configuration;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Api;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>The entries of the log after an index, in one of the forms of <see cref="EntryView"/>.</summary>
internal static class EventsEndpoint
{
    /// <summary>Says the number of the last entry in the answer, which is what to ask after next time.</summary>
    public const string LastHeader = "Gate-Last-Entry";

    private const int LongestPage = 1000;

    public static async Task<IResult> ReadAsync(
        [AsParameters] EventsParameters asked, IAuditReader reader, GateConfiguration configuration, HttpContext context, CancellationToken cancellation)
    {
        var from = (asked.After ?? -1) + 1;
        if (from < 0) return GateApi.BadRequest($"`after={asked.After}` is before the log; leave it out for its beginning");
        if (EntryView.Find(asked.View ?? EntryView.Jsonl.Name) is not { } view) return UnknownView(asked.View);
        var leaves = await reader.ReadAsync(from, Limit(asked.Limit), cancellation);
        return Answer(view, leaves, await PlaceAsync(reader, configuration, cancellation), context);
    }

    /// <summary>Entries as a page of at most a thousand.</summary>
    public static int Limit(int? wanted) => Math.Clamp(wanted ?? LongestPage, 1, LongestPage);

    public static IResult UnknownView(string? view) => GateApi.BadRequest(
        $"`view={view}` is not known; right would be one of `{string.Join("`, `", EntryView.All.Select(known => known.Name))}`");

    /// <summary>The answer, with the name that a file of it should have.</summary>
    public static IResult Answer(EntryView view, ImmutableArray<AuditLeaf> leaves, LogPlace place, HttpContext context)
    {
        if (leaves is [var first, ..] && leaves is [.., var last])
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"audit-{first.Index}-{last.Index}.{view.Ending}");
            context.Response.Headers.ContentDisposition = $"inline; filename=\"{name}\"";
            context.Response.Headers[LastHeader] = last.Index.ToString(CultureInfo.InvariantCulture);
        }

        return Results.Bytes(view.Write(leaves, place), view.MediaType);
    }

    /// <summary>Where this gateway's log is.</summary>
    public static async Task<LogPlace> PlaceAsync(IAuditReader reader, GateConfiguration configuration, CancellationToken cancellation) =>
        new(new Uri(configuration.PublicUrl).Authority, await reader.OriginAsync(cancellation) ?? "");
}

/// <summary>What is asked for, in the address.</summary>
/// <param name="After">The number of the last entry that the caller has; none for the beginning.</param>
/// <param name="Limit">How many at most; a thousand without it.</param>
/// <param name="View"><c>jsonl</c> (the record), <c>csv</c>, <c>cloudevents</c> or <c>ocsf</c>.</param>
internal sealed record EventsParameters(long? After, int? Limit, string? View);
