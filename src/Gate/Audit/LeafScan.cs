using System.Collections.Immutable;
using System.Text.Json;

namespace GitOpsGate.Audit;

/// <summary>
/// Reads a leaf of the usual form in one pass. Names in rising order are never there twice, which is what takes a parser most of its time to find
/// out. Whatever is not quite so is left to <see cref="LeafFields.Read"/>'s parser, and so is saying what is wrong.
/// </summary>
internal ref struct LeafScan
{
    private const int MostDepth = 8;

    private Utf8JsonReader _json;
    private string? _id, _type, _tenant, _outcome, _correlation, _actor;
    private long? _index;
    private DateTimeOffset? _at;
    private ImmutableSortedDictionary<string, long>.Builder? _numbers;

    private LeafScan(ReadOnlySpan<byte> leaf) => _json = new Utf8JsonReader(leaf, new JsonReaderOptions { MaxDepth = MostDepth });

    /// <summary>What the leaf says; null when a parser has to look.</summary>
    public static LeafFields? Read(ReadOnlySpan<byte> leaf)
    {
        try
        {
            return new LeafScan(leaf).Fields();
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private LeafFields? Fields()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject || !Members() || _json.Read()) return null;
        return _index is { } index && _at is { } at && _id is not null && _type is not null && _tenant is not null && _outcome is not null
            ? new LeafFields
            {
                Index = index,
                Id = _id,
                At = at,
                Type = _type,
                Tenant = _tenant,
                Outcome = _outcome,
                Correlation = _correlation,
                Actor = _actor,
                Numbers = _numbers?.ToImmutable() ?? PlacedEntry.NoNumbers,
            }
            : null;
    }

    /// <summary>Walks the leaf's own members; false when they are not as usual.</summary>
    private bool Members()
    {
        ReadOnlySpan<byte> last = default;
        while (NextName(ref last))
        {
            var name = _json.ValueSpan;
            _json.Read();
            var isTaken = name switch
            {
                _ when name.SequenceEqual("actor"u8) => Actor(),
                _ when name.SequenceEqual("corr"u8) => Text(out _correlation),
                _ when name.SequenceEqual("id"u8) => Text(out _id),
                _ when name.SequenceEqual("outcome"u8) => Text(out _outcome),
                _ when name.SequenceEqual("pop"u8) => Numbers(),
                _ when name.SequenceEqual("seq"u8) => Index(),
                _ when name.SequenceEqual("tenant"u8) => Text(out _tenant),
                _ when name.SequenceEqual("time"u8) => Time(),
                _ when name.SequenceEqual("type"u8) => Text(out _type),
                _ => Skip(),
            };
            if (!isTaken) return false;
        }

        return _json.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Goes on to the next name of the open object, which must come after the last one; false at its end, or when it does not.</summary>
    private bool NextName(ref ReadOnlySpan<byte> last)
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.PropertyName) return false;
        if (_json.ValueIsEscaped || _json.ValueSpan.SequenceCompareTo(last) <= 0) return false;
        last = _json.ValueSpan;
        return true;
    }

    private bool Text(out string? text)
    {
        text = _json.TokenType == JsonTokenType.String ? _json.GetString() : null;
        return text is not null;
    }

    private bool Index()
    {
        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var index)) return false;
        _index = index;
        return true;
    }

    // As PlacedEntry.TimeFormat has it, and nothing else.
    private bool Time()
    {
        var text = _json.ValueSpan;
        if (_json.TokenType != JsonTokenType.String || _json.ValueIsEscaped || text.Length != 24 || text[10] != 'T' || text[23] != 'Z' || !_json.TryGetDateTimeOffset(out var at)) return false;
        if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' || text[19] != '.' || at.Offset != TimeSpan.Zero) return false;
        _at = at;
        return true;
    }

    private bool Actor()
    {
        if (_json.TokenType != JsonTokenType.StartObject) return false;
        ReadOnlySpan<byte> last = default;
        while (NextName(ref last))
        {
            var isReference = _json.ValueSpan.SequenceEqual("ref"u8);
            _json.Read();
            if (!(isReference ? Text(out _actor) : Skip())) return false;
        }

        return _json.TokenType == JsonTokenType.EndObject && _actor is not null;
    }

    private bool Numbers()
    {
        if (_json.TokenType != JsonTokenType.StartObject) return false;
        _numbers = PlacedEntry.NoNumbers.ToBuilder();
        ReadOnlySpan<byte> last = default;
        while (NextName(ref last))
        {
            var name = _json.GetString()!;
            _json.Read();
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var number)) return false;
            _numbers[name] = number;
        }

        return _json.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Passes a value that is not asked for; the names in it are looked at all the same.</summary>
    private bool Skip()
    {
        if (_json.TokenType == JsonTokenType.StartObject)
        {
            ReadOnlySpan<byte> last = default;
            while (NextName(ref last))
            {
                _json.Read();
                if (!Skip()) return false;
            }

            return _json.TokenType == JsonTokenType.EndObject;
        }

        if (_json.TokenType != JsonTokenType.StartArray) return true;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (!Skip()) return false;
        }

        return true;
    }
}
