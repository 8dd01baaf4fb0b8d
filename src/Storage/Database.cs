using System.Data.Common;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Intake;
using GitOpsGate.Storage.Privacy;
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
    // The door opens without the pages' model: it is made for the first reader.
    private readonly Lazy<DbContextOptions<GateDbContext>> _options;

    private Database(Dialect dialect, TimeProvider clock, Writer writer, IntakeQueue? intake, SubjectKeys keys)
    {
        (Dialect, Clock, Writer, Intake, Keys) = (dialect, clock, writer, intake, keys);
        _options = new Lazy<DbContextOptions<GateDbContext>>(() => OptionsOf(dialect));
        DeliveriesDue = new Signal(clock);
        ObligationsDue = new Signal(clock);
        DesiredDue = new Signal(clock);
    }

    public Dialect Dialect { get; }

    public TimeProvider Clock { get; }

    public Writer Writer { get; }

    /// <summary>What takes deliveries in ahead of the writer; null where the writer does.</summary>
    public IntakeQueue? Intake { get; }

    /// <summary>What people's sealed sections are locked with.</summary>
    public SubjectKeys Keys { get; }

    /// <summary>References of accounts that were asked for lately.</summary>
    public KnownIdentities Identities { get; } = new();

    /// <summary>Set when a delivery may be due.</summary>
    public Signal DeliveriesDue { get; }

    /// <summary>Set when an obligation may be due.</summary>
    public Signal ObligationsDue { get; }

    /// <summary>Set when something was published for an agent.</summary>
    public Signal DesiredDue { get; }

    /// <summary>A reader of the tables, for one unit of work; never tracks, never writes.</summary>
    public GateDbContext Read() => new(_options.Value);

    /// <summary>Completes when every delivery that was acknowledged until now can be read.</summary>
    public Task SettleAsync() => Intake?.SettleAsync() ?? Task.CompletedTask;

    /// <summary>
    /// Completes when nothing stands in the database's files any more but what its tables hold: the free parts of pages, write-ahead logs and the
    /// intake's journal are empty. Writes wait meanwhile.
    /// </summary>
    /// <exception cref="IOException">A file could not be emptied; nothing else is lost.</exception>
    public async Task WipeAsync(CancellationToken cancellation)
    {
        if (Intake is not null) await Intake.WipeAsync(cancellation);
        await Writer.AloneAsync(Dialect.Wipe, cancellation);
    }

    /// <summary>The same for webhooks that were sealed and for destroyed keys alone, which takes no longer than a moment.</summary>
    /// <exception cref="IOException">A file could not be emptied; nothing else is lost.</exception>
    public async Task WipeBodiesAsync(CancellationToken cancellation)
    {
        if (Intake is not null) await Intake.WipeAsync(cancellation);
        await Writer.AloneAsync(Dialect.WipeBodies, cancellation);
    }

    /// <summary>Opens a database, migrates it, and makes due what a former process had in hand: what it tried to send may have been sent.</summary>
    /// <param name="wrap">Wraps the keys of sealed sections; without it nothing personal can be recorded.</param>
    /// <exception cref="SchemaMismatchException">The database belongs to another version of the program.</exception>
    public static Database Open(Dialect dialect, TimeProvider clock, ILoggerFactory logs, IKeyWrap? wrap = null)
    {
        var log = logs.CreateLogger<Writer>();
        // Open from here on: whenever SQLite's last connection closes, it copies and deletes its log.
        var session = new Session(dialect.Connect());
        try
        {
            foreach (var name in Migrator.Up(dialect, clock)) StorageLog.Migrated(log, name);
            TakeBack(session, dialect, clock.GetUtcNow().ToUnixTimeMilliseconds());
            var files = dialect.OpenIntake(session, log);
            var writer = new Writer(dialect, clock, log, session);
            var intake = files is null ? null : new IntakeQueue(writer, files, log);
            return new Database(dialect, clock, writer, intake, new SubjectKeys(dialect, clock, wrap));
        }
        catch (Exception trouble) when (trouble is DbException or SchemaMismatchException or IOException)
        {
            session.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Intake?.Stop();
        Writer.Dispose();
        Intake?.Dispose();
        Keys.Dispose();
    }

    private static DbContextOptions<GateDbContext> OptionsOf(Dialect dialect)
    {
        var options = new DbContextOptionsBuilder<GateDbContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
        dialect.Use(options);
        return options.Options;
    }

    private static void TakeBack(Session session, Dialect dialect, long now)
    {
        session.Transaction = dialect.Begin(session.Connection);
        session.Execute(
            "UPDATE delivery SET state = @waiting, due_ms = @now WHERE state = @inHand",
            (int)DeliveryState.Waiting, now, (int)DeliveryState.InHand);
        session.Execute(
            "UPDATE obligation SET state = @unclear, due_ms = @now WHERE state = @claimed",
            (int)ObligationState.Unclear, now, (int)ObligationState.Claimed);
        dialect.Commit(session.Transaction);
        session.Transaction.Dispose();
        session.Transaction = null;
    }
}
