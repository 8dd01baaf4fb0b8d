using GitOpsGate.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>The schema: made once, by whoever comes first, and what the pages' model says it is.</summary>
public class MigrationTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Of_many_starters_exactly_one_applies_each_step(string kind)
    {
        using var store = new TestStore(kind);
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Migrator.Up(store.Dialect, _clock), Cancel)));
        string[] steps =
        [
            "0001_gate.sql", "0002_unmanaged.sql", "0003_door_keys.sql", "0004_branches.sql", "0005_agents.sql", "0006_secrets.sql", "0007_reconciling.sql",
            "0008_checkpoints.sql", "0009_deployments.sql", "0010_sealed.sql", "0011_log_milestones.sql", "0012_outlets.sql", "0013_access.sql", "0014_closed_days.sql",
            "0016_anchors.sql", "0017_attestations.sql", "0018_retention.sql",
        ];
        Assert.Equal(steps, applied.SelectMany(names => names));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public void A_database_of_a_newer_program_is_not_opened(string kind)
    {
        using var store = new TestStore(kind);
        Migrator.Up(store.Dialect, _clock);
        Change(store, "INSERT INTO schema_step (name, sha256, at) VALUES ('0999_future.sql', 'x', 'later')");

        var refusal = Assert.Throws<SchemaMismatchException>(() => store.Open(_clock));
        Assert.Equal("the database has migration `0999_future.sql`, which this program does not know: use a newer one", refusal.Message);
    }

    [Fact]
    public void A_step_that_was_changed_after_it_was_applied_stops_the_start()
    {
        using var store = new TestStore("sqlite");
        Migrator.Up(store.Dialect, _clock);
        Change(store, "UPDATE schema_step SET sha256 = 'x'");
        Assert.Throws<SchemaMismatchException>(() => store.Open(_clock));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public void Model_and_schema_agree(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        using var read = database.Read();
        using var session = new Session(database.Dialect.Connect());
        foreach (var entity in read.Model.GetEntityTypes())
        {
            var table = StoreObjectIdentifier.Table(entity.GetTableName()!);
            var columns = Columns(session, kind, table.Name);
            foreach (var property in entity.GetProperties())
            {
                var name = property.GetColumnName(table)!;
                Assert.True(columns.TryGetValue(name, out var column), $"{table.Name}.{name} is not in the schema");
                Assert.True(column.IsNullable == property.IsNullable, $"{table.Name}.{name}: null or not null differs");
                Assert.Equal(Family(property.ClrType), column.Family);
            }
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public void Both_databases_have_the_same_tables_and_columns(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        using var session = new Session(database.Dialect.Connect());
        var tables = session.Query(
            kind == "sqlite"
                ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                : "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
            row => row.GetString(0));
        // Only SQLite's keys come in slice by slice: PostgreSQL may have several writers. SQLite keeps keys of subjects in another file.
        var lines = tables.Where(table => table is not ("schema_step" or "door_key_slice" or "subject_key")).Order(StringComparer.Ordinal).SelectMany(table =>
            Columns(session, kind, table).OrderBy(column => column.Key, StringComparer.Ordinal)
                .Select(column => $"{table}.{column.Key} {column.Value.Family}{(column.Value.IsNullable ? " or null" : "")}"));
        Golden.Matches("schema.txt", string.Join('\n', lines) + "\n");
    }

    private static Dictionary<string, (string Family, bool IsNullable)> Columns(Session session, string kind, string table) =>
        (kind == "sqlite"
            ? session.Query($"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')", row => (
                Name: row.GetString(0), Type: row.GetString(1), IsNullable: row.GetInt32(2) == 0 && row.GetInt32(3) == 0))
            : session.Query(
                "SELECT column_name::text, data_type::text, is_nullable::text FROM information_schema.columns WHERE table_name = @table",
                row => (Name: row.GetString(0), Type: row.GetString(1), IsNullable: row.GetString(2) == "YES"), table))
        .ToDictionary(column => column.Name, column => (Family(column.Type), column.IsNullable), StringComparer.Ordinal);

    private static string Family(string type) => type.ToUpperInvariant() switch
    {
        "TEXT" => "text",
        "BLOB" or "BYTEA" => "bytes",
        "INTEGER" or "BIGINT" => "whole number",
        _ => type,
    };

    private static string Family(Type type) =>
        type == typeof(string) ? "text" : type == typeof(byte[]) ? "bytes" : "whole number";

    private static void Change(TestStore store, string sql)
    {
        using var session = new Session(store.Dialect.Connect());
        session.Execute(sql);
    }
}
