namespace GitOpsGate.Policies.Bundles;

/// <summary>Where a bundle carries its signatures.</summary>
public static class SignatureFile
{
    /// <summary>The file at the bundle's root, as OPA names it.</summary>
    public const string FileName = ".signatures.json";
}
