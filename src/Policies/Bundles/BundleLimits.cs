namespace GitOpsGate.Policies.Bundles;

/// <summary>How much of a stranger's bundle is read before it is refused.</summary>
public sealed record BundleLimits
{
    /// <summary>The limits that hold when nobody chose others.</summary>
    public static BundleLimits Default { get; } = new();

    /// <summary>Files that are read, whatever their kind.</summary>
    public int Files { get; init; } = 10_000;

    /// <summary>Bytes of one file, unpacked.</summary>
    public long FileBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes of all files that are kept, unpacked: what guards against an archive that unpacks to far more than it weighs.
    /// </summary>
    public long TotalBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Nesting of objects and arrays in a data file.</summary>
    public int DataDepth { get; init; } = 256;
}
