namespace GitOpsGate.Configuration;

/// <summary>
/// Where <c>env:NAME</c> and <c>file:PATH</c> are looked up, so that a configuration file never holds a secret itself.
/// </summary>
/// <param name="environment">Gives a variable's value, or null.</param>
/// <param name="folder">The folder that relative paths start at.</param>
public sealed class SecretSource(Func<string, string?> environment, string folder)
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>The process' own environment.</summary>
    public static SecretSource OfProcess(string folder) => new(Environment.GetEnvironmentVariable, folder);

    /// <summary>Resolves a reference; without a secret, says why.</summary>
    public (Secret? Secret, string Problem) Resolve(string reference)
    {
        var colon = reference.IndexOf(':');
        var rest = reference[(colon + 1)..];
        return (colon < 0 ? "" : reference[..colon]) switch
        {
            "env" when rest.Length > 0 => environment(rest) is { Length: > 0 } value
                ? (new Secret(value), "")
                : (null, $"environment variable `{rest}` is not set"),
            "file" when rest.Length > 0 => FromFile(rest),
            "literal" when rest.Length > 0 => (new Secret(rest), ""),
            _ => (null, "a secret does not stand here in plain text; `env:NAME` or `file:PATH` would be right"),
        };
    }

    private (Secret? Secret, string Problem) FromFile(string path)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, path));
            if (!file.Exists) return (null, $"file `{path}` is not there");
            if (file.Length > MaxBytes) return (null, $"file `{path}` has more than {MaxBytes} bytes");
            var text = File.ReadAllText(file.FullName).TrimEnd('\r', '\n');
            return text.Length > 0 ? (new Secret(text), "") : (null, $"file `{path}` is empty");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return (null, $"file `{path}` cannot be read");
        }
    }
}
