using System.Diagnostics;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests.Crash;

/// <summary>Kills the process while webhooks are sealed and days end: each acknowledged body can be read, or its day has ended.</summary>
public class RetentionCrashTests(ITestOutputHelper output)
{
    private const int Rounds = 8;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_is_readable_or_ended_after_a_kill_at_any_instant()
    {
        using var store = new TestStore("sqlite");
        var chance = new Random(20_260_304);
        var (acknowledged, ended, last) = (new SortedSet<int>(), new SortedSet<int>(), 0);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var line in await KilledAfterAsync(store.Folder, last, chance.Next(5, 120), chance.Next(0, 15)))
                (line[0] == 'd' ? acknowledged : ended).Add(int.Parse(line[2..], System.Globalization.CultureInfo.InvariantCulture));
            // The day in which it died goes on: its deliveries come again, as a forge would send them.
            last = acknowledged.Max / RetentionLoad.EachDay;
            await AllIsReadableOrEndedAsync(store, acknowledged, ended);
        }

        output.WriteLine($"{Rounds} kills, {acknowledged.Count} webhooks, {ended.Count} days ended");
        Assert.True(ended.Count > Rounds);
        using var database = store.Open(new ManualTimeProvider());
        var (inbox, retention) = (new DeliveryInbox(database), new WebhookRetention(database));
        var left = await inbox.ClaimAsync(1000, TimeSpan.FromHours(1), Samples.Noon.AddYears(1), Cancel);
        foreach (var one in left) await inbox.PostponeAsync(one.Delivery.Id, "given up", null, Cancel);
        while (await retention.SealAsync(Cancel) > 0)
        {
        }

        await retention.EndAsync(Samples.Noon.AddDays(last + 10), RetentionLoad.Keep, Cancel);
        using var session = new Session(database.Dialect.Connect());
        Assert.Equal(0L, session.Scalar("SELECT COUNT(*) FROM webhook_day WHERE done_ms IS NULL"));
        Assert.Equal(0L, session.Scalar("SELECT COUNT(*) FROM delivery_seal"));
        var entries = (await new AuditReader(database).ReadAsync(0, 1000, Cancel)).Count(leaf =>
            Encoding.UTF8.GetString(leaf.Bytes.Span).Contains($"\"type\":\"{AuditTypes.RetentionApplied}\"", StringComparison.Ordinal));
        Assert.Equal(session.Scalar("SELECT COUNT(*) FROM webhook_day"), (long)entries);
    }

    private static async Task AllIsReadableOrEndedAsync(TestStore store, SortedSet<int> acknowledged, SortedSet<int> ended)
    {
        using var database = store.Open(new ManualTimeProvider());
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
        var reader = new GateReader(database);
        var ids = (await AllAsync(reader)).ToDictionary(one => one.ForgeId, one => one.Id, StringComparer.Ordinal);
        foreach (var number in acknowledged)
        {
            var expected = RetentionLoad.Delivery(number);
            var found = (await reader.DeliveryAsync(ids[expected.ForgeId], Cancel))!;
            if (found.Gone is { } why) Assert.Contains("by retention", why, StringComparison.Ordinal);
            else Assert.Equal(expected.Body.ToArray(), found.Delivery.Body.ToArray());
            if (ended.Contains(number / RetentionLoad.EachDay)) Assert.NotNull(found.Gone);
        }
    }

    private static async Task<List<DeliverySummary>> AllAsync(GateReader reader)
    {
        var all = new List<DeliverySummary>();
        for (string? after = null; ;)
        {
            var page = await reader.DeliveriesAsync(new DeliveryFilter(null, null, after, 1000), Cancel);
            all.AddRange(page.Items);
            if ((after = page.Next) is null) return all;
        }
    }

    private static async Task<List<string>> KilledAfterAsync(string folder, int first, int lines, int more)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(CrashTests).Assembly.Location, RetentionLoad.Word, folder, $"{first}"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = new List<string>();
        Assert.Equal("started", await process.StandardOutput.ReadLineAsync(Cancel));
        while (said.Count < lines && await process.StandardOutput.ReadLineAsync(Cancel) is { } line) said.Add(line);
        await Task.Delay(more, Cancel);
        process.Kill();
        await process.WaitForExitAsync(Cancel);
        var rest = await process.StandardOutput.ReadToEndAsync(Cancel);
        said.AddRange(rest.Split('\n').SkipLast(1));
        return said;
    }
}
