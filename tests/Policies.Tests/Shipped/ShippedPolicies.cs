using System.Text;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Shipped;

/// <summary>The policies that we ship, and realistic inputs to ask them with.</summary>
internal static class ShippedPolicies
{
    public static string Folder { get; } = Path.Combine(Shared.RepositoryRoot, "policies");

    public static string Inputs { get; } = Path.Combine(Shared.RepositoryRoot, "tests", "Policies.Tests", "Shipped", "Inputs");

    /// <summary>What a gate asks of each package.</summary>
    public static IEnumerable<string> Queries(IPolicyEngine engine) =>
        from package in engine.Packages
        from rule in engine.RulesIn(package)
        where rule is "deny" or "warn" or "findings"
        select $"{package}.{rule}";

    public static async Task<PolicyBundle> ReadAsync()
    {
        var reading = await BundleReader.ReadAsync(Folder, BundleOptions.Default, TestContext.Current.CancellationToken);
        return Assert.IsType<BundleReading.Complete>(reading).Bundle;
    }

    public static IEnumerable<RegoModuleSource> Modules(PolicyBundle bundle) =>
        bundle.Modules.Select(module =>
            new RegoModuleSource(module.Path, module.Source, module.RegoVersion == 0 ? RegoVersion.V0 : RegoVersion.V1));

    public static RegoValue Data(PolicyBundle bundle) => RegoJson.Parse(Encoding.UTF8.GetString(bundle.Data.Span));

    public static RegoEngine Compile(PolicyBundle bundle)
    {
        var (engine, errors) = RegoEngine.Compile(
            Modules(bundle), Data(bundle), new RegoOptions { BundleRevision = bundle.Revision });
        Assert.Empty(errors);
        return engine!;
    }

    /// <summary>A decision as text, values with sorted keys and without spaces.</summary>
    public static string Show(Decision decision) => decision switch
    {
        Decision.Value value => RegoJson.ToText(RegoJson.Parse(Encoding.UTF8.GetString(value.Json.Span))),
        Decision.Undefined => "undefined",
        Decision.Failed failed => $"failed: {failed.Code}: {failed.Message}",
        _ => throw new ArgumentException("no such decision", nameof(decision)),
    };
}
