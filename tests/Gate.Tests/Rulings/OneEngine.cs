using GitOpsGate.Policies;
using GitOpsGate.Ports;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>The engine of the bundle <c>shipped</c>, and no other.</summary>
internal sealed class OneEngine(IPolicyEngine engine) : IPolicyEngines
{
    public EngineLookup Find(string bundle) =>
        bundle == "shipped" ? EngineLookup.Found(engine) : EngineLookup.Missing("it is not there");
}
