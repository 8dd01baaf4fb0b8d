using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Storage.Privacy;

namespace GitOpsGate.Storage;

/// <summary>
/// The growing end of the audit log. Entries get their place at once and are written with the batch; what is in memory changes only
/// after the commit. Belongs to the writer's thread.
/// </summary>
internal sealed class AuditAppender
{
    private readonly TimeProvider _clock;
    private readonly LogName _name;
    private readonly Dictionary<string, long> _numbers;
    private readonly List<Pending> _pending = [];
    private TiledTree _tree;
    private TiledTree? _grown;
    private DateTimeOffset _last;

    private AuditAppender(
        TimeProvider clock, LogName name, TiledTree tree, DateTimeOffset last, Dictionary<string, long> numbers) =>
        (_clock, _name, _tree, _last, _numbers, Batch) = (clock, name, tree, last, numbers, new AppendedBatch(tree.Size));

    public LogName Name => _name;

    /// <summary>What the entries that wait will be told of the log, once they are written.</summary>
    public AppendedBatch Batch { get; private set; }

    /// <summary>How many entries wait in this batch: a place to come back to.</summary>
    public int Mark => _pending.Count;

    /// <summary>Reads the end of the log from the database.</summary>
    /// <exception cref="InvalidDataException">What is stored does not agree with its own head: nothing may be appended to it.</exception>
    public static AuditAppender Load(Session sql, TimeProvider clock)
    {
        var names = sql.Query("SELECT origin, tenant FROM audit_log", row => new LogName(row.GetString(0), row.GetString(1)));
        var name = names.Count > 0 ? names[0] : Create(sql, clock);
        var head = sql.Query(
            "SELECT size, root, time_ms FROM audit_head ORDER BY size DESC LIMIT 1",
            row => (Size: row.GetInt64(0), Root: row.GetFieldValue<byte[]>(1), At: row.GetInt64(2)));
        var size = head.Count == 0 ? 0 : head[0].Size;
        var tree = TiledTree.Restore(size, (level, from, count) => OpenHashes(sql, level, from, count));
        if (head.Count > 0 && !tree.Root().AsSpan().SequenceEqual(head[0].Root))
            throw new InvalidDataException($"the audit log's hashes do not make the root of its head of size {size}: verify the log");
        var last = sql.Scalar("SELECT max(time_ms) FROM audit_leaf") is long ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : default;
        var numbers = sql
            .Query("SELECT pop, max(n) FROM audit_pop GROUP BY pop", row => (Name: row.GetString(0), Last: row.GetInt64(1)))
            .ToDictionary(one => one.Name, one => one.Last, StringComparer.Ordinal);
        return new AuditAppender(clock, name, tree, last, numbers);
    }

    /// <summary>Gives an entry its place; its index. What is personal in it is sealed.</summary>
    /// <param name="keys">Of everybody whom it says something personal of; null when it says nothing.</param>
    /// <exception cref="ArgumentException">Its type is not in the registry, or a key is missing.</exception>
    /// <exception cref="FormatException">It does not fit the form of a leaf.</exception>
    public long Append(AuditDraft draft, IReadOnlyDictionary<string, SubjectKey>? keys = null) =>
        Append(ReadyEntry.Of(draft, _name, _clock.GetUtcNow(), keys));

    /// <summary>Gives an entry its place; its index.</summary>
    /// <exception cref="FormatException">It is longer than a leaf.</exception>
    public long Append(ReadyEntry ready)
    {
        if (ready.Log != _name) throw new ArgumentException($"an entry for the log `{ready.Log.Origin}` cannot stand in `{_name.Origin}`", nameof(ready));
        var now = _clock.GetUtcNow();
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(now.ToUnixTimeMilliseconds(), _last.ToUnixTimeMilliseconds()));
        var populations = ready.Draft.Populations;
        var numbers = populations.IsEmpty
            ? PlacedEntry.NoNumbers
            : populations.Distinct(StringComparer.Ordinal)
                .ToImmutableSortedDictionary(name => name, name => _numbers.GetValueOrDefault(name) + 1, StringComparer.Ordinal);
        var entry = new PlacedEntry(_tree.Size + _pending.Count, ready.Id, at, _name.Tenant, ready.Draft, numbers);
        var bytes = ready.Leaf.At(entry.Index, at, numbers);
        foreach (var (name, number) in numbers) _numbers[name] = number;
        _pending.Add(new Pending(entry, bytes, ready.Boxes, _last));
        _last = at;
        return entry.Index;
    }

    /// <summary>Gives an entry that stood in the log before its place again.</summary>
    /// <exception cref="InvalidDataException">It does not follow what is there.</exception>
    public void Restore(ReadOnlyMemory<byte> leaf)
    {
        var (entry, index) = (RestoredEntry.Read(leaf), _tree.Size + _pending.Count);
        if (entry.Index != index) throw new InvalidDataException($"entry {entry.Index} cannot be the next one: {index} would be right");
        if (entry.Tenant != _name.Tenant) throw new InvalidDataException($"entry {index} is of `{entry.Tenant}`, the log of `{_name.Tenant}`");
        if (entry.At < _last) throw new InvalidDataException($"the time of entry {index} lies before that of the entry before it");
        foreach (var (name, number) in entry.Numbers)
        {
            var expected = _numbers.GetValueOrDefault(name) + 1;
            if (number != expected) throw new InvalidDataException($"entry {index} has the number {number} of `{name}`, {expected} would be right");
        }

        foreach (var (name, number) in entry.Numbers) _numbers[name] = number;
        _pending.Add(new Pending(entry, leaf.ToArray(), [], _last));
        _last = entry.At;
    }

    /// <summary>Forgets the entries after a mark.</summary>
    public void BackTo(int mark)
    {
        while (_pending.Count > mark)
        {
            var gone = _pending[^1];
            foreach (var (name, number) in gone.Entry.Numbers) _numbers[name] = number - 1;
            _last = gone.Before;
            _pending.RemoveAt(_pending.Count - 1);
        }
    }

    /// <summary>Writes the waiting entries, the tiles that they fill, and one head.</summary>
    public void Flush(Session sql)
    {
        if (_pending.Count == 0) return;
        _grown = _tree.Copy();
        var full = new List<Tile>();
        foreach (var one in _pending)
        {
            var hash = MerkleTree.LeafHash(one.Bytes);
            _grown.Append(hash, full);
            Write(sql, one, hash);
        }

        foreach (var tile in full)
        {
            sql.Execute(
                "INSERT INTO audit_tile (level, idx, data, root) VALUES (@level, @index, @data, @root)",
                tile.Level, tile.Index, tile.Hashes.ToArray(), tile.Root.ToArray());
        }

        Batch.Head = new AppendedHead(Batch.From, _grown, full);
        sql.Execute(
            "INSERT INTO audit_head (size, root, time_ms) VALUES (@size, @root, @time)",
            _grown.Size, Batch.Head.Root.ToArray(), _last.ToUnixTimeMilliseconds());
    }

    /// <summary>The batch is durable: what was written is what stands.</summary>
    public void Committed()
    {
        _tree = _grown ?? _tree;
        _grown = null;
        if (_pending.Count == 0) return;
        _pending.Clear();
        Batch = new AppendedBatch(_tree.Size);
    }

    private static void Write(Session sql, Pending one, byte[] hash)
    {
        var (entry, bytes, boxes, _) = one;
        sql.Execute(
            """
            INSERT INTO audit_leaf (seq, id, time_ms, type, corr, actor, outcome, body, hash)
            VALUES (@seq, @id, @time, @type, @corr, @actor, @outcome, @body, @hash)
            """,
            entry.Index, entry.Id, entry.At.ToUnixTimeMilliseconds(), entry.Draft.Type, entry.Draft.Correlation,
            entry.Draft.Actor?.Reference, PlacedEntry.Word(entry.Draft.Outcome), bytes, hash);
        if (!entry.Numbers.IsEmpty)
        {
            foreach (var (name, number) in entry.Numbers)
                sql.Execute("INSERT INTO audit_pop (pop, n, seq) VALUES (@pop, @n, @seq)", name, number, entry.Index);
        }

        foreach (var box in boxes)
        {
            sql.Execute(
                "INSERT INTO audit_sealed (seq, name, key_id, box) VALUES (@seq, @name, @key, @box)",
                entry.Index, box.Name, box.KeyId, box.Bytes);
        }
    }

    private static LogName Create(Session sql, TimeProvider clock)
    {
        Span<byte> chance = stackalloc byte[Ulid.ChanceLength];
        RandomNumberGenerator.Fill(chance);
        var now = clock.GetUtcNow();
        var tenant = $"t_{Ulid.Create(now, chance)}";
        var origin = $"gitopsgate/audit/{tenant}";
        sql.Execute(
            "INSERT INTO audit_log (origin, tenant, created_ms) VALUES (@origin, @tenant, @now)",
            origin, tenant, now.ToUnixTimeMilliseconds());
        return new LogName(origin, tenant);
    }

    private static byte[] OpenHashes(Session sql, int level, long from, int count)
    {
        var rows = level == 0
            ? sql.Query(
                "SELECT hash FROM audit_leaf WHERE seq >= @from AND seq < @to ORDER BY seq",
                row => row.GetFieldValue<byte[]>(0), from, from + count)
            : sql.Query(
                "SELECT root FROM audit_tile WHERE level = @level AND idx >= @from AND idx < @to ORDER BY idx",
                row => row.GetFieldValue<byte[]>(0), level - 1, from, from + count);
        return [.. rows.SelectMany(hash => hash)];
    }

    private sealed record Pending(PlacedEntry Entry, byte[] Bytes, ImmutableArray<LockedBox> Boxes, DateTimeOffset Before);
}

/// <summary>The entries that are written with one commit.</summary>
/// <param name="from">The index of the first one.</param>
internal sealed class AppendedBatch(long from)
{
    public long From => from;

    /// <summary>Set when they are written; whoever was told of the commit may read it.</summary>
    public AppendedHead? Head { get; set; }
}
