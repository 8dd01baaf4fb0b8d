using System.Collections.Immutable;

namespace GitOpsGate.Ports;

/// <summary>
/// The repository that checkpoints are committed to, which somebody else owns. Nothing is ever taken away from it and no history of it rewritten:
/// whoever pushed in between keeps what was pushed. Treats it as hostile. Safe to call concurrently; one call waits for another.
/// </summary>
public interface IGitAnchor
{
    /// <summary>Where it is, for people: never a secret.</summary>
    string Where { get; }

    /// <summary>What stands at the end of the branch now.</summary>
    /// <param name="patience">How long the repository may take.</param>
    /// <exception cref="GitTroubleException">It cannot be read.</exception>
    Task<AnchoredTip> ReadAsync(TimeSpan patience, CancellationToken cancellation);

    /// <summary>Commits one file on top of what was read, and pushes it.</summary>
    /// <returns>The commit; null when somebody else pushed in between, so that it must be read again.</returns>
    /// <exception cref="GitTroubleException">
    /// It was refused, or nobody knows whether it happened: reading again tells, and doing it again is harmless.
    /// </exception>
    Task<string?> AddAsync(AnchoredTip tip, AnchorFileDraft file, CancellationToken cancellation);
}

/// <summary>The end of the branch.</summary>
/// <param name="Commit">Null as long as there is no such branch.</param>
/// <param name="Newest">The newest checkpoint of each log that it holds.</param>
public sealed record AnchoredTip(string? Commit, ImmutableArray<AnchoredText> Newest);

/// <summary>A file of the repository.</summary>
public sealed record AnchoredText(string Path, string Text);

/// <summary>A file to be committed.</summary>
/// <param name="Text">Ends with a line feed.</param>
/// <param name="Message">The commit's.</param>
public sealed record AnchorFileDraft(string Path, string Text, string Message, DateTimeOffset At);
