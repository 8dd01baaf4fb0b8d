namespace GitOpsGate.Policies.Bundles;

/// <summary>One Rego module of a bundle, not yet parsed.</summary>
/// <param name="Path">Path inside the bundle, with forward slashes and no leading slash: <c>kubernetes/images.rego</c>.</param>
/// <param name="Source">The module's text.</param>
/// <param name="RegoVersion">0 or 1: which syntax the manifest asks for.</param>
public sealed record PolicyModule(string Path, string Source, int RegoVersion)
{
    /// <summary>True for <c>*_test.rego</c>: loaded to be tested, never asked by a gate.</summary>
    public bool IsTest => Path.EndsWith("_test.rego", StringComparison.Ordinal);
}
