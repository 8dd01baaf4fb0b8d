using System.Data.Common;
using GitOpsGate.Storage.Intake;
using GitOpsGate.Storage.Privacy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

/// <summary>What differs between the databases; everything else is one SQL text for both.</summary>
internal abstract class Dialect
{
    /// <summary>The folder of its migrations.</summary>
    public abstract string Name { get; }

    /// <summary>A new open connection, set up for a durable writer.</summary>
    public abstract DbConnection Connect();

    /// <summary>A new open connection to where the keys of sealed sections lie, in table <c>subject_key</c>.</summary>
    public virtual DbConnection ConnectKeys() => Connect();

    /// <summary>Starts a transaction that no other writer of this database, in any process, can run beside.</summary>
    public abstract DbTransaction Begin(DbConnection connection);

    /// <summary>Ends a transaction. When it throws, the transaction may have been committed all the same.</summary>
    public virtual void Commit(DbTransaction transaction) => transaction.Commit();

    /// <summary>Inserts deliveries that are not known yet, and tells each whether it was one.</summary>
    public abstract void Insert(Session session, IReadOnlyList<InboxInsert> inserts);

    /// <summary>Whether a delivery with this key is in the inbox. Asked by the writer, inside its transaction.</summary>
    public abstract bool IsKnown(Session session, UInt128 key);

    /// <summary>Called by the writer after each commit, before anybody is told.</summary>
    public virtual void Committed(Session session)
    {
    }

    /// <summary>Called by the writer when everybody was told and no transaction is open.</summary>
    public virtual void Rest(Session session)
    {
    }

    /// <summary>
    /// What takes deliveries in ahead of the writer; null where that is the writer's own. What a former process had acknowledged and
    /// not put into the database is there afterwards.
    /// </summary>
    /// <param name="session">No transaction is open, and nobody else writes.</param>
    /// <exception cref="IOException">What was acknowledged cannot be read.</exception>
    public virtual IntakeFiles? OpenIntake(Session session, ILogger log) => null;

    /// <summary>
    /// Leaves nothing of what was deleted in the files. Called while the writer has no transaction open; opens a connection of its own.
    /// </summary>
    /// <exception cref="IOException">Somebody reads all the time.</exception>
    public virtual void Wipe()
    {
    }

    /// <summary>
    /// Puts what was locked in the place of a webhook in the clear, inside the writer's transaction; there is one, and it is not sealed yet.
    /// </summary>
    public virtual void Seal(Session session, long delivery, StoredBody locked)
    {
        session.Execute(
            """
            INSERT INTO delivery_seal (delivery_seq, day, seal, headers, body, length)
            VALUES (@delivery, @day, @seal, @headers, @body, @length)
            """,
            delivery, locked.Day.Number, locked.Seal, locked.Headers, locked.Body, locked.Length);
        session.Execute("DELETE FROM delivery_body WHERE delivery_seq = @delivery", delivery);
    }

    /// <summary>
    /// Leaves nothing in the files of webhooks that were sealed, or of keys that were destroyed, and of nothing else; quick enough for every day.
    /// Called as <see cref="Wipe"/> is.
    /// </summary>
    /// <exception cref="IOException">Somebody reads all the time.</exception>
    public virtual void WipeBodies()
    {
    }

    /// <summary>Lets the pages' model read this database.</summary>
    public abstract void Use(DbContextOptionsBuilder options);
}
