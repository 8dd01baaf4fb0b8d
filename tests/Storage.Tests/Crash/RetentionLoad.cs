using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Tests.Privacy;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOpsGate.Storage.Tests.Crash;

/// <summary>
/// The process that is killed while days end: each of its days brings some webhooks, which are walked and sealed, and ends the day before yesterday.
/// It says on its output what it was told is durable: <c>d</c> and a delivery's number, <c>e</c> and a day that has ended.
/// </summary>
internal static class RetentionLoad
{
    /// <summary>The first argument that starts the load instead of the tests.</summary>
    public const string Word = "crash-retention";

    public const int EachDay = 8;

    public static readonly TimeSpan Keep = TimeSpan.FromDays(1);

    /// <summary>Delivery of a number; <see cref="EachDay"/> of them make a day.</summary>
    public static Delivery Delivery(int number) => Samples.Delivery(
        number, Samples.Noon.AddDays(number / EachDay).AddMilliseconds(number), $$"""{"number":{{number}},"words":"words of delivery {{number}}"}""");

    /// <param name="first">The first day.</param>
    public static async Task<int> RunAsync(string folder, int first)
    {
        var output = TextWriter.Synchronized(Console.Out);
        await output.WriteLineAsync("started");
        using var database = Database.Open(
            new SqliteDialect(Path.Combine(folder, StorageRegistration.FileName)) { JournalAfter = 1 }, TimeProvider.System, NullLoggerFactory.Instance,
            new TestWrap());
        var (inbox, gate, retention) = (new DeliveryInbox(database), new GateStore(database), new WebhookRetention(database));
        for (var day = first; ; day++)
        {
            var some = Enumerable.Range(day * EachDay, EachDay).Select(Delivery).ToArray();
            foreach (var (delivery, at) in some.Select((one, at) => (one, at)))
            {
                if (await inbox.AcceptAsync(delivery, CancellationToken.None) == Acceptance.Full) throw new InvalidOperationException("full");
                await output.WriteLineAsync($"d {(day * EachDay) + at}");
            }

            // Those of the process before this one, too.
            var claimed = await inbox.ClaimAsync(1000, TimeSpan.FromHours(1), Samples.Noon.AddYears(1), CancellationToken.None);
            var outcomes = claimed.Select(one => new DeliveryOutcome(one.Delivery.Id, DeliveryState.Done, "walked"));
            await gate.RecordAsync(new Record { Deliveries = [.. outcomes], At = Samples.Noon }, CancellationToken.None);
            while (await retention.SealAsync(CancellationToken.None) > 0)
            {
            }

            var ended = await retention.EndAsync(Samples.Noon.AddDays(day), Keep, CancellationToken.None);
            foreach (var one in ended.Done) await output.WriteLineAsync($"e {one.Day.DayNumber - DateOnly.FromDateTime(Samples.Noon.UtcDateTime).DayNumber}");
        }
    }
}
