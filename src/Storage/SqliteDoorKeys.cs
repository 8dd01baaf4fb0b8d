using System.Numerics;

namespace GitOpsGate.Storage;

/// <summary>
/// Tells which deliveries are known. Keys are as good as random, so that each one which goes into its table at once costs a page of
/// the write-ahead log. They wait in memory instead, and one slice of the key space after the other goes in together: neighbours share
/// pages. Nothing depends on the memory: what waits is read from the newest deliveries again. Belongs to the writer's thread, inside
/// its transaction.
/// </summary>
internal sealed class SqliteDoorKeys : IDisposable
{
    /// <summary>After how many deliveries the next slice goes in. With 64 slices, a key waits for 32,768 deliveries at most.</summary>
    public const int Every = 512;

    /// <summary>Finds a key in the table.</summary>
    public const string IsStored = "SELECT 1 FROM door_key WHERE key = ?1";

    private readonly SqliteRecentKeys _recent;
    private readonly List<UInt128> _added = [];
    private readonly List<UInt128> _stored = [];
    private readonly SqliteStatement _known;
    private readonly SqliteStatement _add;
    private readonly SqliteStatement _mark;
    private readonly Slice[] _slices;
    private readonly int _shift;
    private long _newest;
    private int _since;

    /// <summary>Reads the keys that are not in the table yet.</summary>
    /// <param name="recent">Is told which keys those are, after each commit.</param>
    public SqliteDoorKeys(Session session, SQLitePCL.sqlite3 database, SqliteRecentKeys recent)
    {
        _recent = recent;
        _slices =
        [
            .. session.Query("SELECT seq FROM door_key_slice ORDER BY slice", row => new Slice { Through = row.GetInt64(0) }),
        ];
        _shift = 128 - BitOperations.Log2((uint)_slices.Length);
        _newest = _slices.Min(slice => slice.Through);
        foreach (var (seq, key) in session.Query(
            "SELECT seq, connection, forge_id FROM delivery WHERE seq > @seq ORDER BY seq",
            row => (row.GetInt64(0), InboxInsert.KeyOf(row.GetString(1), row.GetString(2))), _newest))
        {
            if (seq > SliceOf(key).Through) SliceOf(key).Waiting.Add(key);
            _newest = seq;
        }

        _recent.Replace([.. _slices.SelectMany(slice => slice.Waiting)]);
        _known = new SqliteStatement(database, IsStored);
        _add = new SqliteStatement(database, "INSERT INTO door_key (key) VALUES (?1) ON CONFLICT DO NOTHING");
        _mark = new SqliteStatement(database, "UPDATE door_key_slice SET seq = ?2 WHERE slice = ?1");
    }

    public bool Contains(UInt128 key)
    {
        if (SliceOf(key).Waiting.Contains(key)) return true;
        Bind(_known, key);
        return _known.HasRow();
    }

    /// <summary>Takes the key of a delivery that was just inserted.</summary>
    public void Add(UInt128 key, long seq)
    {
        SliceOf(key).Waiting.Add(key);
        _added.Add(key);
        _newest = seq;
        if (++_since < Every) return;
        _since = 0;
        StoreOldest();
    }

    /// <summary>The transaction is committed: what it added is known to everybody.</summary>
    public void Committed()
    {
        if (_added.Count == 0) return;
        _recent.Change(_added, _stored);
        _added.Clear();
        _stored.Clear();
    }

    public void Dispose()
    {
        _known.Dispose();
        _add.Dispose();
        _mark.Dispose();
    }

    public static void Bind(SqliteStatement statement, UInt128 key)
    {
        Span<byte> bytes = stackalloc byte[16];
        InboxInsert.WriteKey(key, bytes);
        statement.Bind(1, bytes);
    }

    private Slice SliceOf(UInt128 key) => _slices[(int)(key >> _shift)];

    private void StoreOldest()
    {
        var slice = _slices.MinBy(one => one.Through)!;
        foreach (var key in slice.Waiting.Order())
        {
            Bind(_add, key);
            _add.Run();
        }

        _stored.AddRange(slice.Waiting);
        slice.Waiting.Clear();
        slice.Through = _newest;
        _mark.Bind(1, Array.IndexOf(_slices, slice));
        _mark.Bind(2, _newest);
        _mark.Run();
    }

    private sealed class Slice
    {
        public HashSet<UInt128> Waiting { get; } = [];

        /// <summary>The keys of all deliveries up to this one are in the table.</summary>
        public long Through { get; set; }
    }
}
