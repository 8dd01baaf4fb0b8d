using Microsoft.Win32.SafeHandles;

namespace GitOpsGate.Storage.Intake;

/// <summary>Tells which deliveries are in the database.</summary>
internal interface IKnownDeliveries : IDisposable
{
    /// <summary>Tells each delivery that is taken for new whether it is not: whether one with its key is committed there.</summary>
    /// <exception cref="System.Data.Common.DbException">Trouble with the database.</exception>
    void Mark(List<InboxInsert> inserts);
}

/// <summary>Where a journal is, how it is flushed, and what is known already.</summary>
/// <param name="Database">The path of the database's file, which the journal stands beside.</param>
/// <param name="Flush">Waits until what was written to a file is on the disk; throws when that cannot be told.</param>
/// <param name="MadeAfter">
/// After how many deliveries the journal's files are made: a gateway that hears of a change now and then needs no megabytes for it.
/// </param>
/// <param name="Found">The journal, when there is one; nothing in it counts any more.</param>
internal sealed record IntakeFiles(
    string Database, Action<SafeFileHandle> Flush, int MadeAfter, IntakeJournal? Found, IKnownDeliveries Known)
{
    /// <summary>Makes the journal.</summary>
    /// <exception cref="IOException">The disk is full, or trouble with it.</exception>
    public IntakeJournal Make()
    {
        IntakeJournal.Create(Database);
        var journal = IntakeJournal.Open(Database, Flush, out var held)
            ?? throw new IOException($"the intake journal beside `{Database}` was made and is not there");
        held.ForEach(insert => insert.Dispose());
        journal.Begin();
        return journal;
    }
}
