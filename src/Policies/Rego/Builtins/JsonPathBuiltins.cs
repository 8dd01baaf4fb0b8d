using System.Globalization;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Functions that keep or take away parts of a document, named by paths: <c>a/b/0</c> or <c>["a", "b", 0]</c>.</summary>
internal static class JsonPathBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        var path = RegoType.OneOf(RegoType.String, RegoType.Array);
        var paths = RegoType.OneOf(RegoType.ArrayOf(path), RegoType.SetOf(path));
        table.Add("json.filter", [RegoType.Object, paths], RegoType.Object, static (c, v) => Filter(c, v[0], Tree(c, v[1])));
        table.Add("json.remove", [RegoType.Object, paths], RegoType.Object, RemovePaths,
            guarded: [RegoType.Object, RegoType.Any]);
    }

    /// <summary>The steps of one path. In text, <c>~1</c> is a slash and <c>~0</c> a tilde (RFC 6901).</summary>
    internal static RegoValue[] Steps(RegoValue path)
    {
        if (path.AsArray is { } listed) return listed.Items.ToArray();
        if (path.Text.Length == 0) return [];
        return [.. path.Text.TrimStart('/').Split('/').Select(step => RegoValue.Of(
            step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))];
    }

    // The words for a wrong second operand are its own, so nothing is checked before the call.
    private static RegoValue RemovePaths(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var paths = operands[1];
        if (paths.Kind is not (RegoKind.Array or RegoKind.Set))
            return context.FailOperand(2, $"must be one of {{set, array}} but got {RegoKindNames.NameOf(paths.Kind)}");
        foreach (ref readonly var path in AggregateBuiltins.Items(paths))
        {
            if (path.Kind is RegoKind.String or RegoKind.Array) continue;
            return context.FailOperand(
                2, $"must be one of {{set, array}} containing string paths or array of path segments but got {RegoKindNames.NameOf(path.Kind)}");
        }

        return Remove(context, operands[0], Tree(context, paths));
    }

    /// <summary>All paths as one tree; a path that ends on the way of another stands for everything below.</summary>
    private static PathTree Tree(BuiltinContext context, RegoValue paths)
    {
        var root = new PathTree();
        foreach (ref readonly var path in AggregateBuiltins.Items(paths))
        {
            var steps = Steps(path);
            context.Budget.Charge(steps.Length);
            var at = root;
            for (var i = 0; i < steps.Length && !at.IsEnd; i++) at = at.Step(steps[i]);
            if (steps.Length > 0) at.End();
        }

        return root;
    }

    private static RegoValue Filter(BuiltinContext context, RegoValue value, PathTree tree)
    {
        if (tree.IsEnd || !value.IsCollection) return value;
        StackRoom.Ensure();
        context.Budget.Charge(1);
        switch (value.Kind)
        {
            case RegoKind.Object:
                var entries = value.AsObject!;
                var kept = new RegoObjectBuilder();
                for (var i = 0; i < entries.Count; i++)
                {
                    if (tree.Find(entries.Keys[i]) is { } below)
                        kept.Set(entries.Keys[i], Filter(context, entries.Values[i], below));
                }

                return RegoValue.Of(kept.Build());
            case RegoKind.Set:
                var members = new RegoSetBuilder();
                foreach (ref readonly var item in value.AsSet!.Items)
                {
                    if (tree.Find(item) is { } below) members.Add(Filter(context, item, below));
                }

                return RegoValue.Of(members.Build());
            default:
                var items = new List<RegoValue>();
                for (var i = 0; i < value.AsArray!.Count; i++)
                {
                    if (tree.Find(Index(i)) is { } below) items.Add(Filter(context, value.AsArray[i], below));
                }

                return RegoValue.ArrayOf([.. items]);
        }
    }

    private static RegoValue Remove(BuiltinContext context, RegoValue value, PathTree tree)
    {
        if (!value.IsCollection) return value;
        StackRoom.Ensure();
        context.Budget.Charge(1);
        switch (value.Kind)
        {
            case RegoKind.Object:
                var entries = value.AsObject!;
                var kept = new RegoObjectBuilder();
                for (var i = 0; i < entries.Count; i++)
                {
                    if (Rest(context, entries.Values[i], tree.Find(entries.Keys[i])) is { IsDefined: true } rest)
                        kept.Set(entries.Keys[i], rest);
                }

                return RegoValue.Of(kept.Build());
            case RegoKind.Set:
                var members = new RegoSetBuilder();
                foreach (ref readonly var item in value.AsSet!.Items)
                {
                    if (Rest(context, item, tree.Find(item)) is { IsDefined: true } rest) members.Add(rest);
                }

                return RegoValue.Of(members.Build());
            default:
                var items = new List<RegoValue>();
                for (var i = 0; i < value.AsArray!.Count; i++)
                {
                    if (Rest(context, value.AsArray[i], tree.Find(Index(i))) is { IsDefined: true } rest) items.Add(rest);
                }

                return RegoValue.ArrayOf([.. items]);
        }
    }

    private static RegoValue Rest(BuiltinContext context, RegoValue value, PathTree? tree) =>
        tree is null ? value : tree.IsEnd ? default : Remove(context, value, tree);

    // Steps into arrays are text, even where a path is a list.
    private static RegoValue Index(int index) => RegoValue.Of(index.ToString(CultureInfo.InvariantCulture));

    private sealed class PathTree
    {
        private readonly Dictionary<RegoValue, PathTree> _below = [];

        public bool IsEnd { get; private set; }

        public PathTree Step(RegoValue key)
        {
            if (!_below.TryGetValue(key, out var next)) _below[key] = next = new PathTree();
            return next;
        }

        public void End() => IsEnd = true;

        public PathTree? Find(RegoValue key) => _below.GetValueOrDefault(key);
    }
}
