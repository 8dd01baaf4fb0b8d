namespace GitOpsGate.Policies.Rego.Builtins.JsonSchema;

/// <summary>One reason why a document does not fit.</summary>
/// <param name="Type">What kind of reason: <c>required</c>, <c>invalid_type</c>.</param>
/// <param name="Field">Where in the document: names and indexes with dots between them, or <c>(Root)</c>.</param>
/// <param name="Description">What is wrong.</param>
internal sealed record SchemaError(string Type, string Field, string Description);

/// <summary>What is wrong so far, and how well it fits otherwise.</summary>
internal sealed class SchemaResult
{
    private readonly List<SchemaError> _errors = [];

    public IReadOnlyList<SchemaError> Errors => _errors;

    /// <summary>One for each group of rules that was looked at, minus two for each error.</summary>
    public int Score { get; set; }

    public bool IsValid => _errors.Count == 0;

    public void Add(string type, SchemaPath path, string description)
    {
        _errors.Add(new SchemaError(type, path.Field, description));
        Score -= 2;
    }

    public void Merge(SchemaResult other)
    {
        _errors.AddRange(other._errors);
        Score += other.Score;
    }
}

/// <summary>A place in the document.</summary>
internal sealed class SchemaPath
{
    private const string RootName = "(Root)";

    private readonly SchemaPath? _before;
    private readonly string _name;

    private SchemaPath(SchemaPath? before, string name)
    {
        _before = before;
        _name = name;
    }

    public static SchemaPath Root { get; } = new(null, RootName);

    public string Field
    {
        get
        {
            if (_before is null) return RootName;
            var steps = new List<string>();
            for (var at = this; at._before is not null; at = at._before) steps.Add(at._name);
            steps.Reverse();
            return string.Join('.', steps);
        }
    }

    public SchemaPath Step(string name) => new(this, name);
}
