using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOpsGate.Storage.Tests.Crash;

/// <summary>
/// The process that is killed: it takes in deliveries and records rulings as fast as it can, and says on its output what it was told is
/// durable, one line each: <c>d</c> and a delivery's number, <c>r</c> and a change request's.
/// </summary>
internal static class CrashLoad
{
    /// <summary>The first argument that starts the load instead of the tests.</summary>
    public const string Word = "crash-load";

    /// <summary>Numbers of one round lie within this many of its start.</summary>
    public const int Span = 1_000_000;

    private const int Producers = 8;

    public static async Task<int> RunAsync(string folder, int round)
    {
        var output = TextWriter.Synchronized(Console.Out);
        await output.WriteLineAsync("started");
        using var database = Database.Open(
            new SqliteDialect(Path.Combine(folder, StorageRegistration.FileName)) { JournalAfter = 1 }, TimeProvider.System, NullLoggerFactory.Instance);
        var next = round * Span;
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            while (true)
            {
                var number = Interlocked.Increment(ref next);
                await (producer % 2 == 0 ? TakeInAsync(database, number) : RecordAsync(database, number));
                await output.WriteLineAsync($"{(producer % 2 == 0 ? 'd' : 'r')} {number}");
            }
        })));
        return 0;
    }

    private static async Task TakeInAsync(Database database, int number)
    {
        var acceptance = await new DeliveryInbox(database).AcceptAsync(Samples.Delivery(number, Samples.Noon), CancellationToken.None);
        if (acceptance != Acceptance.Accepted) throw new InvalidOperationException($"delivery {number}: {acceptance}");
    }

    private static Task<Recorded> RecordAsync(Database database, int number)
    {
        var change = Samples.Change(number);
        var record = Samples.Record(change, Samples.Ruling(change, Verdict.Held, Samples.Noon), Samples.Noon) with
        {
            Entries = [Samples.Entry(correlation: change.Key.ToString()), Samples.Entry(AuditTypes.CheckReported, null, "deploy:prod")],
        };
        return new GateStore(database).RecordAsync(record, CancellationToken.None);
    }
}
