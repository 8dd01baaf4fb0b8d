using System.Data.Common;
using GitOpsGate.Testing;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Keeps docs/decisions/0005-sqlite-binding.md honest: what we need of the binding works at run time.</summary>
public class SqliteBindingTests
{
    [Fact]
    public void A_writer_has_the_durable_settings()
    {
        using var store = new TestStore("sqlite");
        using var connection = store.Dialect.Connect();

        Assert.Equal("wal", Pragma(connection, "journal_mode"));
        Assert.Equal("2", Pragma(connection, "synchronous"));
        Assert.Equal("10000", Pragma(connection, "busy_timeout"));
        Assert.Equal("1", Pragma(connection, "recursive_triggers"));
        Assert.Equal("0", Pragma(connection, "trusted_schema"));
    }

    [Fact]
    public void An_online_backup_holds_what_was_written()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(new ManualTimeProvider());
        using var from = (SqliteConnection)store.Dialect.Connect();
        using var to = new SqliteConnection("Data Source=:memory:");
        to.Open();

        from.BackupDatabase(to);

        using var command = to.CreateCommand();
        command.CommandText = "SELECT count(*) FROM schema_step WHERE name LIKE '0001%'";
        Assert.Equal(1L, command.ExecuteScalar());
        Assert.Equal("ok", Pragma(to, "integrity_check"));
    }

    private static string? Pragma(DbConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return command.ExecuteScalar()?.ToString();
    }
}
