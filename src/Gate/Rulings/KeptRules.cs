using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.World;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// What of <c>gate.yaml</c> has a part in a ruling: the server's rules, and the bundles by name with what they may use. The bundles' content stands
/// under their own revisions, and a repository's rule file in the evidence.
/// </summary>
public sealed record KeptRules
{
    public required RuleFile Rules { get; init; }

    /// <summary>In the order of <c>gate.yaml</c>, in which messages name them.</summary>
    public ImmutableArray<KeptBundle> Bundles { get; init; } = [];

    /// <summary>SHA-256 of what is kept, lower-case hex.</summary>
    public string Digest => DigestOf(ToBytes());

    /// <summary>Those of a configuration.</summary>
    public static KeptRules Of(GateConfiguration configuration) => new()
    {
        Rules = configuration.ServerRules,
        Bundles = [.. configuration.Bundles.Select(bundle => new KeptBundle(bundle.Name, bundle.OpaUrl is not null, bundle.Limits, bundle.Grants))],
    };

    /// <summary>Reads what was kept.</summary>
    /// <exception cref="InvalidDataException">It has another digest than it was kept under, or is of another shape.</exception>
    public static KeptRules Read(ReadOnlyMemory<byte> kept, string digest)
    {
        if (DigestOf(kept.Span) is var found && found != digest)
            throw new InvalidDataException($"the kept rules `{digest}` have the digest `{found}`: they were changed after they were kept");
        return StoredForm.Read<KeptRules>(Encoding.UTF8.GetString(kept.Span));
    }

    /// <summary>The same as it is kept.</summary>
    public KeptSource ToSource() => new(Digest, KeptSource.Rules, ToBytes(), "");

    /// <summary>A configuration that judges as the one whose rules these are did; of everything else it knows nothing.</summary>
    public GateConfiguration ToConfiguration() => new()
    {
        PublicUrl = "",
        DataFolder = "",
        ServerRules = Rules,
        Bundles = [.. Bundles.Select(bundle => bundle.ToSource())],
        Digest = "",
    };

    private static string DigestOf(ReadOnlySpan<byte> kept) => Convert.ToHexStringLower(SHA256.HashData(kept));

    private byte[] ToBytes() => Encoding.UTF8.GetBytes(StoredForm.Write(this));
}

/// <summary>How a bundle of that name was asked.</summary>
/// <param name="IsOfServer">Whether on an OPA server.</param>
/// <param name="Limits">How much one question might use.</param>
/// <param name="Grants">What its policies might ask of the world.</param>
public sealed record KeptBundle(string Name, bool IsOfServer, RegoLimits Limits, WorldGrants Grants)
{
    /// <summary>The same as a configuration has it, of a path and an address that are not kept.</summary>
    public BundleSource ToSource() => new(Name, "", IsOfServer ? "" : null) { Limits = Limits, Grants = Grants };
}
