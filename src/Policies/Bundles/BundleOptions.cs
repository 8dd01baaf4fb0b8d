namespace GitOpsGate.Policies.Bundles;

/// <summary>How a bundle is read.</summary>
public sealed record BundleOptions
{
    /// <summary>Default limits, no YAML.</summary>
    public static BundleOptions Default { get; } = new();

    /// <summary>How much is read at most.</summary>
    public BundleLimits Limits { get; init; } = BundleLimits.Default;

    /// <summary>
    /// Turns a <c>data.yaml</c> (UTF-8) into JSON text (UTF-8), and throws <see cref="FormatException"/> for what is not YAML. Without
    /// it a bundle with YAML data is refused: policies that silently miss their data would judge wrongly.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? YamlToJson { get; init; }
}
