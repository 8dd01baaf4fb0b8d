using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>What tells a duplicate, wherever its key is: in memory, in the table, or still to be read from the deliveries.</summary>
public class DoorKeyTests
{
    // Enough for more than one slice to go into the table, far from enough for all.
    private const int Many = (2 * SqliteDoorKeys.Every) + 100;

    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Old_and_new_deliveries_stay_known_and_are_known_after_a_restart(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock))
        {
            Assert.All(await SendAsync(database, 0, Many), answer => Assert.Equal(Acceptance.Accepted, answer));
            Assert.All(await SendAsync(database, 0, Many), answer => Assert.Equal(Acceptance.Duplicate, answer));
        }

        using var again = store.Open(_clock);
        Assert.All(await SendAsync(again, 0, Many), answer => Assert.Equal(Acceptance.Duplicate, answer));
        Assert.All(await SendAsync(again, Many, Many + 20), answer => Assert.Equal(Acceptance.Accepted, answer));
    }

    [Fact]
    public async Task Keys_go_into_their_table_slice_by_slice()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        await SendAsync(database, 0, Many);
        await database.SettleAsync();
        using var session = new Session(database.Dialect.Connect());

        // Two of the 64 slices: the first one went in after so many deliveries, the second after as many again.
        var stored = session.Query("SELECT key FROM door_key ORDER BY key", row => Convert.ToHexString(row.GetFieldValue<byte[]>(0)));
        Assert.Equal(KeysOf(SqliteDoorKeys.Every, 0).Concat(KeysOf(2 * SqliteDoorKeys.Every, 1)), stored);
        Assert.Equal([0L, 1L], session.Query("SELECT slice FROM door_key_slice WHERE seq > 0 ORDER BY slice", row => row.GetInt64(0)));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Of_the_same_delivery_sent_by_many_at_once_one_is_accepted(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => inbox.AcceptAsync(
            Samples.Delivery(1) with { Id = Samples.Delivery(number).Id }, Cancel)));
        Assert.Single(answers, Acceptance.Accepted);
        Assert.Equal(39, answers.Count(answer => answer == Acceptance.Duplicate));
    }

    [Fact]
    public async Task What_another_writer_accepted_is_known()
    {
        using var store = new TestStore("sqlite");
        using var one = store.Open(_clock);
        using var other = store.Open(_clock);
        foreach (var start in new[] { 0, 10, 20 })
        {
            Assert.All(await SendAsync(one, start, start + 10), answer => Assert.Equal(Acceptance.Accepted, answer));
            Assert.All(await SendAsync(other, start, start + 10), answer => Assert.Equal(Acceptance.Duplicate, answer));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Deliveries_of_the_former_schema_are_claimed_and_known(string kind)
    {
        using var store = new TestStore(kind);
        Former(store, kind, Samples.Delivery(1));
        using var database = store.Open(_clock);

        Assert.Equal(
            [Acceptance.Duplicate, Acceptance.Accepted],
            [.. await SendAsync(database, 1, 2), .. await SendAsync(database, 2, 3)]);
        var claimed = await new DeliveryInbox(database).ClaimAsync(9, TimeSpan.FromMinutes(1), Samples.Noon.AddSeconds(1), Cancel);
        Assert.Equal(["guid-1", "guid-2"], claimed.Select(one => one.Delivery.ForgeId));
        Assert.Equal(Samples.Delivery(1).Body.ToArray(), claimed[0].Delivery.Body.ToArray());
    }

    [Fact]
    public async Task Committed_pages_come_into_the_file_beside_the_writer()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        var noise = new Random(7);
        for (var number = 0; number < 400; number++)
        {
            var bytes = new byte[32_000];
            noise.NextBytes(bytes);
            await inbox.AcceptAsync(Samples.Delivery(number) with { Body = bytes }, Cancel);
        }

        // Three thousand pages and more for bodies alone: the writer's own checkpoint would come at 16,000.
        for (var number = 400; number < 4000 && new FileInfo(store.SqlitePath).Length < 4 << 20; number++)
            await inbox.AcceptAsync(Samples.Delivery(number), Cancel);
        Assert.True(new FileInfo(store.SqlitePath).Length > 4 << 20);
    }

    private static Task<Acceptance[]> SendAsync(Database database, int from, int to)
    {
        var inbox = new DeliveryInbox(database);
        return Task.WhenAll(Enumerable.Range(from, to - from).Select(number => inbox.AcceptAsync(
            Samples.Delivery(number) with { Id = new(Guid.CreateVersion7(Samples.Noon)) }, Cancel)));
    }

    /// <summary>The keys of the first deliveries that are in a slice.</summary>
    private static IEnumerable<string> KeysOf(int count, int slice) => Enumerable.Range(0, count)
        .Select(number => SHA256.HashData(Encoding.UTF8.GetBytes($"hub\0guid-{number}"))[..16])
        .Where(key => key[0] / 4 == slice).Select(Convert.ToHexString).Order(StringComparer.Ordinal);

    /// <summary>A database as the first two migrations left it, with one delivery that waits.</summary>
    private static void Former(TestStore store, string kind, Deliveries.Delivery delivery)
    {
        using var session = new Session(store.Dialect.Connect());
        session.Execute("CREATE TABLE schema_step (name varchar(200) NOT NULL PRIMARY KEY, sha256 char(64) NOT NULL, at varchar(40) NOT NULL)");
        foreach (var name in new[] { "0001_gate.sql", "0002_unmanaged.sql" })
        {
            using var reader = new StreamReader(typeof(Migrator).Assembly.GetManifestResourceStream($"Migrations/{kind}/{name}")!);
            var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
            using var command = session.Connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
            session.Execute(
                "INSERT INTO schema_step (name, sha256, at) VALUES (@name, @sha256, 'then')",
                name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
        }

        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{delivery.Connection}\0{delivery.ForgeId}"))[..16];
        var sequence = (long)session.Scalar(
            """
            INSERT INTO delivery (id, door_key, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note)
            VALUES (@id, @key, @connection, @forge, @forge_id, @event, @received, 0, @received, 0, '') RETURNING seq
            """,
            delivery.Id.Value.ToByteArray(bigEndian: true), key, delivery.Connection.Value, delivery.Forge, delivery.ForgeId, delivery.Event,
            delivery.ReceivedAt.ToUnixTimeMilliseconds())!;
        session.Execute(
            "INSERT INTO delivery_body (delivery_seq, headers, body, length) VALUES (@seq, @headers, @body, @length)",
            sequence, "{}"u8.ToArray(), Zlib.Compress(delivery.Body.Span), delivery.Body.Length);
    }
}
