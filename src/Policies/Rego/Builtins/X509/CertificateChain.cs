using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>
/// Finds a chain from a leaf to a root and holds it against RFC 5280, section 6, as Go's <c>Certificate.Verify</c> does: times,
/// names, signatures, what each authority may sign, what the keys are for. Revocation is not looked at: that would ask the network.
/// </summary>
internal sealed class CertificateChain
{
    private const int MostSignatures = 100;
    private const int ServerUse = 1;
    private const int AnyUse = 0;
    private const int CertificateSigning = 1 << 5;

    private readonly BuiltinContext _context;
    private readonly Certificate _root;
    private readonly IReadOnlyList<Certificate> _between;
    private readonly ChainWishes _wishes;
    private readonly List<Certificate> _chain = [];
    private int _signatures;

    private CertificateChain(BuiltinContext context, IReadOnlyList<Certificate> certificates, ChainWishes wishes)
    {
        _context = context;
        _root = certificates[0];
        _between = [.. certificates.Skip(1).SkipLast(1)];
        _wishes = wishes;
    }

    /// <summary>The chain, leaf first; null when there is none that holds.</summary>
    /// <param name="context">Gives the time, and is charged for the signatures.</param>
    /// <param name="certificates">The root, certificates in between, the leaf: at least two.</param>
    /// <param name="wishes">What the chain must be good for.</param>
    public static IReadOnlyList<Certificate>? Find(
        BuiltinContext context, IReadOnlyList<Certificate> certificates, ChainWishes wishes)
    {
        if (certificates.Count < 2) return null;
        var search = new CertificateChain(context, certificates, wishes);
        var leaf = certificates[^1];
        if (!search.IsAcceptable(leaf)) return null;
        if (wishes.Host.Length > 0 && !NameMatch.IsFor(leaf.Known.Names, wishes.Host)) return null;
        search._chain.Add(leaf);
        if (leaf.Raw.AsSpan().SequenceEqual(search._root.Raw)) return search.ServesItsUse() ? search._chain : null;
        return search.Extend() ? search._chain : null;
    }

    private bool Extend()
    {
        var child = _chain[^1];
        if (TryAdd(_root, child, isRoot: true))
        {
            if (ServesItsUse()) return true;
            _chain.RemoveAt(_chain.Count - 1);
        }

        foreach (var parent in _between)
        {
            if (!TryAdd(parent, child, isRoot: false)) continue;
            if (Extend()) return true;
            _chain.RemoveAt(_chain.Count - 1);
        }

        return false;
    }

    private bool TryAdd(Certificate parent, Certificate child, bool isRoot)
    {
        if (!parent.Subject.Raw.AsSpan().SequenceEqual(child.Issuer.Raw)) return false;
        if (_chain.Exists(one => IsSame(one, parent))) return false;
        if (++_signatures > MostSignatures || !MaySign(parent, isRoot)) return false;
        _context.Budget.Charge(10_000);
        if (!parent.Key.Verifies(child.SignatureKind.Number, child.RawSigned, child.Signature)) return false;
        if (!IsAcceptable(parent) || (parent.Known.Limits is { } limits && !Permits(limits))) return false;
        _chain.Add(parent);
        return true;
    }

    private bool MaySign(Certificate parent, bool isRoot)
    {
        var known = parent.Known;
        if (known.HasBasicConstraints ? !known.IsAuthority : parent.Version == 3 || !isRoot) return false;
        if (known.KeyUsage != 0 && (known.KeyUsage & CertificateSigning) == 0) return false;
        return !known.HasBasicConstraints || known.MaxPathLength < 0 || _chain.Count - 1 <= known.MaxPathLength;
    }

    private bool Permits(NameLimits limits) => _chain.TrueForAll(one => NameMatch.Permits(limits, one.Known.Names));

    private bool IsAcceptable(Certificate certificate)
    {
        var now = _wishes.Nanoseconds ?? _context.NowNanoseconds;
        return certificate.Known.Unhandled.Count == 0
            && now >= NanosecondsOf(certificate.NotBefore) && now <= NanosecondsOf(certificate.NotAfter);
    }

    /// <summary>Whether one of the wished uses is left when each certificate of the chain, root first, has taken away what it does
    /// not name.</summary>
    private bool ServesItsUse()
    {
        List<int> uses = _wishes.Uses.Count > 0 ? [.. _wishes.Uses] : [ServerUse];
        if (uses.Contains(AnyUse)) return true;
        foreach (var one in Enumerable.Reverse(_chain))
        {
            var known = one.Known;
            if (known.KnownUsages.Count + known.UnknownUsages.Count == 0 || known.KnownUsages.Contains(AnyUse)) continue;
            uses.RemoveAll(use => !known.KnownUsages.Contains(use));
        }

        return uses.Count > 0;
    }

    private static bool IsSame(Certificate left, Certificate right) =>
        left.Subject.Raw.AsSpan().SequenceEqual(right.Subject.Raw) && left.Key.Raw.AsSpan().SequenceEqual(right.Key.Raw);

    private static Int128 NanosecondsOf(DateTimeOffset time) => (Int128)(time - DateTimeOffset.UnixEpoch).Ticks * 100;
}

/// <summary>What a chain of certificates must be good for.</summary>
internal sealed class ChainWishes
{
    private static readonly string[] UseNames =
    [
        "KeyUsageAny", "KeyUsageServerAuth", "KeyUsageClientAuth", "KeyUsageCodeSigning", "KeyUsageEmailProtection",
        "KeyUsageIPSECEndSystem", "KeyUsageIPSECTunnel", "KeyUsageIPSECUser", "KeyUsageTimeStamping", "KeyUsageOCSPSigning",
        "KeyUsageMicrosoftServerGatedCrypto", "KeyUsageNetscapeServerGatedCrypto", "KeyUsageMicrosoftCommercialCodeSigning",
        "KeyUsageMicrosoftKernelCodeSigning",
    ];

    public string Host { get; private set; } = "";

    /// <summary>When the chain must hold, in nanoseconds since 1970; null for now.</summary>
    public long? Nanoseconds { get; private set; }

    /// <summary>Go's numbers of the extended key usages of which one is wanted; none for those of a server.</summary>
    public List<int> Uses { get; } = [];

    /// <summary>Reads the options of <c>parse_and_verify_certificates_with_options</c>; null, and why, when they make no sense.</summary>
    public static ChainWishes? Read(RegoObject options, out string problem)
    {
        var wishes = new ChainWishes();
        for (var i = 0; i < options.Count; i++)
        {
            if (options.Keys[i].AsString is not { } name) continue;
            problem = wishes.Take(name.Text, options.Values[i]);
            if (problem.Length > 0) return null;
        }

        problem = "";
        return wishes;
    }

    private string Take(string name, RegoValue value)
    {
        switch (name)
        {
            case "DNSName":
                if (value.AsString is null) return "'DNSName' should be a string";
                Host = value.Text.Trim('"');
                return "";
            case "CurrentTime":
                if (value.Kind != RegoKind.Number) return "'CurrentTime' should be a number";
                if (!RegoNumber.TryInt64(value, out var time)) return "'CurrentTime' should be a valid int64 number";
                Nanoseconds = time;
                return "";
            case "MaxConstraintComparisons":
                // Read for its form only: the comparisons are few, and the evaluation has its own limits.
                if (value.Kind != RegoKind.Number) return "'MaxConstraintComparisons' should be a number";
                return RegoNumber.TryInt64(value, out _) ? "" : "'MaxConstraintComparisons' should be a valid number";
            case "KeyUsages":
                return value.Kind is RegoKind.Array or RegoKind.Set
                    ? TakeUses(AggregateBuiltins.Items(value)) : "'KeyUsages' should be an Array or Set";
            default:
                return "invalid key option";
        }
    }

    private string TakeUses(ReadOnlySpan<RegoValue> items)
    {
        var unknown = new List<string>();
        foreach (ref readonly var item in items)
        {
            if (item.AsString is not { } text) continue;
            var number = Array.IndexOf(UseNames, text.Text.Trim('"'));
            if (number >= 0) Uses.Add(number);
            else unknown.Add(text.Text.Trim('"'));
        }

        return unknown.Count == 0 ? "" : $"invalid entries for 'KeyUsages' found: [{string.Join(' ', unknown)}]";
    }
}
