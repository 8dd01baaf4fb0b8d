using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Changes;

namespace GitOpsGate.Rulings;

/// <summary>A control that every merge into a branch has met without a lapse.</summary>
/// <param name="Name"><c>rule:NAME</c> for an approval rule, <c>policy:NAME</c> for a policy bundle.</param>
/// <param name="Digest">What the control asks, as SHA-256 in lower-case hex; for a bundle its revision. Another digest is another control.</param>
/// <param name="Since">When the first of these merges moved the branch.</param>
/// <param name="From">The commit that it moved the branch to: the start revision (SLSA 1.2, source track, "continuity").</param>
public sealed record HeldControl(string Name, string Digest, DateTimeOffset Since, CommitId From);

/// <summary>
/// Which controls have held on a branch without a lapse, and since when. It moves with the branch and is kept beside it, so that it is never worked out
/// from what came later. Whatever cannot be known counts as a lapse.
/// </summary>
/// <param name="Rules">The digest of the rules in force at the last merge; empty when there is none to continue.</param>
/// <param name="Held">In ordinal order of their names.</param>
public sealed record BranchControls(string Rules, ImmutableArray<HeldControl> Held)
{
    /// <summary>Nothing holds: no merge was seen yet, or one that no ruling covers, or one that an override let through.</summary>
    public static readonly BranchControls None = new("", []);

    /// <summary>What holds after a covered merge.</summary>
    /// <param name="ruling">The ruling that covers it.</param>
    /// <param name="commit">What the branch holds with it.</param>
    public BranchControls After(Ruling ruling, CommitId commit, DateTimeOffset at)
    {
        if (ruling.Override is not null) return None;
        var met = MetBy(ruling).Select(control => Held.FirstOrDefault(held => held.Name == control.Name && held.Digest == control.Digest)
            ?? new HeldControl(control.Name, control.Digest, at, commit)).ToList();
        // Under the very same rules, a control that is not asked did not apply to this merge. Under others nobody can say that it was still there.
        if (ruling.RulesDigest == Rules) met.AddRange(Held.Where(held => !IsAsked(ruling, held.Name)));
        return new BranchControls(ruling.RulesDigest, [.. met.OrderBy(held => held.Name, StringComparer.Ordinal)]);
    }

    /// <summary>The name under which an approval rule is held.</summary>
    internal static string NameOf(Requirement requirement) => $"rule:{requirement.Rule}";

    /// <summary>The name under which a policy bundle is held.</summary>
    internal static string NameOf(BundleUse bundle) => $"policy:{bundle.Name}";

    private static IEnumerable<(string Name, string Digest)> MetBy(Ruling ruling) =>
    [
        .. Enforced(ruling).Where(one => one.State == RequirementState.Approved).Select(one => (NameOf(one), DigestOf(one))),
        .. ruling.Bundles.Select(bundle => (NameOf(bundle), bundle.Revision)),
    ];

    private static bool IsAsked(Ruling ruling, string name) =>
        Enforced(ruling).Any(one => one.State != RequirementState.Skipped && NameOf(one) == name) || ruling.Bundles.Any(bundle => NameOf(bundle) == name);

    // What only warns is no control.
    private static IEnumerable<Requirement> Enforced(Ruling ruling) => ruling.Requirements.Where(one => one.Mode == RuleMode.Enforce);

    private static string DigestOf(Requirement requirement)
    {
        string[] asked = [$"{requirement.Required}", .. requirement.From.Order(StringComparer.Ordinal)];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(asked.Select(text => $"{text.Length}:{text}\n")))));
    }
}
