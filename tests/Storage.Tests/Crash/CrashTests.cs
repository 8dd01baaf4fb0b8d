using System.Diagnostics;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests.Crash;

/// <summary>Kills the process in the middle of load and looks for everything that it had acknowledged.</summary>
public class CrashTests(ITestOutputHelper output)
{
    // A log of its own after so many kills, so that looking at all of it each time stays quick.
    private const int RoundsOfLog = 20;
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("GITOPSGATE_KILLS"), out var asked) ? asked : RoundsOfLog;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill_at_any_instant()
    {
        var (chance, kills, writes) = (new Random(20_260_304), 0, 0);
        while (kills < Rounds)
        {
            var rounds = Math.Min(RoundsOfLog, Rounds - kills);
            writes += await OneLogAsync(chance, rounds);
            kills += rounds;
            await SayAsync($"{kills} kills, {writes} acknowledged writes, none lost");
        }

        Assert.True(writes > kills);
    }

    private async Task<int> OneLogAsync(Random chance, int rounds)
    {
        using var store = new TestStore("sqlite");
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            // Round 0 dies while the schema is being made; later ones after some acknowledgements, few or many.
            acknowledged.UnionWith(await KilledAfterAsync(Path.GetDirectoryName(store.SqlitePath)!, round, round == 0 ? 0 : chance.Next(1, 600)));
            await AllIsThereAsync(store, acknowledged);
        }

        return acknowledged.Count;
    }

    // A long campaign is worth what it had done when somebody ended it.
    private async Task SayAsync(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("GITOPSGATE_KILLS_LOG") is { Length: > 0 } file) await File.AppendAllTextAsync(file, $"{line}\n", Cancel);
    }

    private static async Task<List<string>> KilledAfterAsync(string folder, int round, int lines)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(CrashTests).Assembly.Location, CrashLoad.Word, folder, $"{round}"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = new List<string>();
        Assert.Equal("started", await process.StandardOutput.ReadLineAsync(Cancel));
        while (said.Count < lines && await process.StandardOutput.ReadLineAsync(Cancel) is { } line) said.Add(line);
        process.Kill();
        await process.WaitForExitAsync(Cancel);

        // What is left in the pipe was said before it died; its last line may be cut.
        var rest = await process.StandardOutput.ReadToEndAsync(Cancel);
        said.AddRange(rest.Split('\n').SkipLast(1));
        return said;
    }

    private static async Task AllIsThereAsync(TestStore store, HashSet<string> acknowledged)
    {
        using var database = store.Open(new ManualTimeProvider());
        var verification = await new AuditReader(database).VerifyAsync(Cancel);
        Assert.Empty(verification.Problems);

        using var session = new Session(database.Dialect.Connect());
        var there = session.Query("SELECT forge_id FROM delivery", row => $"d {row.GetString(0)["guid-".Length..]}")
            .Concat(session.Query("SELECT change_key FROM ruling", row => $"r {row.GetString(0).Split('#')[1]}"))
            .ToHashSet(StringComparer.Ordinal);
        Assert.Empty(acknowledged.Except(there));

        // A ruling, its entries and its obligation stand or fall together; a delivery has its body.
        var rulings = (long)session.Scalar("SELECT count(*) FROM ruling")!;
        Assert.Equal(rulings, (long)session.Scalar("SELECT count(*) FROM obligation")!);
        Assert.Equal(rulings, (long)session.Scalar("SELECT count(*) FROM evidence")!);
        Assert.Equal(2 * rulings, verification.Size);
        Assert.Equal(0L, session.Scalar("SELECT count(*) FROM delivery d LEFT JOIN delivery_body b ON b.delivery_seq = d.seq WHERE b.delivery_seq IS NULL"));
        Assert.Equal(0L, (await new GateReader(database).CountsAsync(Cancel)).Deliveries[DeliveryState.InHand]);
    }
}
