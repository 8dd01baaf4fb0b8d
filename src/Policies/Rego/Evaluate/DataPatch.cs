using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// The base documents that <c>with</c> replaces in a scope. OPA tells two ways of reading apart: a path that leads to what is replaced, or
/// below it, sees the replacement alone; a document that is read as a whole and holds a replacement further down has its objects joined with
/// those of the base document, so that keys which the replacement does not name stay. (OPA, <c>topdown</c>: base documents are read from
/// storage and merged with the patched ones.) Immutable.
/// </summary>
/// <param name="Original">The base documents without replacements.</param>
/// <param name="Over">The replacements alone, each at its path.</param>
/// <param name="Targets">The paths.</param>
internal sealed record DataPatch(RegoValue Original, RegoValue Over, RegoValue[][] Targets)
{
    /// <summary>This patch with one more replacement, which counts before those that were there.</summary>
    public DataPatch With(RegoValue[] path, RegoValue value) => new(Original, Overlay.Put(Over, path, value), [.. Targets, path]);

    /// <summary>What a path leads to when the replacements let it see anything else than <paramref name="data"/> at the path; undefined
    /// otherwise.</summary>
    /// <param name="data">The base documents with the replacements in them.</param>
    public RegoValue Read(BuiltinContext context, RegoValue data, RegoValue[] path, BaseReading reading) => reading switch
    {
        BaseReading.Whole => Joined(context, path),
        BaseReading.Items => Items(context, data, path),
        _ => default,
    };

    /// <summary>The document at a path, each of whose items is read as a whole.</summary>
    private RegoValue Items(BuiltinContext context, RegoValue data, RegoValue[] path)
    {
        var found = RegoValue.Undefined;
        foreach (var target in Targets)
        {
            if (target.Length < path.Length + 2 || !target.AsSpan().StartsWith(path)) continue;
            if (!found.IsDefined) found = Overlay.Find(data, path);
            var item = Joined(context, target[..(path.Length + 1)]);
            if (item.IsDefined && found.AsObject is { } entries) found = RegoValue.Of(entries.With(target[path.Length], item));
        }

        return found;
    }

    /// <summary>The document at a path when a replacement lies further down; undefined when there is none, or when the path itself, or one
    /// above it, is replaced.</summary>
    public RegoValue Joined(BuiltinContext context, RegoValue[] path)
    {
        if (Array.Exists(Targets, target => target.Length <= path.Length && path.AsSpan().StartsWith(target))) return default;
        var over = Overlay.Find(Over, path);
        if (!over.IsDefined) return default;
        var original = Overlay.Find(Original, path);
        return original.IsDefined ? ObjectBuiltins.Merge(context, original, over) : over;
    }
}

/// <summary>How a path of known keys into the base documents goes on.</summary>
internal enum BaseReading
{
    /// <summary>Its items are gone through, and then what is in them.</summary>
    Steps,

    /// <summary>Its items are gone through, and each is read as a whole.</summary>
    Items,

    /// <summary>It ends here: what it leads to is read as a whole.</summary>
    Whole,
}
