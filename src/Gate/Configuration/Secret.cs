namespace GitOpsGate.Configuration;

/// <summary>
/// A secret that never prints itself. It may be another one later (a file that was written anew): reveal it each time that it is needed,
/// and keep what was revealed no longer than that.
/// </summary>
public sealed class Secret
{
    private readonly Func<string> _read;
    private readonly string _missing;

    public Secret(string value)
        : this(() => value) => IsFixed = true;

    /// <param name="read">Gives the secret as it is now, or empty for none; cheap, and may be called concurrently.</param>
    /// <param name="missing">What is said when there is none.</param>
    public Secret(Func<string> read, string missing = "it is empty") => (_read, _missing) = (read, missing);

    /// <summary>Whether it was said at once and for good, instead of being looked up each time.</summary>
    internal bool IsFixed { get; }

    /// <summary>Why there is no secret now, or null when there is one.</summary>
    public string? Missing => _read().Length == 0 ? _missing : null;

    /// <summary>The secret itself, empty when there is none; pass it on, never log it.</summary>
    public string Reveal() => _read();

    public override string ToString() => "(secret)";
}
