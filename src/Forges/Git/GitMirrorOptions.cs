namespace GitOpsGate.Forges.Git;

/// <summary>Where the mirrors lie and what they may cost.</summary>
/// <param name="Folder">The folder of the mirrors, absolute; one gateway alone uses it.</param>
public sealed record GitMirrorOptions(string Folder)
{
    /// <summary>How long one fetch may take.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long any other git command may take.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many bytes of a pack are taken from a server.</summary>
    public long MaxPackBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>How many readers of one kind may be at work on one mirror.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>How many git processes may stand by, all mirrors together.</summary>
    public int MaxStandby { get; init; } = 32;

    /// <summary>How long a git process stands by before it is ended.</summary>
    public TimeSpan Standby { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes one git command may print.</summary>
    public int MaxOutput { get; init; } = 96 * 1024 * 1024;

    public int MaxChangedFiles { get; init; } = 20_000;

    public int MaxCommits { get; init; } = 1_000;

    /// <summary>How many added lines of one change are kept.</summary>
    public int MaxAddedLines { get; init; } = 20_000;

    /// <summary>How many characters of an added line are kept.</summary>
    public int MaxLineLength { get; init; } = 2_000;

    /// <summary>How many bytes of documents one change may hold together.</summary>
    public long MaxDocumentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many files one export may write.</summary>
    public int MaxExportedFiles { get; init; } = 100_000;

    /// <summary>How many bytes one export may write.</summary>
    public long MaxExportedBytes { get; init; } = 2L * 1024 * 1024 * 1024;
}
