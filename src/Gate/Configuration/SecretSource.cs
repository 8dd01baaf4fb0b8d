namespace GitOpsGate.Configuration;

/// <summary>
/// Where <c>env:NAME</c>, <c>file:PATH</c> and <c>stored:NAME</c> are looked up, so that a configuration file never holds a secret itself.
/// </summary>
/// <param name="environment">Gives a variable's value, or null.</param>
/// <param name="folder">The folder that relative paths start at.</param>
public sealed class SecretSource(Func<string, string?> environment, string folder, TimeProvider? clock = null)
{
    private const string StoredPrefix = "stored:";

    /// <summary>The files that were named, which are read again now and then.</summary>
    public SecretFiles Files { get; } = new(clock ?? TimeProvider.System);

    /// <summary>The secrets of the gate's own store that were named; empty until they are filled in.</summary>
    public StoredSecrets Stored { get; } = new();

    /// <summary>The process' own environment.</summary>
    public static SecretSource OfProcess(string folder) => new(Environment.GetEnvironmentVariable, folder);

    /// <summary>Whether a reference is to the gate's own store, so that its secret is not known before that is open.</summary>
    public static bool IsStored(string? reference) => reference?.StartsWith(StoredPrefix, StringComparison.Ordinal) == true;

    /// <summary>Resolves a reference; without a secret, says why.</summary>
    public (Secret? Secret, string Problem) Resolve(string reference)
    {
        var colon = reference.IndexOf(':');
        var rest = reference[(colon + 1)..];
        return (colon < 0 ? "" : reference[..(colon + 1)]) switch
        {
            "env:" when rest.Length > 0 => environment(rest) is { Length: > 0 } value
                ? (new Secret(value), "")
                : (null, $"environment variable `{rest}` is not set"),
            "file:" when rest.Length > 0 => Files.Open(rest, Path.Combine(folder, rest)),
            "literal:" when rest.Length > 0 => (new Secret(rest), ""),
            StoredPrefix when StoredSecrets.IsName(rest) => (Stored.Named(rest), ""),
            StoredPrefix => (null, $"a stored secret's name has at most {StoredSecrets.LongestName} letters, digits, `.`, `_` and `-`"),
            _ => (null, "a secret does not stand here in plain text; `env:NAME`, `file:PATH` or `stored:NAME` would be right"),
        };
    }
}
