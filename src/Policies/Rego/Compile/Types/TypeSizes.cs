using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>
/// How large types are when they are written out. A short policy can name an enormous one, whose parts are the same part again and again;
/// whoever then compares or prints it never ends. What is too large counts as anything: fewer mistakes are found, none is made up. One per
/// compilation; not for many threads.
/// </summary>
internal sealed class TypeSizes
{
    private const int Largest = 10_000;

    private readonly Dictionary<RegoType, int> _known = new(ReferenceEqualityComparer.Instance);

    /// <summary>The type, or any when it is too large.</summary>
    public RegoType Bounded(RegoType type) => Of(type) > Largest ? RegoType.Any : type;

    private int Of(RegoType? type)
    {
        if (type is null or RegoType.Scalar or RegoType.AnyType or RegoType.UnknownType) return 1;
        if (_known.TryGetValue(type, out var known)) return known;
        StackRoom.Ensure();
        long size = type switch
        {
            RegoType.ArrayType array => All(array.Fixed) + Of(array.Rest),
            RegoType.SetType set => Of(set.Item),
            RegoType.ObjectType entries => All(entries.Fixed.Select(entry => entry.Value)) + Of(entries.Key) + Of(entries.Value),
            RegoType.Union union => All(union.Cases),
            RegoType.Function function => All(function.Operands) + Of(function.Result),
            _ => 1,
        };
        return _known[type] = (int)Math.Min(size + 1, Largest + 1);
    }

    private long All(IEnumerable<RegoType> types) => types.Sum(type => (long)Of(type));
}
