using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Ui.Deliveries;

/// <summary>What the list of deliveries shows.</summary>
public sealed record DeliveriesView(string Tab, ImmutableArray<TabView> Tabs, ImmutableArray<DeliveryRow> Rows, string? Next)
{
    internal static ImmutableArray<(string Word, string Name, DeliveryState? State)> Filters { get; } =
    [
        ("all", "All", null), ("waiting", "Waiting", DeliveryState.Waiting), ("done", "Done", DeliveryState.Done),
        ("ignored", "Ignored", DeliveryState.Ignored), ("unreadable", "Unreadable", DeliveryState.Unreadable),
        ("dead", "Dead letters", DeliveryState.Dead),
    ];

    public static DeliveriesView Of(string tab, PageOf<DeliverySummary> page, GateCounts counts, DateTimeOffset now) => new(
        tab, [.. Filters.Select(filter => new TabView(filter.Word, filter.Name, Count(filter.State, counts)))],
        [.. page.Items.Select(item => DeliveryRow.Of(item, now))], page.Next);

    private static long Count(DeliveryState? state, GateCounts counts) =>
        state is { } one ? counts.Deliveries.GetValueOrDefault(one) : counts.Deliveries.Values.Sum();
}

/// <summary>One delivery in the list.</summary>
public sealed record DeliveryRow(
    string Id, string Connection, string Event, string ForgeId, MomentView ReceivedAt, string State, string Note, int Attempts)
{
    public static DeliveryRow Of(DeliverySummary item, DateTimeOffset now) => new(
        item.Id.ToString(), item.Connection.Value, item.Event, item.ForgeId, MomentView.Of(item.ReceivedAt, now),
        Words.Of(item.State), item.Note, item.Attempts);
}

/// <summary>What the page of one delivery shows.</summary>
/// <param name="Body">The body, indented when it is JSON; cut when it is very long.</param>
public sealed record DeliveryView(DeliveryRow Row, string Size, string Body, bool IsCut)
{
    /// <summary>Why there is no body any more; null when there is.</summary>
    public string? Gone { get; init; }

    private const int MostCharacters = 200_000;

    private static readonly JsonWriterOptions Indented =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static DeliveryView Of(StoredDelivery stored, DateTimeOffset now)
    {
        var body = Readable(stored.Delivery.Body);
        return new DeliveryView(
            DeliveryRow.Of(stored.Summary, now),
            string.Create(CultureInfo.InvariantCulture, $"{stored.Delivery.Body.Length:N0} bytes"),
            body.Length > MostCharacters ? body[..MostCharacters] : body, body.Length > MostCharacters)
        {
            Gone = stored.Gone,
        };
    }

    private static string Readable(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            using var output = new MemoryStream();
            using (var writer = new Utf8JsonWriter(output, Indented)) document.WriteTo(writer);
            return Encoding.UTF8.GetString(output.ToArray());
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(body.Span);
        }
    }
}
