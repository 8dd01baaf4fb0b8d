namespace GitOpsGate.Policies.Bundles;

/// <summary>One reason why a bundle is not accepted.</summary>
/// <param name="Path">The file inside the bundle, or null when it is the bundle as a whole.</param>
/// <param name="Message">What is wrong and what would be right, lower case.</param>
public sealed record BundleProblem(string? Path, string Message);
