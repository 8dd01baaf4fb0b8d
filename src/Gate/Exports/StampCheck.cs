using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Anchors;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Exports;

/// <summary>Checks the time stamp of a bundle.</summary>
internal static class StampCheck
{
    // A stamp with the certificates of its authority has about 6 kB.
    private const int LongestStamp = 1 << 16;

    public static async Task<CheckedPart> RunAsync(BundleZip files, Checkpoint head, BundleTrust trust, CancellationToken cancellation)
    {
        var failures = new List<string>();
        var text = await files.TextAsync(BundleAnchors.Stamped, cancellation);
        try
        {
            var stamped = trust.Keys.Verify(SignedNote.Parse(text));
            var proof = await files.HashesAsync(BundleAnchors.Continues, cancellation);
            if (stamped.Origin != head.Origin || !MerkleProof.VerifyConsistency(stamped.Size, head.Size, stamped.Root.Span, head.Root.Span, proof))
                failures.Add($"{BundleAnchors.Continues}: does not show that {head.Size} entries continue the stamped {stamped.Size}");
        }
        catch (FormatException trouble)
        {
            failures.Add($"{BundleAnchors.Stamped}: {trouble.Message}");
        }

        if (trust.Authorities is null && !files.Has(BundleAnchors.Authorities))
        {
            failures.Add($"{BundleAnchors.Token}: no certificate of its authority is here; `--tsa` would name it");
            return new CheckedPart("time stamp", [.. failures]);
        }

        try
        {
            var roots = TimeStamp.Roots(trust.Authorities ?? await files.TextAsync(BundleAnchors.Authorities, cancellation));
            var response = await files.BytesAsync(BundleAnchors.Token, LongestStamp, cancellation);
            TimeStamp.Check(Encoding.UTF8.GetBytes(text), TimeStamp.TokenOf(response), roots);
        }
        catch (FormatException trouble)
        {
            failures.Add($"{BundleAnchors.Token}: {trouble.Message}");
        }

        return new CheckedPart("time stamp", [.. failures]);
    }
}
