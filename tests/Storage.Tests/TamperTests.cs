using System.Globalization;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>Somebody with the administrator's rights changes the log; verification names the table and the place.</summary>
public class TamperTests
{
    private const int Entries = 600;
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Changes => new()
    {
        { "UPDATE audit_leaf SET body = CAST(replace(CAST(body AS TEXT), 'allow', 'alloy') AS BLOB) WHERE seq = 17", "audit_leaf 17: stored hash" },
        { "UPDATE audit_leaf SET hash = zeroblob(32) WHERE seq = 599", "audit_leaf 599: stored hash" },
        { "UPDATE audit_leaf SET outcome = 'deny' WHERE seq = 3", "audit_leaf 3: the columns" },
        { "UPDATE audit_leaf SET time_ms = time_ms + 1 WHERE seq = 3", "audit_leaf 3: the columns" },
        { "UPDATE audit_leaf SET corr = 'other' WHERE seq = 3", "audit_leaf 3: the columns" },
        { "DELETE FROM audit_leaf WHERE seq = 100", "audit_leaf 101: should be leaf 100" },
        { "DELETE FROM audit_leaf WHERE seq = 599", "audit_head 600: the newest head should be of size 599" },
        { "UPDATE audit_tile SET data = zeroblob(8192) WHERE level = 0 AND idx = 1", "audit_tile 0/1: hashes" },
        { "UPDATE audit_tile SET root = zeroblob(32) WHERE level = 0 AND idx = 0", "audit_tile 0/0: root" },
        { "DELETE FROM audit_tile WHERE idx = 1", "audit_tile 0/1: missing" },
        { "UPDATE audit_head SET root = zeroblob(32) WHERE size = 200", "audit_head 200: root" },
        { "DELETE FROM audit_head WHERE size = 600", "audit_head 500: the newest head should be of size 600" },
        { "UPDATE audit_pop SET n = 9999 WHERE seq = 5", "audit_pop deploy:prod/9999: leaf 5" },
        { "DELETE FROM audit_pop WHERE seq = 5", "audit_pop deploy:prod/6: missing" },
        { "INSERT INTO audit_pop (pop, n, seq) VALUES ('ghost', 1, 5000)", "audit_pop: 601 numbers" },
        { "UPDATE audit_checkpoint SET note = replace(note, 'A', 'B')", "audit_checkpoint 300:" },
        { "UPDATE audit_checkpoint SET size = 301", "audit_checkpoint 301: its note is of size 300" },
        { "UPDATE audit_checkpoint SET size = 601", "audit_checkpoint: 1 are of sizes" },
        { "UPDATE audit_log SET origin = 'other'", "audit_checkpoint 300: its note is of the log `gitopsgate/audit/" },
        { "UPDATE audit_log SET tenant = 't_other'", "audit_leaf 0: `tenant` should be `t_other`" },
        { "DELETE FROM audit_log", "audit_log: 0 rows" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_of_the_log_is_named(string change, string problem)
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        await FillAsync(database);
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);

        using (var session = new Session(database.Dialect.Connect()))
        {
            foreach (var trigger in session.Query("SELECT name FROM sqlite_master WHERE type = 'trigger'", row => row.GetString(0)))
                session.Execute($"DROP TRIGGER {trigger}");
            Assert.True(session.Execute(change) > 0);
        }

        var problems = (await new AuditReader(database).VerifyAsync(Cancel)).Problems;
        Assert.Contains(problems, one => one.StartsWith(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("audit_leaf", "body", "seq", 17)]
    [InlineData("audit_leaf", "hash", "seq", 17)]
    [InlineData("audit_tile", "data", "idx", 1)]
    [InlineData("audit_tile", "root", "idx", 1)]
    [InlineData("audit_head", "root", "size", 300)]
    public async Task No_flipped_bit_goes_unnoticed(string table, string column, string key, long row)
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        await FillAsync(database);
        using var session = new Session(database.Dialect.Connect());
        session.Execute($"DROP TRIGGER {table}_no_update");
        var bytes = (byte[])session.Scalar($"SELECT {column} FROM {table} WHERE {key} = {row}")!;
        var step = Math.Max(1, bytes.Length / 40);
        for (var at = 0; at < bytes.Length; at += step)
        {
            bytes[at] ^= (byte)(1 << (at % 8));
            session.Execute($"UPDATE {table} SET {column} = @bytes WHERE {key} = {row}", bytes);
            var problems = (await new AuditReader(database).VerifyAsync(Cancel)).Problems;
            Assert.Contains(problems, one => one.StartsWith(table, StringComparison.Ordinal));
            bytes[at] ^= (byte)(1 << (at % 8));
        }

        session.Execute($"UPDATE {table} SET {column} = @bytes WHERE {key} = {row}", bytes);
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_database_itself_refuses_to_change_the_log(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        await OneAsync(database);
        string[] changes =
        [
            "UPDATE audit_leaf SET outcome = 'deny'", "DELETE FROM audit_leaf", "UPDATE audit_head SET time_ms = 0", "DELETE FROM audit_head",
            "UPDATE audit_pop SET n = 2", "DELETE FROM audit_pop", "UPDATE audit_log SET tenant = 'x'", "DELETE FROM audit_log",
        ];
        foreach (var change in changes)
        {
            using var session = new Session(database.Dialect.Connect());
            var refusal = Assert.ThrowsAny<System.Data.Common.DbException>(() => session.Execute(change));
            Assert.Contains("append-only", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nothing_is_appended_to_a_log_that_does_not_agree_with_its_head()
    {
        using var store = new TestStore("sqlite");
        using (var database = store.Open(_clock)) await FillAsync(database);
        using (var session = new Session(store.Dialect.Connect()))
        {
            session.Execute("DROP TRIGGER audit_leaf_no_update");
            session.Execute("UPDATE audit_leaf SET hash = zeroblob(32) WHERE seq = 599");
        }

        using var again = store.Open(_clock);
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => OneAsync(again));
        Assert.Contains("verify the log", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task FillAsync(Database database)
    {
        for (var batch = 0; batch < Entries; batch += 100)
        {
            var number = batch.ToString(CultureInfo.InvariantCulture);
            await new GateStore(database).RecordAsync(
                new Record
                {
                    Entries = [.. Enumerable.Range(0, 100).Select(_ => Samples.Entry(correlation: number, populations: "deploy:prod"))],
                    At = Samples.Noon,
                },
                Cancel);
        }

        await KeepAsync(database, 300);
    }

    /// <summary>Keeps a signed checkpoint of the first entries.</summary>
    private static async Task KeepAsync(Database database, long size)
    {
        using var session = new Session(database.Dialect.Connect());
        var root = (byte[])session.Scalar("SELECT root FROM audit_head WHERE size = @size", size)!;
        var text = new Checkpoint((string)session.Scalar("SELECT origin FROM audit_log")!, size, root).ToString();
        var note = new SignedNote(text, [new NoteSignature("gate", 1, new byte[64])]);
        await new CheckpointStore(database).AddAsync(new StoredCheckpoint(size, Samples.Noon, note.ToString()), Cancel);
    }

    private static Task<Recorded> OneAsync(Database database) => new GateStore(database).RecordAsync(
        new Record { Entries = [Samples.Entry(populations: "deploy:prod")], At = Samples.Noon }, Cancel);
}
