using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>Notes the lines that evaluations reach: those of literals that begin, and those of heads that yield.</summary>
internal sealed class CoverageWatch : PlanWatch
{
    private readonly Dictionary<(string File, int Row), Line> _lines = [];

    public override Node? Enters(PolicyPlace place) => null;

    public override Node? Begins(Literal literal, IReadOnlyDictionary<string, Source> known) => Step(literal.Place);

    public override Node? Holds(Literal literal) => null;

    public override Node? Yields(PolicyPlace place) => Step(place);

    /// <summary>The lines of each file that were reached.</summary>
    public ILookup<string, int> Reached() =>
        _lines.Where(line => line.Value.IsReached).ToLookup(line => line.Key.File, line => line.Key.Row);

    private StepNode Step(PolicyPlace place)
    {
        if (!_lines.TryGetValue((place.File, place.Row), out var line)) _lines[(place.File, place.Row)] = line = new Line();
        return new StepNode(line);
    }

    private sealed class Line
    {
        public bool IsReached { get; set; }
    }

    private sealed class StepNode(Line line) : Node
    {
        public override bool Run(Machine machine, RegoValue[] frame)
        {
            line.IsReached = true;
            return Next.Run(machine, frame);
        }
    }
}
