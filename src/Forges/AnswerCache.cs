namespace GitOpsGate.Forges;

/// <summary>An answer that may be used again once the forge says that nothing has changed.</summary>
/// <param name="Tag">The ETag, as the forge wrote it.</param>
/// <param name="Link">The Link header, since a 304 need not repeat it.</param>
internal sealed record CachedAnswer(string Tag, ReadOnlyMemory<byte> Body, string? Link);

/// <summary>
/// Answers of one connection by address, the least recently used leave first. Nothing is ever served from here without asking: a
/// forge's 304 costs no rate limit, and a stale approval would cost more. Safe to use from many threads.
/// </summary>
internal sealed class AnswerCache(int limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Address, CachedAnswer Answer)>> _known =
        new(StringComparer.Ordinal);
    private readonly LinkedList<(string Address, CachedAnswer Answer)> _byUse = [];
    private long _size;

    public CachedAnswer? Find(string address)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(address, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Answer;
        }
    }

    /// <summary>Keeps an answer unless it alone would fill an eighth of the room.</summary>
    public void Keep(string address, CachedAnswer answer)
    {
        if (SizeOf(address, answer) > limit / 8) return;
        lock (_gate)
        {
            if (_known.Remove(address, out var old)) Drop(old);
            _known[address] = _byUse.AddFirst((address, answer));
            _size += SizeOf(address, answer);
            while (_size > limit && _byUse.Last is { } last)
            {
                _known.Remove(last.Value.Address);
                Drop(last);
            }
        }
    }

    private static long SizeOf(string address, CachedAnswer answer) =>
        answer.Body.Length + (2L * (address.Length + answer.Tag.Length + (answer.Link?.Length ?? 0))) + 200;

    private void Drop(LinkedListNode<(string Address, CachedAnswer Answer)> node)
    {
        _byUse.Remove(node);
        _size -= SizeOf(node.Value.Address, node.Value.Answer);
    }
}
