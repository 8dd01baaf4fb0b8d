using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

/// <summary>
/// The opened database: migrated, its one writer running, and everything that a former process had in hand due again. Open it once per
/// process.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly DbContextOptions<GateDbContext> _options;

    private Database(Dialect dialect, TimeProvider clock, ILoggerFactory logs)
    {
        Dialect = dialect;
        Clock = clock;
        var log = logs.CreateLogger<Writer>();
        foreach (var name in Migrator.Up(dialect, clock)) StorageLog.Migrated(log, name);
        var options = new DbContextOptionsBuilder<GateDbContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
        dialect.Use(options);
        _options = options.Options;
        DeliveriesDue = new Signal(clock);
        ObligationsDue = new Signal(clock);
        Writer = new Writer(dialect, clock, log);
    }

    public Dialect Dialect { get; }

    public TimeProvider Clock { get; }

    public Writer Writer { get; }

    /// <summary>Set when a delivery may be due.</summary>
    public Signal DeliveriesDue { get; }

    /// <summary>Set when an obligation may be due.</summary>
    public Signal ObligationsDue { get; }

    /// <summary>A reader of the tables, for one unit of work; never tracks, never writes.</summary>
    public GateDbContext Read() => new(_options);

    /// <summary>Opens a database, migrates it, and makes due what a former process had in hand: what it tried to send may have been sent.</summary>
    /// <exception cref="SchemaMismatchException">The database belongs to another version of the program.</exception>
    public static Database Open(Dialect dialect, TimeProvider clock, ILoggerFactory logs)
    {
        var database = new Database(dialect, clock, logs);
        TakeBack(dialect, clock);
        return database;
    }

    public void Dispose() => Writer.Dispose();

    private static void TakeBack(Dialect dialect, TimeProvider clock)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        using var session = new Session(dialect.Connect());
        session.Transaction = dialect.Begin(session.Connection);
        session.Execute(
            "UPDATE delivery SET state = @waiting, due_ms = @now WHERE state = @inHand",
            (int)DeliveryState.Waiting, now, (int)DeliveryState.InHand);
        session.Execute(
            "UPDATE obligation SET state = @unclear, due_ms = @now WHERE state = @claimed",
            (int)ObligationState.Unclear, now, (int)ObligationState.Claimed);
        dialect.Commit(session.Transaction);
    }
}
