using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>What differs between the databases; everything else is one SQL text for both.</summary>
internal abstract class Dialect
{
    /// <summary>The folder of its migrations.</summary>
    public abstract string Name { get; }

    /// <summary>A new open connection, set up for a durable writer.</summary>
    public abstract DbConnection Connect();

    /// <summary>Starts a transaction that no other writer of this database, in any process, can run beside.</summary>
    public abstract DbTransaction Begin(DbConnection connection);

    /// <summary>Ends a transaction. When it throws, the transaction may have been committed all the same.</summary>
    public virtual void Commit(DbTransaction transaction) => transaction.Commit();

    /// <summary>Inserts deliveries that are not known yet, and tells each whether it was one.</summary>
    public abstract void Insert(Session session, IReadOnlyList<InboxInsert> inserts);

    /// <summary>Called by the writer after each commit, when everybody was told and no transaction is open.</summary>
    public virtual void Committed(Session session)
    {
    }

    /// <summary>Lets the pages' model read this database.</summary>
    public abstract void Use(DbContextOptionsBuilder options);
}
