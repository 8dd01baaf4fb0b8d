using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Access;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Ui.Privacy;

/// <summary>Erasures and legal holds: those that were asked for, and the person who was looked for.</summary>
public sealed record PrivacyView(ImmutableArray<PrivacyRow> Rows, FoundPerson? Found);

/// <summary>One request or hold. People are references, never names.</summary>
/// <param name="State"><c>asked</c>, <c>held</c> or <c>erased</c>.</param>
/// <param name="HeldBy">Who placed the hold that is in force; empty when there is none.</param>
public sealed record PrivacyRow(
    string Reference, string State, string Basis, string RequestedBy, MomentView? RequestedAt, string HeldBy, MomentView? HeldSince, MomentView? ErasedAt)
{
    public static PrivacyRow Of(ErasureRecord one, DateTimeOffset now) => new(
        one.Standing.Reference, one.Standing.IsHeld ? "held" : one.Standing.ErasedAt is not null ? "erased" : "asked", one.Standing.Basis ?? "",
        one.Standing.RequestedBy ?? "", Moment(one.RequestedAt, now), one.HeldBy ?? "", Moment(one.HeldSince, now), Moment(one.Standing.ErasedAt, now));

    private static MomentView? Moment(DateTimeOffset? at, DateTimeOffset now) => at is { } moment ? MomentView.Of(moment, now) : null;
}

/// <summary>A person who was looked for: what was decided, what would be erased, and what the caller may do.</summary>
/// <param name="Counts">What would be erased now, in words.</param>
/// <param name="WhyNotConfirm">Why the caller cannot confirm the erasure; empty when that can be done, or nothing was asked for.</param>
public sealed record FoundPerson(
    string Reference, bool IsAsked, bool IsHeld, MomentView? ErasedAt, string Basis, ImmutableArray<string> Counts, string WhyNotConfirm)
{
    public bool MayConfirm => IsAsked && ErasedAt is null && WhyNotConfirm.Length == 0;

    public static FoundPerson Of(ErasureStanding standing, ErasureReport would, Caller caller, DateTimeOffset now) => new(
        standing.Reference, standing.RequestedBy is not null, standing.IsHeld, standing.ErasedAt is { } at ? MomentView.Of(at, now) : null, standing.Basis ?? "",
        Words(would),
        standing switch
        {
            { RequestedBy: null } => "",
            { IsHeld: true } => "A legal hold is in force: release it first.",
            { RequestedBy: var asked } when asked == caller.Reference => "You asked for it, so another admin confirms it.",
            _ => "",
        });

    /// <summary>An erasure's numbers, each with what it counts.</summary>
    public static ImmutableArray<string> Words(ErasureReport report) =>
    [
        Count(report.Boxes, "sealed section"),
        Count(report.Deliveries, "webhook body", "webhook bodies"),
        Count(report.Evidence, "ruling's evidence", "rulings' evidence"),
        $"{Count(report.Rewritten, "row")} in which the reference takes the name's place",
        .. report.Waiting > 0 ? [$"{Count(report.Waiting, "webhook")} still to be read first"] : Array.Empty<string>(),
        .. report.Left > 0 ? [$"{Count(report.Left, "row")} that keep the name as a part of a repository's or branch's"] : Array.Empty<string>(),
    ];

    private static string Count(long number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {(number == 1 ? one : many ?? one + "s")}");
}
