using System.Collections.Immutable;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Audit;

/// <summary>A leaf as a store keeps it, with what the store wrote beside it for its lists.</summary>
/// <param name="Bytes">What was hashed.</param>
/// <param name="Hash">The stored leaf hash.</param>
/// <param name="Columns">The stored columns, which must say what the bytes say.</param>
public sealed record StoredLeaf(long Index, ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte> Hash, LeafColumns Columns);

/// <summary>What a store keeps beside a leaf so that it can be found.</summary>
public sealed record LeafColumns(string Id, long TimeMilliseconds, string Type, string? Correlation, string? Actor, string Outcome);

/// <summary>A number that a store keeps of a population.</summary>
public sealed record StoredNumber(string Population, long Number, long Index);

/// <summary>
/// Derives a log anew from its leaf bytes alone and names everything that does not agree with it: order, times, ids, populations, stored
/// hashes, tiles and heads. Feed it the leaves in order; not safe to share between threads.
/// </summary>
public sealed class AuditVerifier
{
    /// <summary>How many problems are named; more are counted.</summary>
    public const int MaxProblems = 100;

    private readonly TiledTree _tree;
    private readonly HashSet<UInt128> _ids;
    private readonly Dictionary<string, long> _populations;
    private readonly List<Tile> _full = [];
    private readonly List<string> _problems = [];
    private readonly string? _tenant;
    private DateTimeOffset _last = DateTimeOffset.MinValue;
    private long _more;

    /// <param name="tenant">Whose log it should be, or null to take any.</param>
    public AuditVerifier(string? tenant = null) =>
        (_tenant, _tree, _ids, _populations) = (tenant, new TiledTree(), [], new Dictionary<string, long>(StringComparer.Ordinal));

    private AuditVerifier(AuditVerifier other)
    {
        (_tenant, _tree, _last, _more) = (other._tenant, other._tree.Copy(), other._last, other._more);
        (_ids, _populations) = (new HashSet<UInt128>(other._ids), new Dictionary<string, long>(other._populations, StringComparer.Ordinal));
        (NumberCount, TileCount) = (other.NumberCount, other.TileCount);
        _full.AddRange(other._full);
        _problems.AddRange(other._problems);
    }

    public long Size => _tree.Size;

    /// <summary>How many numbers the populations have together.</summary>
    public long NumberCount { get; private set; }

    /// <summary>How many full tiles the leaves so far make.</summary>
    public long TileCount { get; private set; }

    public byte[] Root() => _tree.Root();

    public ImmutableArray<string> Problems() =>
        _more == 0 ? [.. _problems] : [.. _problems, $"and {_more} more"];

    /// <summary>Takes the next leaf and compares what is stored beside it.</summary>
    /// <returns>What the leaf says, or null when it cannot be read.</returns>
    public LeafFields? Leaf(StoredLeaf leaf)
    {
        var index = _tree.Size;
        if (leaf.Index != index) Problem($"audit_leaf {leaf.Index}: should be leaf {index}; leaves are missing or doubled");
        var hash = MerkleTree.LeafHash(leaf.Bytes.Span);
        if (!leaf.Hash.Span.SequenceEqual(hash)) Problem($"audit_leaf {index}: stored hash is not the hash of the stored bytes");
        var filled = _full.Count;
        _tree.Append(hash, _full);
        TileCount += _full.Count - filled;
        try
        {
            var fields = LeafFields.Read(leaf.Bytes);
            Order(index, fields);
            Beside(index, fields, leaf.Columns);
            return fields;
        }
        catch (FormatException trouble)
        {
            Problem($"audit_leaf {index}: {trouble.Message}");
            return null;
        }
    }

    /// <summary>Compares a stored head with the tree; call it when as many leaves were taken as the head says.</summary>
    public void Head(long size, ReadOnlySpan<byte> root)
    {
        if (size != Size) Problem($"audit_head {size}: the log has {Size} leaves");
        else if (!root.SequenceEqual(Root())) Problem($"audit_head {size}: root is not the root of the leaves");
    }

    /// <summary>
    /// Compares a stored checkpoint with the tree: its form, its size and its root, and its signature where the log's keys are known. Call it when
    /// as many leaves were taken as it is stored for.
    /// </summary>
    /// <param name="origin">The log's name, or null to take any.</param>
    /// <param name="keys">None where they are not known; a note without a line of any of them is not the log's.</param>
    public void Note(long size, string note, string? origin, IReadOnlyCollection<NoteKey> keys)
    {
        try
        {
            var signed = SignedNote.Parse(note);
            var checkpoint = Checkpoint.Parse(signed.Text);
            if (keys.Count > 0) signed.Verify(keys);
            if (size != Size || checkpoint.Size != size) Problem($"audit_checkpoint {size}: its note is of size {checkpoint.Size}");
            else if (origin is not null && checkpoint.Origin != origin) Problem($"audit_checkpoint {size}: its note is of the log `{checkpoint.Origin}`");
            else if (!checkpoint.Root.Span.SequenceEqual(Root())) Problem($"audit_checkpoint {size}: its note's root is not the root of the leaves");
            // Base 64 has bits that nobody reads; whoever turned one changed what is stored all the same.
            else if (signed.ToString() != note) Problem($"audit_checkpoint {size}: its note is not written as the gate writes it");
        }
        catch (FormatException trouble)
        {
            Problem($"audit_checkpoint {size}: {trouble.Message}");
        }
    }

    /// <summary>A verifier that may go on without this one.</summary>
    public AuditVerifier Copy() => new(this);

    /// <summary>The tiles that became full since this was asked last.</summary>
    public ImmutableArray<Tile> TakeFullTiles()
    {
        ImmutableArray<Tile> full = [.. _full];
        _full.Clear();
        return full;
    }

    /// <summary>Compares a stored tile with the derived one.</summary>
    public void Stored(Tile derived, ReadOnlyMemory<byte>? hashes, ReadOnlyMemory<byte>? root)
    {
        var name = $"audit_tile {derived.Level}/{derived.Index}";
        if (hashes is null || root is null) Problem($"{name}: missing");
        else if (!hashes.Value.Span.SequenceEqual(derived.Hashes.Span)) Problem($"{name}: hashes are not those of the leaves");
        else if (!root.Value.Span.SequenceEqual(derived.Root.Span)) Problem($"{name}: root is not the root of its hashes");
    }

    /// <summary>Compares the stored numbers of a leaf with those in its bytes.</summary>
    public void Numbers(LeafFields leaf, IEnumerable<StoredNumber> stored)
    {
        var left = leaf.Numbers.ToDictionary(StringComparer.Ordinal);
        foreach (var one in stored)
        {
            if (!left.Remove(one.Population, out var number) || number != one.Number)
                Problem($"audit_pop {one.Population}/{one.Number}: leaf {leaf.Index} does not carry this number");
        }

        foreach (var (population, number) in left) Problem($"audit_pop {population}/{number}: missing, leaf {leaf.Index} carries it");
    }

    /// <summary>Names a problem that only the store can see.</summary>
    public void Problem(string what)
    {
        if (_problems.Count < MaxProblems) _problems.Add(what);
        else _more++;
    }

    private void Order(long index, LeafFields fields)
    {
        if (fields.Index != index) Problem($"audit_leaf {index}: `seq` says {fields.Index}");
        if (fields.At < _last) Problem($"audit_leaf {index}: `time` lies before that of the leaf before it");
        if (fields.At > _last) _last = fields.At;
        if (!Ulid.TryParse(fields.Id, out var id)) Problem($"audit_leaf {index}: `id` is not a ULID");
        else if (!_ids.Add(id)) Problem($"audit_leaf {index}: `id` {fields.Id} was used before");
        if (_tenant is not null && fields.Tenant != _tenant) Problem($"audit_leaf {index}: `tenant` should be `{_tenant}`");
        foreach (var (population, number) in fields.Numbers)
        {
            var expected = _populations.GetValueOrDefault(population) + 1;
            if (number != expected) Problem($"audit_leaf {index}: number {number} of population `{population}` should be {expected}");
            _populations[population] = number;
            NumberCount++;
        }
    }

    private void Beside(long index, LeafFields fields, LeafColumns columns)
    {
        var said = new LeafColumns(
            fields.Id, fields.At.ToUnixTimeMilliseconds(), fields.Type, fields.Correlation, fields.Actor, fields.Outcome);
        if (said != columns) Problem($"audit_leaf {index}: the columns beside the bytes do not say what the bytes say");
    }
}
