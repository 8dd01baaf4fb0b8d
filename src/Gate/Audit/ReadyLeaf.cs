using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;

namespace GitOpsGate.Audit;

/// <summary>
/// The canonical bytes of an entry but for what its place gives (its numbers, its index, its time): made on the caller's thread, so that the one
/// writer of a log only puts these in. Never changes; safe to call concurrently.
/// </summary>
public sealed class ReadyLeaf
{
    private const int FormatVersion = 1;
    private const long LargestIndex = (1L << 53) - 1;

    [ThreadStatic]
    private static CanonicalWriter? _writer;

    private readonly byte[] _bytes;
    private readonly string _type;
    private readonly int _numbersAt;
    private readonly int _indexAt;
    private readonly int _timeAt;

    /// <param name="draft">Without anything personal, of which no byte may stand in a leaf.</param>
    /// <param name="id">A ULID, unique in the log.</param>
    /// <param name="tenant">The opaque name of the log's owner.</param>
    /// <exception cref="FormatException">A text is not valid Unicode, or a number is too large.</exception>
    public ReadyLeaf(AuditDraft draft, string id, string tenant)
    {
        var writer = _writer ??= new CanonicalWriter();
        writer.Clear();
        writer.BeginObject();
        if (draft.Actor is { } actor) Pairs(writer, "actor", ("kind", actor.Kind), ("ref", actor.Reference));
        Attributes(writer, draft.Attributes);
        if (draft.Causes.Length > 0) List(writer, "cause", draft.Causes);
        if (draft.Correlation is { } correlation) Text(writer, "corr", correlation);
        Text(writer, "id", id);
        if (draft.Occurred is { } occurred) Text(writer, "occurred", occurred.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture));
        Text(writer, "outcome", PlacedEntry.Word(draft.Outcome));
        _numbersAt = writer.Bytes.Length;
        SealedSections(writer, draft.Sealed);
        _indexAt = writer.Bytes.Length;
        if (draft.Subject is { } subject)
            Pairs(writer, "subject", ("digest", subject.Digest), ("kind", subject.Kind), ("ref", subject.Reference));
        Text(writer, "tenant", tenant);
        _timeAt = writer.Bytes.Length;
        Text(writer, "type", draft.Type);
        Number(writer, "v", FormatVersion);
        writer.EndObject();
        (_bytes, _type) = (writer.Bytes.ToArray(), draft.Type);
    }

    /// <summary>The leaf at its place.</summary>
    /// <param name="numbers">In each of the entry's populations.</param>
    /// <exception cref="FormatException">The index is too large, or the whole is longer than a leaf.</exception>
    public byte[] At(long index, DateTimeOffset at, ImmutableSortedDictionary<string, long> numbers)
    {
        if (index is < 0 or > LargestIndex) throw new FormatException($"`{index}` is no index of an entry");
        ReadOnlySpan<byte> populations = numbers.IsEmpty ? [] : Populations(numbers);
        Span<byte> place = stackalloc byte[32], time = stackalloc byte[64];
        ",\"seq\":"u8.CopyTo(place);
        Utf8Formatter.TryFormat(index, place[7..], out var digits);
        ",\"time\":\""u8.CopyTo(time);
        at.UtcDateTime.TryFormat(time[9..], out var letters, PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
        time[9 + letters] = (byte)'"';
        place = place[..(7 + digits)];
        time = time[..(10 + letters)];
        var length = _bytes.Length + populations.Length + place.Length + time.Length;
        if (length > PlacedEntry.MaxLength)
            throw new FormatException($"an audit entry of type `{_type}` has {length} bytes, at most {PlacedEntry.MaxLength} fit");
        var leaf = new byte[length];
        var rest = leaf.AsSpan();
        Put(ref rest, _bytes.AsSpan(0, _numbersAt));
        Put(ref rest, populations);
        Put(ref rest, _bytes.AsSpan(_numbersAt, _indexAt - _numbersAt));
        Put(ref rest, place);
        Put(ref rest, _bytes.AsSpan(_indexAt, _timeAt - _indexAt));
        Put(ref rest, time);
        Put(ref rest, _bytes.AsSpan(_timeAt));
        return leaf;
    }

    private static void Put(ref Span<byte> rest, scoped ReadOnlySpan<byte> part)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }

    private static void Text(CanonicalWriter writer, string name, string value)
    {
        writer.Name(name);
        writer.Text(value);
    }

    private static void Number(CanonicalWriter writer, string name, long value)
    {
        writer.Name(name);
        writer.Number(value);
    }

    private static void List(CanonicalWriter writer, string name, ImmutableArray<string> values)
    {
        writer.Name(name);
        writer.BeginArray();
        foreach (var value in values) writer.Text(value);
        writer.EndArray();
    }

    private static void Pairs(CanonicalWriter writer, string name, params ReadOnlySpan<(string Name, string? Value)> members)
    {
        writer.Name(name);
        writer.BeginObject();
        foreach (var (member, value) in members)
        {
            if (value is not null) Text(writer, member, value);
        }

        writer.EndObject();
    }

    // Nearly all were made in ordinal order.
    private static IEnumerable<KeyValuePair<string, T>> Ordered<T>(ImmutableSortedDictionary<string, T> pairs) =>
        pairs.KeyComparer == StringComparer.Ordinal ? pairs : pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    private static void Attributes(CanonicalWriter writer, ImmutableSortedDictionary<string, AuditValue> attributes)
    {
        if (attributes.IsEmpty) return;
        writer.Name("attrs");
        writer.BeginObject();
        foreach (var (name, value) in Ordered(attributes))
        {
            switch (value)
            {
                case AuditValue.Text text: Text(writer, name, text.Value); break;
                case AuditValue.Number number: Number(writer, name, number.Value); break;
                case AuditValue.Texts texts: List(writer, name, texts.Values); break;
                case AuditValue.Truth truth:
                    writer.Name(name);
                    writer.Truth(truth.Value);
                    break;
            }
        }

        writer.EndObject();
    }

    // The member with its comma: all that stands before it is in the leaf already.
    private static byte[] Populations(ImmutableSortedDictionary<string, long> numbers)
    {
        var writer = new CanonicalWriter();
        writer.BeginObject();
        foreach (var (population, number) in Ordered(numbers)) Number(writer, population, number);
        writer.EndObject();
        return [.. ",\"pop\":"u8, .. writer.Bytes.Span];
    }

    private static void SealedSections(CanonicalWriter writer, ImmutableArray<SealedSection> sections)
    {
        if (sections.Length == 0) return;
        writer.Name("sealed");
        writer.BeginArray();
        foreach (var section in sections)
        {
            writer.BeginObject();
            Text(writer, "c", section.Commitment);
            Text(writer, "k", section.KeyId);
            Number(writer, "len", section.Length);
            if (section.MediaType is { } mediaType) Text(writer, "mt", mediaType);
            Text(writer, "n", section.Name);
            writer.EndObject();
        }

        writer.EndArray();
    }
}
