using System.Collections.Frozen;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// The built-in functions that policies may call, by name. A family of functions is one file with one method that adds its lines;
/// the list of families below is the whole table.
/// </summary>
internal sealed class BuiltinTable
{
    private static readonly Action<BuiltinTable>[] Families =
    [
        ComparisonBuiltins.AddTo,
        NumberBuiltins.AddTo,
        AggregateBuiltins.AddTo,
        ArrayBuiltins.AddTo,
        SetBuiltins.AddTo,
        ObjectBuiltins.AddTo,
        TypeBuiltins.AddTo,
        CompilerBuiltins.AddTo,
        TemplateBuiltins.AddTo,
        RegoModuleBuiltins.AddTo,
        YamlBuiltins.AddTo,
        StringBuiltins.AddTo,
        TextPositionBuiltins.AddTo,
        RegexBuiltins.AddTo,
        GlobBuiltins.AddTo,
        SemverBuiltins.AddTo,
        EncodingBuiltins.AddTo,
        JsonBuiltins.AddTo,
        JsonSchemaBuiltins.AddTo,
        CryptoBuiltins.AddTo,
        X509Builtins.AddTo,
        UnitBuiltins.AddTo,
        NetBuiltins.AddTo,
        JsonPathBuiltins.AddTo,
        JsonPatchBuiltins.AddTo,
        GraphBuiltins.AddTo,
        ChanceBuiltins.AddTo,
        TimeBuiltins.AddTo,
        JwtBuiltins.AddTo,
        UriBuiltins.AddTo,
        GraphQlBuiltins.AddTo,
        AwsBuiltins.AddTo,
        WorldBuiltins.AddTo,
    ];

    private readonly Dictionary<string, Builtin> _open = new(StringComparer.Ordinal);
    private FrozenDictionary<string, Builtin>? _closed;

    /// <summary>All functions that the engine knows.</summary>
    public static BuiltinTable Standard { get; } = Make();

    /// <summary>Every function, by name.</summary>
    public IReadOnlyDictionary<string, Builtin> All => _closed ?? (IReadOnlyDictionary<string, Builtin>)_open;

    /// <summary>Declares a function. A name is declared once.</summary>
    /// <param name="name">The name that policies write, such as <c>array.concat</c>.</param>
    /// <param name="operands">The types of its operands, as the type checker sees them. Kinds, and the kinds of items, are checked
    /// before each call.</param>
    /// <param name="result">The type of its result; null for functions that give nothing.</param>
    /// <param name="body">The function.</param>
    /// <param name="traits">What is unusual about it.</param>
    /// <param name="guarded">What is checked before each call where that is not what is declared.</param>
    public void Add(
        string name, RegoType[] operands, RegoType? result, BuiltinBody body, BuiltinTraits traits = BuiltinTraits.None,
        RegoType[]? guarded = null)
    {
        var type = new RegoType.Function(operands, result, traits.HasFlag(BuiltinTraits.Variadic));
        _open.Add(name, new Builtin(name, type, body, traits, guarded));
    }

    /// <summary>The function of a name, or null.</summary>
    public Builtin? Find(string name) => All.TryGetValue(name, out var known) ? known : null;

    /// <summary>A table of the standard functions and some more.</summary>
    public static BuiltinTable StandardAnd(Action<BuiltinTable> more)
    {
        var table = new BuiltinTable();
        foreach (var family in Families) family(table);
        more(table);
        table._closed = table._open.ToFrozenDictionary(StringComparer.Ordinal);
        return table;
    }

    private static BuiltinTable Make() => StandardAnd(static _ => { });
}
