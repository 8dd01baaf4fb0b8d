using GitOpsGate.WebhookGateway.Audit.Sinks;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>A sink of the audit log.</summary>
/// <param name="Kind"><c>https</c>, <c>syslog</c>, <c>otlp</c>, <c>files</c> or <c>s3</c>.</param>
/// <param name="View">The form in which entries go there.</param>
/// <param name="Next">The first entry that it has not acknowledged; null before this gateway looked.</param>
/// <param name="Lag">Entries that it is behind the log.</param>
/// <param name="KeptAt">When it acknowledged something last, or null.</param>
/// <param name="Trouble">Why the last attempt failed; empty when it did not.</param>
public sealed record SinkView(string Name, string Kind, string Where, string View, long? Next, long Lag, DateTimeOffset? KeptAt, string Trouble)
{
    internal static SinkView Of(SinkState state) => new(
        state.Source.Name, state.Source.Kind.ToString().ToLowerInvariant(), state.Source.Where, state.Source.View.Name, state.Next, state.Lag, state.KeptAt,
        state.Trouble ?? "");
}
