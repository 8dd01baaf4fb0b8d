using System.Collections.Immutable;

namespace GitOpsGate.Configuration;

/// <summary>
/// The secrets of the gate's own store that <c>gate.yaml</c> names as <c>stored:NAME</c>, as they stand in memory. Whoever runs the gate
/// fills them in from the store, and keeps them as the store has them. Safe to use from many threads.
/// </summary>
public sealed class StoredSecrets
{
    /// <summary>Characters in a name.</summary>
    public const int LongestName = 64;

    /// <summary>Characters in a secret.</summary>
    public const int LongestSecret = 64 * 1024;

    private ImmutableSortedSet<string> _names = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private ImmutableDictionary<string, string> _values = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The names that the file has, in ordinal order.</summary>
    public ImmutableSortedSet<string> Names => _names;

    /// <summary>Those that there is no secret for.</summary>
    public IEnumerable<string> Missing => _names.Where(name => !_values.ContainsKey(name));

    /// <summary>Whether this can name a secret: letters, digits and <c>. _ -</c>, the first one a letter or a digit.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    /// <summary>From now on this is the secret of that name; null for none. Names that the file does not have are not kept.</summary>
    public void Set(string name, string? value)
    {
        if (!_names.Contains(name)) return;
        ImmutableInterlocked.Update(ref _values, values => value is null ? values.Remove(name) : values.SetItem(name, value));
    }

    internal Secret Named(string name)
    {
        ImmutableInterlocked.Update(ref _names, names => names.Add(name));
        return new Secret(
            () => Volatile.Read(ref _values).GetValueOrDefault(name, ""), $"`{name}` is not stored; `gate secret set {name}` stores it");
    }
}
