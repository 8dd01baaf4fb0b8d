namespace GitOpsGate.Policies.Bundles;

/// <summary>
/// A policy bundle as OPA knows it: modules, one data document, a manifest. Immutable; safe to share between threads and engines.
/// <see cref="BundleReader"/> makes it.
/// </summary>
public sealed class PolicyBundle
{
    internal PolicyBundle(
        BundleManifest manifest,
        IReadOnlyList<PolicyModule> modules,
        ReadOnlyMemory<byte> data,
        IReadOnlyList<BundleFile> files)
    {
        Manifest = manifest;
        Modules = modules;
        Data = data;
        Files = files;
        Revision = BundleDigest.Of(files.Where(file => file.Name != SignatureFile.FileName));
    }

    /// <summary>What the bundle says about itself.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>The Rego modules, tests included, in ordinal order of their paths.</summary>
    public IReadOnlyList<PolicyModule> Modules { get; }

    /// <summary>
    /// The base document <c>data</c>: a JSON object in UTF-8, made of all data files, each at the path of its folder.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>
    /// The files that the bundle consists of (modules, data, manifest, signatures), in ordinal order of their paths.
    /// </summary>
    public IReadOnlyList<BundleFile> Files { get; }

    /// <summary>The bundle revision: <c>sha256:</c> and 64 lower-case hex digits, see <see cref="BundleDigest"/>.</summary>
    public string Revision { get; }
}
