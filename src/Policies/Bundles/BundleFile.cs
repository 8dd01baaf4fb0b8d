namespace GitOpsGate.Policies.Bundles;

/// <summary>One file as it stands in a bundle.</summary>
/// <param name="Path">Path inside the bundle, with forward slashes and no leading slash.</param>
/// <param name="Content">The file's bytes.</param>
public sealed record BundleFile(string Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>The last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The folder as the parts of a document path; empty for the root.</summary>
    public IReadOnlyList<string> Folder => Path.Split('/')[..^1];
}
