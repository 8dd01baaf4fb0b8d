using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// The body of a built-in function. The operands have the declared kinds already: count, kinds, and the kinds of items where the
/// declaration names them. A body gives a value, or undefined, or the answer of <see cref="BuiltinContext.Fail"/>.
/// </summary>
internal delegate RegoValue BuiltinBody(BuiltinContext context, ReadOnlySpan<RegoValue> operands);

/// <summary>What is unusual about a built-in function.</summary>
[Flags]
internal enum BuiltinTraits
{
    /// <summary>Nothing: a value for every list of operands, the same each time.</summary>
    None = 0,

    /// <summary>It gives many results, one after the other (<c>walk</c>).</summary>
    Relation = 1,

    /// <summary>It gives nothing and is used for what it does (<c>print</c>).</summary>
    Void = 2,

    /// <summary>Its result depends on the world; it is asked once per evaluation for each list of operands, and
    /// recorded.</summary>
    Nondeterministic = 4,

    /// <summary>Modules in v1 may not call it.</summary>
    Deprecated = 8,

    /// <summary>Policies cannot name it; the compiler writes the calls.</summary>
    Internal = 16,

    /// <summary>It takes any number of operands of any type.</summary>
    Variadic = 32,
}

/// <summary>One built-in function: its name, what it takes and gives, and its body.</summary>
internal sealed class Builtin
{
    private const int LongText = 1024;

    private readonly OperandGuard[] _guards;

    /// <summary>A function.</summary>
    /// <param name="name">The name that policies write.</param>
    /// <param name="type">What it takes and gives, as the type checker and <c>capabilities.json</c> see it.</param>
    /// <param name="body">The function.</param>
    /// <param name="traits">What is unusual about it.</param>
    /// <param name="guarded">What is checked of each operand before a call; null for the declared types. OPA's functions check
    /// less than they declare here and there, and their own words for what is wrong differ then.</param>
    public Builtin(
        string name, RegoType.Function type, BuiltinBody body, BuiltinTraits traits, IReadOnlyList<RegoType>? guarded = null)
    {
        Name = name;
        Type = type;
        Body = body;
        Traits = traits;
        _guards = [.. (guarded ?? type.Operands).Select(OperandGuard.For)];
    }

    public string Name { get; }

    public RegoType.Function Type { get; }

    public BuiltinBody Body { get; }

    public BuiltinTraits Traits { get; }

    public int Arity => Type.Operands.Count;

    /// <summary>Whether its result depends on the world, so that it must come through <see cref="BuiltinContext"/> and be
    /// recorded.</summary>
    public bool IsNondeterministic => Is(BuiltinTraits.Nondeterministic);

    public bool Is(BuiltinTraits trait) => (Traits & trait) != 0;

    /// <summary>Checks the operands and calls the body; undefined when it failed, and then the context knows why.</summary>
    public RegoValue Call(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.Enter(this);
        for (var i = 0; i < _guards.Length && i < operands.Length; i++)
        {
            // Long texts are read at least once, whatever the function does with them.
            if (operands[i].Node is RegoString { Text.Length: >= LongText } text) context.Budget.Charge(text.Text.Length / LongText);
            if (_guards[i].Accepts(operands[i])) continue;
            return context.FailOperand(i + 1, _guards[i].Explain(operands[i]));
        }

        return Is(BuiltinTraits.Nondeterministic) ? context.AskWorld(this, operands) : Body(context, operands);
    }
}
