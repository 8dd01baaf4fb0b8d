namespace GitOpsGate.Policies.Bundles;

/// <summary>What is known about who made a bundle. Closed; only <see cref="Trusted"/> is good.</summary>
public abstract record BundleVerification
{
    private BundleVerification()
    {
    }

    private protected abstract void Close();

    /// <summary>The bundle carries no <c>.signatures.json</c>.</summary>
    public sealed record Unsigned : BundleVerification
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>It carries one, and it does not hold.</summary>
    /// <param name="Reason">Why, lower case.</param>
    public sealed record Rejected(string Reason) : BundleVerification
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>A known key signed exactly these files.</summary>
    /// <param name="KeyId">The key's name.</param>
    public sealed record Trusted(string KeyId) : BundleVerification
    {
        private protected override void Close()
        {
        }
    }
}
