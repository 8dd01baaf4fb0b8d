using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Compile.Types;

/// <summary>A total order of types: the cases of a union stand in it, so that equal unions are equal texts.</summary>
internal sealed class TypeOrder : IComparer<RegoType>
{
    public static TypeOrder Instance { get; } = new();

    public static bool Same(RegoType left, RegoType right) => Instance.Compare(left, right) == 0;

    public int Compare(RegoType? x, RegoType? y)
    {
        if (ReferenceEquals(x, y)) return 0;
        var rank = RankOf(x).CompareTo(RankOf(y));
        if (rank != 0) return rank;
        return (x, y) switch
        {
            (RegoType.ArrayType a, RegoType.ArrayType b) => First(Compare(a.Rest, b.Rest), CompareAll(a.Fixed, b.Fixed)),
            (RegoType.SetType a, RegoType.SetType b) => Compare(a.Item, b.Item),
            (RegoType.ObjectType a, RegoType.ObjectType b) =>
                First(Compare(a.Key, b.Key), First(Compare(a.Value, b.Value), CompareFixed(a, b))),
            (RegoType.Union a, RegoType.Union b) => CompareAll(a.Cases, b.Cases),
            (RegoType.Function a, RegoType.Function b) => First(
                a.Operands.Count.CompareTo(b.Operands.Count),
                First(CompareAll(a.Operands, b.Operands), Compare(a.Result, b.Result))),
            _ => 0,
        };
    }

    private static int RankOf(RegoType? type) => type switch
    {
        null or RegoType.UnknownType => -1,
        RegoType.Scalar scalar => (int)scalar.Kind,
        RegoType.ArrayType => 100,
        RegoType.ObjectType => 101,
        RegoType.SetType => 102,
        RegoType.AnyType => 103,
        RegoType.Union => 104,
        _ => 105,
    };

    private static int First(int one, int next) => one != 0 ? one : next;

    private int CompareAll(IReadOnlyList<RegoType> left, IReadOnlyList<RegoType> right)
    {
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            if (Compare(left[i], right[i]) is var order && order != 0) return order;
        }

        return left.Count.CompareTo(right.Count);
    }

    private int CompareFixed(RegoType.ObjectType left, RegoType.ObjectType right)
    {
        for (var i = 0; i < left.Fixed.Count && i < right.Fixed.Count; i++)
        {
            var order = First(
                left.Fixed[i].Key.CompareTo(right.Fixed[i].Key), Compare(left.Fixed[i].Value, right.Fixed[i].Value));
            if (order != 0) return order;
        }

        return left.Fixed.Count.CompareTo(right.Fixed.Count);
    }
}
