using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Functions that would reach into the world. A gate's policies judge what they are given: these are declared, so that policies which
/// replace them in tests compile, and they fail when they are called.
/// </summary>
internal static class WorldBuiltins
{
    private const string Off = "switched off: a policy decides by its input alone";

    public static void AddTo(BuiltinTable table)
    {
        table.Add("http.send", [RegoType.Object], RegoType.Object, static (c, _) => c.Fail(Off), BuiltinTraits.Nondeterministic);
        table.Add(
            "net.lookup_ip_addr", [RegoType.String], RegoType.SetOf(RegoType.String), LookUp, BuiltinTraits.Nondeterministic);
    }

    /// <summary>An address stands for itself; names are looked up where the world has somebody who does.</summary>
    private static RegoValue LookUp(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (IpRange.Address(operands[0].Text) is { } address) return RegoValue.Of(RegoSet.Of([RegoValue.Of(address.TextOf(address.First))]));
        return context.World.Resolve(operands[0].Text) is { } found
            ? RegoValue.Of(RegoSet.Of([.. found.Select(one => RegoValue.Of(one.ToString()))]))
            : context.Fail(Off);
    }
}
