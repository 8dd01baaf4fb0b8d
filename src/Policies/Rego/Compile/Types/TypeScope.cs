using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>The types of variables in one body; what is not known here is asked of the body around it.</summary>
internal sealed class TypeScope(TypeScope? outer = null)
{
    private readonly Dictionary<string, RegoType> _types = new(StringComparer.Ordinal);

    /// <summary>The type of a variable; unknown when nothing has given it one.</summary>
    public RegoType Of(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._types.TryGetValue(name, out var type)) return type;
        }

        return RegoType.Unknown;
    }

    public void Set(string name, RegoType type) => _types[name] = type;

    private TypeScope? Outer { get; } = outer;
}
