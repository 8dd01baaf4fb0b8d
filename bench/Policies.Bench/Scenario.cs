using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.PoliciesBench;

/// <summary>A folder that holds policy.rego, input.json, data.json, query.txt and expected.json.</summary>
internal sealed class Scenario
{
    /// <summary>All limits are on; only the clock's is long, for machines that others use.</summary>
    private static readonly RegoOptions Patient = new() { Limits = RegoLimits.Default with { Time = TimeSpan.FromMinutes(10) } };

    private readonly RegoModuleSource _policy;
    private readonly RegoValue _data;
    private readonly string _query;
    private readonly string _expected;

    public Scenario(string folder)
    {
        Name = Path.GetFileName(folder);
        _policy = new RegoModuleSource("policy.rego", File.ReadAllText(Path.Combine(folder, "policy.rego")));
        InputJson = File.ReadAllBytes(Path.Combine(folder, "input.json"));
        _data = RegoJson.Parse(File.ReadAllText(Path.Combine(folder, "data.json")));
        _query = $"result = {File.ReadAllText(Path.Combine(folder, "query.txt")).Trim()}";
        _expected = File.ReadAllText(Path.Combine(folder, "expected.json"));
    }

    public string Name { get; }

    public byte[] InputJson { get; }

    /// <summary>Compiles the policy and prepares the query.</summary>
    /// <exception cref="InvalidDataException">They do not compile.</exception>
    public RegoQuery Compile()
    {
        var (engine, errors) = RegoEngine.Compile([_policy], _data, Patient);
        if (engine is null) throw new InvalidDataException(errors[0].ToString());
        var (query, wrong) = engine.Prepare(_query);
        return query ?? throw new InvalidDataException(wrong[0].ToString());
    }

    public RegoValue ReadInput() =>
        RegoJson.TryParse(InputJson, out var input, out var problem) ? input : throw new InvalidDataException(problem);

    /// <summary>What is wrong with the answer, or null.</summary>
    public string? Check(RegoQuery query)
    {
        var answers = query.Evaluate(ReadInput(), CancellationToken.None);
        var got = answers.Answers.Count == 0 ? default : answers.Answers[0]["result"];
        var expected = RegoJson.Parse(_expected);
        return RegoJson.Parse(RegoJson.ToText(got)).Equals(expected) ? null : $"{answers.Error} expected {expected}, got {got}";
    }
}
