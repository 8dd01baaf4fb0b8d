using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Walks over graphs that are written as objects: each node with the list or set of the nodes that it leads to.
/// </summary>
internal static class GraphBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var listed = RegoType.OneOf(RegoType.Array, RegoType.Set);
        RegoType[] operands = [RegoType.ObjectOf(RegoType.Any, listed), listed];

        // OPA looks at the edges of a node only when it comes there.
        RegoType[] guarded = [RegoType.Object, listed];
        table.Add("graph.reachable", operands, RegoType.Set, Reachable, guarded: guarded);
        table.Add("graph.reachable_paths", operands, RegoType.SetOf(RegoType.Array), ReachablePaths, guarded: guarded);
    }

    // A node whose edges are neither list nor set (`null`, say) leads nowhere.
    private static ReadOnlySpan<RegoValue> Edges(RegoValue edges) =>
        edges.Kind is RegoKind.Array or RegoKind.Set ? AggregateBuiltins.Items(edges) : [];

    private static RegoValue Reachable(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var graph = operands[0].AsObject!;
        var open = new Queue<RegoValue>(AggregateBuiltins.Items(operands[1]).ToArray());
        var reached = new RegoSetBuilder();
        while (open.TryDequeue(out var node))
        {
            context.Budget.Charge(1);
            if (graph.Find(node) is not { IsDefined: true } next || !reached.Add(node)) continue;
            foreach (ref readonly var neighbour in Edges(next))
            {
                context.Budget.Step();
                if (!reached.Contains(neighbour)) open.Enqueue(neighbour);
            }
        }

        return RegoValue.Of(reached.Build());
    }

    /// <summary>
    /// Every path from a first node to where it ends: at a node that leads nowhere, where the next one is not in the graph, or
    /// where it would meet itself.
    /// </summary>
    private static RegoValue ReachablePaths(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var graph = operands[0].AsObject!;
        var paths = new RegoSetBuilder();
        var open = new Stack<RegoValue[]>();
        foreach (ref readonly var node in AggregateBuiltins.Items(operands[1]))
        {
            if (graph.IndexOf(node) >= 0) open.Push([node]);
        }

        while (open.TryPop(out var path))
        {
            context.Budget.Charge(path.Length);
            var next = graph.Find(path[^1]);
            var ended = true;
            if (next.IsDefined)
            {
                foreach (ref readonly var neighbour in Edges(next))
                {
                    if (graph.IndexOf(neighbour) < 0 || path.Contains(neighbour)) paths.Add(RegoValue.ArrayOf(path));
                    else open.Push([.. path, neighbour]);
                    context.Budget.Charge(1 + (path.Length >> 3));
                    ended = false;
                }
            }

            if (ended) paths.Add(RegoValue.ArrayOf(path));
        }

        return RegoValue.Of(paths.Build());
    }
}
