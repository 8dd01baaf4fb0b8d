namespace GitOpsGate.Policies.Bundles;

/// <summary>What came of reading a bundle. Closed: a whole bundle, or every reason why there is none.</summary>
public abstract record BundleReading
{
    private BundleReading()
    {
    }

    private protected abstract void Close();

    /// <summary>The bundle is whole and within its limits; its Rego has not been compiled yet.</summary>
    public sealed record Complete(PolicyBundle Bundle) : BundleReading
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>Nothing of the bundle is used.</summary>
    /// <param name="Problems">At least one, in the order of their paths.</param>
    public sealed record Refused(IReadOnlyList<BundleProblem> Problems) : BundleReading
    {
        private protected override void Close()
        {
        }
    }
}
