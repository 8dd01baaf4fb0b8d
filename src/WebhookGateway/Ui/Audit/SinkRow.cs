using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.WebhookGateway.Audit.Sinks;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>A sink as the page shows it.</summary>
/// <param name="How">Its kind and view.</param>
/// <param name="Lag">Entries that it is behind the log.</param>
/// <param name="KeptAt">When it acknowledged something last, or null.</param>
/// <param name="Trouble">Why the last attempt failed, or null.</param>
public sealed record SinkRow(string Name, string How, string Where, string Lag, MomentView? KeptAt, string? Trouble)
{
    internal static ImmutableArray<SinkRow> Of(SinkBoard board, DateTimeOffset now) => [.. board.All.Select(state => Of(state, now))];

    internal static SinkRow Of(SinkState state, DateTimeOffset now) => new(
        state.Source.Name, $"{state.Source.Kind.ToString().ToLowerInvariant()}, {state.Source.View.Name}", state.Source.Where,
        state.Lag.ToString("N0", CultureInfo.InvariantCulture), state.KeptAt is { } kept ? MomentView.Of(kept, now) : null, state.Trouble);
}
