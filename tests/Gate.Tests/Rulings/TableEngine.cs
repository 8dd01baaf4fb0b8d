using System.Text;
using GitOpsGate.Policies;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Ports;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>Engines whose answers stand in a table: query → JSON text, <c>!</c> and a message for a failure; other queries are undefined.</summary>
internal sealed class TableEngine(params (string Query, string Answer)[] answers) : IReplayingEngine, IPolicyEngines
{
    public string Name => "embedded";

    public string BundleRevision => $"sha256:{new string('0', 64)}";

    public IReadOnlyList<string> Packages => [];

    public List<string> Inputs { get; } = [];

    public EngineLookup Find(string bundle) =>
        bundle == "shipped" ? EngineLookup.Found(this) : EngineLookup.Missing("it is not in `gate.yaml`");

    public IReadOnlyList<string> RulesIn(string package) =>
        [.. answers.Where(answer => answer.Query.StartsWith(package + ".", StringComparison.Ordinal)).Select(answer => answer.Query[(package.Length + 1)..])];

    public ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation)
    {
        Inputs.Add(Encoding.UTF8.GetString(input.Json.Span));
        var answer = answers.FirstOrDefault(answer => answer.Query == query).Answer;
        return ValueTask.FromResult<Decision>(answer switch
        {
            null => new Decision.Undefined(),
            ['!', .. var message] => new Decision.Failed("eval_conflict_error", message, new PolicyPlace("k8s.rego", 3, 1)),
            _ => new Decision.Value(Encoding.UTF8.GetBytes(answer)),
        });
    }

    public async ValueTask<ReplayedDecision> ReplayAsync(
        string query, PolicyInput input, NondeterminismRecord record, CancellationToken cancellation) =>
        new(await DecideAsync(query, input, cancellation), []);
}
