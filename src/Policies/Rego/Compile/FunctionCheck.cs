using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Compile;

/// <summary>Every call names a function that exists, with as many operands as it takes.</summary>
internal static class FunctionCheck
{
    public static void Run(Compilation compilation) => compilation.ForEachRule(rule =>
    {
        for (var one = rule; one is not null; one = one.Else) Check(compilation, one.Body, one.Module.IsStrictV1 || compilation.IsStrict);
    });

    public static void Check(Compilation compilation, IReadOnlyList<Literal> body, bool isStrictV1) =>
        TermVars.Visit(body, term =>
        {
            if (term is Term.Call call) Check(compilation, call, isStrictV1);
        });

    /// <summary>A call inside a term has as many operands as the function takes; once its result is an operand too, one that is
    /// missing could not be told from it.</summary>
    public static void CheckInner(Compilation compilation, Term.Call call)
    {
        if (compilation.Context.Arity(call) is not { } arity || call.Operands.Length != arity - 1) return;
        compilation.Wrong(
            RegoErrorCodes.Type,
            compilation.Context.Function(call.Function) is null ? $"{call.Name}: arity mismatch" : WrongArity(call, arity),
            call.Place);
    }

    private static string WrongArity(Term.Call call, int arity) =>
        $"function {call.Name} has arity {arity}, got {call.Operands.Length} argument{(call.Operands.Length == 1 ? "" : "s")}";

    private static void Check(Compilation compilation, Term.Call call, bool isStrictV1)
    {
        if (compilation.Context.Function(call.Function) is { } node)
        {
            var arity = node.Rules[0].Parameters!.Length;
            if (call.Operands.Length == arity || call.Operands.Length == arity + 1) return;
            compilation.Wrong(RegoErrorCodes.Type, WrongArity(call, arity), call.Place);
            return;
        }

        var builtin = call.Function.HeadName == "data" ? null : compilation.Builtins.Find(call.Name);
        if (builtin is null)
        {
            compilation.Wrong(RegoErrorCodes.Type, $"undefined function {call.Name}", call.Place);
        }
        else if (!builtin.Is(BuiltinTraits.Variadic) && call.Operands.Length != builtin.Arity
            && call.Operands.Length != builtin.Arity + 1)
        {
            compilation.Wrong(RegoErrorCodes.Type, $"{call.Name}: arity mismatch", call.Place);
        }
        else if (builtin.Is(BuiltinTraits.Deprecated) && isStrictV1)
        {
            compilation.Wrong(
                RegoErrorCodes.Type, $"deprecated built-in function calls in expression: {call.Name}", call.Place);
        }
    }
}
