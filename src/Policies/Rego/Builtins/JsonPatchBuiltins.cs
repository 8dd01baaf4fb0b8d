using System.Globalization;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// <c>json.patch</c> (RFC 6902). Besides objects and arrays it knows sets, in which a member is its own key. A patch that does
/// not fit makes the call undefined.
/// </summary>
internal static class JsonPatchBuiltins
{
    public static void AddTo(BuiltinTable table) => table.Add(
        "json.patch",
        [RegoType.Any, RegoType.ArrayOf(RegoType.ObjectWith(
            [("op", RegoType.String), ("path", RegoType.Any)], RegoType.Any, RegoType.Any))],
        RegoType.Any, Patch, guarded: [RegoType.Any, RegoType.ArrayOf(RegoType.Object)]);

    private static RegoValue Patch(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var document = operands[0];
        foreach (ref readonly var item in operands[1].AsArray!.Items)
        {
            context.Budget.Charge(16);
            if (!TryApply(ref document, item.AsObject!, out var problem)) return context.Fail(problem);
        }

        return document;
    }

    private static bool TryApply(ref RegoValue document, RegoObject operation, out string problem)
    {
        problem = "";
        var name = operation["op"].AsString?.Text;
        if (name is null) return Refuse("missing 'op' attribute", out problem);
        if (PathOf(operation, "path") is not { } path) return Refuse("missing or invalid 'path' attribute", out problem);
        var value = operation["value"];
        switch (name)
        {
            case "add" or "replace" or "test" when !value.IsDefined:
                return Refuse("missing 'value' attribute", out problem);
            case "test":
                return Find(document, path).Equals(value) || Refuse("the test does not hold", out problem);
            case "remove":
                return TryRemove(ref document, path) || Refuse("there is nothing at the path to remove", out problem);
            case "replace":
                return TryReplace(ref document, path, value) || Refuse("there is nothing at the path to replace", out problem);
            case "add":
                return TryAdd(ref document, path, value) || Refuse("nothing can be added at the path", out problem);
            case "move" or "copy":
                if (PathOf(operation, "from") is not { } from) return Refuse("missing or invalid 'from' attribute", out problem);
                var moved = Find(document, from);
                if (!moved.IsDefined) return Refuse("there is nothing at the path 'from'", out problem);
                if (name == "move" && !TryRemove(ref document, from))
                    return Refuse("the value cannot be taken away", out problem);
                return TryAdd(ref document, path, moved) || Refuse("nothing can be added at the path", out problem);
            default:
                return Refuse($"unrecognized op '{name}'", out problem);
        }
    }

    private static bool Refuse(string why, out string problem)
    {
        problem = why;
        return false;
    }

    private static RegoValue[]? PathOf(RegoObject operation, string name)
    {
        var path = operation[name];
        return path.AsString is not null || path.AsArray is not null ? JsonPathBuiltins.Steps(path) : null;
    }

    private static RegoValue Find(RegoValue at, ReadOnlySpan<RegoValue> path)
    {
        foreach (ref readonly var step in path)
        {
            at = at.AsArray is { } array
                ? IndexOf(step, array.Count) is { } index && index < array.Count ? array[index] : default
                : CompilerBuiltins.Lookup(at, step);
            if (!at.IsDefined) return default;
        }

        return at;
    }

    /// <summary>
    /// The position that a step names, at most the length (which is where <c>-</c> points); null when it names none.
    /// </summary>
    private static int? IndexOf(RegoValue step, int length)
    {
        if (step.TryInteger(out var number)) return number >= 0 && number <= length ? (int)number : null;
        if (step.AsString?.Text is not { } text) return null;
        if (text == "-") return length;
        if (text.Length is 0 or > 9 || (text.Length > 1 && text[0] == '0') || !text.All(char.IsAsciiDigit)) return null;
        var index = int.Parse(text, CultureInfo.InvariantCulture);
        return index <= length ? index : null;
    }

    private static bool TryAdd(ref RegoValue document, ReadOnlySpan<RegoValue> path, RegoValue value)
    {
        if (path.Length > 0) return TryEdit(ref document, path, value, Edit.Add);
        document = value;
        return true;
    }

    private static bool TryReplace(ref RegoValue document, ReadOnlySpan<RegoValue> path, RegoValue value)
    {
        if (path.Length > 0) return TryEdit(ref document, path, value, Edit.Replace);
        document = value;
        return true;
    }

    private static bool TryRemove(ref RegoValue document, ReadOnlySpan<RegoValue> path) =>
        path.Length > 0 && TryEdit(ref document, path, default, Edit.Remove);

    /// <summary>Makes a new document in which the place that a path names is edited; the depth is that of the path.</summary>
    private static bool TryEdit(ref RegoValue document, ReadOnlySpan<RegoValue> path, RegoValue value, Edit edit)
    {
        var parents = new RegoValue[path.Length];
        for (var i = 0; i < path.Length; i++)
        {
            parents[i] = i == 0 ? document : Find(parents[i - 1], path.Slice(i - 1, 1));
            if (!parents[i].IsCollection) return false;
        }

        var last = path.Length - 1;
        var changed = EditIn(parents[last], path[last], value, edit);
        for (var i = last - 1; i >= 0 && changed.IsDefined; i--)
            changed = Put(parents[i], path[i], Find(parents[i], path.Slice(i, 1)), changed);
        if (!changed.IsDefined) return false;
        document = changed;
        return true;
    }

    private static RegoValue EditIn(RegoValue parent, RegoValue step, RegoValue value, Edit edit)
    {
        if (parent.AsArray is { } array)
        {
            if (IndexOf(step, array.Count) is not { } index || (edit != Edit.Add && index == array.Count)) return default;
            var items = array.Items.ToArray().ToList();
            if (edit != Edit.Add) items.RemoveAt(index);
            if (edit != Edit.Remove) items.Insert(index, value);
            return RegoValue.ArrayOf([.. items]);
        }

        var present = CompilerBuiltins.Lookup(parent, step).IsDefined;
        if (edit != Edit.Add && !present) return default;
        if (parent.AsSet is { } set)
        {
            var members = set.Items.ToArray().Where(item => edit == Edit.Add || !item.Equals(step));
            if (edit == Edit.Add && !step.Equals(value)) return default;
            return RegoValue.Of(RegoSet.Of([.. edit == Edit.Remove ? members : members.Append(value)]));
        }

        if (edit != Edit.Remove) return RegoValue.Of(parent.AsObject!.With(step, value));
        var kept = new RegoObjectBuilder();
        var entries = parent.AsObject!;
        for (var i = 0; i < entries.Count; i++)
        {
            if (!entries.Keys[i].Equals(step)) kept.Set(entries.Keys[i], entries.Values[i]);
        }

        return RegoValue.Of(kept.Build());
    }

    /// <summary>A parent in which one child has become another.</summary>
    private static RegoValue Put(RegoValue parent, RegoValue step, RegoValue old, RegoValue changed)
    {
        if (parent.AsSet is not { } set) return EditIn(parent, step, changed, Edit.Replace);
        return RegoValue.Of(RegoSet.Of([.. set.Items.ToArray().Where(item => !item.Equals(old)), changed]));
    }

    private enum Edit
    {
        Add,
        Replace,
        Remove,
    }
}
