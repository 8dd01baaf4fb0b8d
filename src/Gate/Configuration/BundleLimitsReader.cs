using GitOpsGate.Policies.Rego.Evaluate;

namespace GitOpsGate.Configuration;

/// <summary>Reads the <c>limits</c> of a bundle; what is not said stays as <see cref="RegoLimits.Default"/> has it.</summary>
internal static class BundleLimitsReader
{
    private const int MostMegabytes = 64 * 1024;

    public static RegoLimits Read(Fields bundle, bool asksServer)
    {
        var usual = RegoLimits.Default;
        if (bundle.Inner("limits") is not { } fields) return usual;
        if (asksServer) bundle.Refuse(bundle.LineOf("limits"), "`limits` are for the embedded engine; an OPA server has its own");
        var limits = usual with
        {
            Steps = 1_000_000L * fields.Number("megasteps", (int)(usual.Steps / 1_000_000), 1, 1_000_000),
            Time = TimeSpan.FromMilliseconds(fields.Number("milliseconds", (int)usual.Time.TotalMilliseconds, 1, 600_000)),
            AllocatedBytes = (long)fields.Number("megabytes", (int)(usual.AllocatedBytes >> 20), 1, MostMegabytes) << 20,
            CallDepth = fields.Number("depth", usual.CallDepth, 1, 10_000),
            ResultSize = fields.Number("size", usual.ResultSize, 1, 1 << 30),
            SourceSize = fields.Number("sourceSize", usual.SourceSize, 1, 1 << 30),
            CompileTime = TimeSpan.FromSeconds(fields.Number("compileSeconds", (int)usual.CompileTime.TotalSeconds, 1, 3600)),
            CompileBytes = (long)fields.Number("compileMegabytes", (int)(usual.CompileBytes >> 20), 1, MostMegabytes) << 20,
        };
        fields.Done();
        return limits;
    }
}
