using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Builtins;

/// <summary>Cases that are made from the declarations of the built-in functions: each with too few and too many operands, and with
/// operands of every wrong kind.</summary>
public sealed class DeclarationTests
{
    private static readonly RegoValue[] OneOfEachKind =
    [
        RegoValue.Null, RegoValue.True, RegoValue.Of(7L), RegoValue.Of("text"), RegoValue.ArrayOf(RegoValue.Of(1L)),
        RegoValue.Of(RegoObject.Empty.With(RegoValue.Of("key"), RegoValue.Of(1L))), RegoValue.Of(RegoSet.Of([RegoValue.Of(1L)])),
    ];

    /// <summary>Functions that answer for operands which they do not declare, as in OPA.</summary>
    private static readonly HashSet<string> AnswersAnything = new(StringComparer.Ordinal)
    {
        "base64.is_valid", "json.is_valid", "json.verify_schema", "net.cidr_is_valid", "regex.is_valid", "yaml.is_valid",
    };

    /// <summary>Every function that takes a fixed number of operands and that a policy can name.</summary>
    public static TheoryData<string> Callable => [.. BuiltinTable.Standard.All.Values
        .Where(b => !b.Is(BuiltinTraits.Internal | BuiltinTraits.Variadic) && !b.Name.StartsWith("internal.", StringComparison.Ordinal)
            && !b.Name.StartsWith("rego.metadata.", StringComparison.Ordinal) && b.Name != "assign")
        .Select(b => b.Name).Order(StringComparer.Ordinal)];

    /// <summary>Those of them that take something more particular than anything.</summary>
    public static TheoryData<string> Particular => [.. BuiltinTable.Standard.All.Values
        .Where(b => b.Type.Operands.Any(operand => operand is not RegoType.AnyType)).Select(b => b.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Callable))]
    public void A_wrong_number_of_operands_is_a_compile_error(string name)
    {
        var builtin = BuiltinTable.Standard.Find(name)!;

        // One more than declared is the place of the result.
        foreach (var count in new[] { builtin.Arity - 1, builtin.Arity + 2 }.Where(count => count >= 0))
        {
            var errors = CompileErrors(builtin, count);
            Assert.Contains(errors, e => e.Code == RegoErrorCodes.Type && e.Message.Contains("arity", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Callable))]
    public void The_declared_number_of_operands_compiles(string name)
    {
        var builtin = BuiltinTable.Standard.Find(name)!;
        Assert.Empty(CompileErrors(builtin, builtin.Arity));
    }

    [Theory]
    [MemberData(nameof(Particular))]
    public void An_operand_of_the_wrong_kind_makes_the_call_undefined_and_says_why(string name)
    {
        var builtin = BuiltinTable.Standard.Find(name)!;
        var fitting = builtin.Type.Operands.Select(Sample).ToArray();
        for (var i = 0; i < fitting.Length; i++)
        {
            foreach (var wrong in OneOfEachKind.Where(value => !IsOfKind(builtin.Type.Operands[i], value.Kind)))
            {
                var operands = (RegoValue[])fitting.Clone();
                operands[i] = wrong;
                var context = new BuiltinContext(
                    new EvaluationBudget(RegoLimits.Default, TestContext.Current.CancellationToken), DateTimeOffset.UnixEpoch, seed: 1);
                var given = builtin.Call(context, operands);
                if (AnswersAnything.Contains(name)) continue;
                Assert.False(given.IsDefined, $"{name} gave {given} for {wrong} as operand {i + 1}");
                Assert.Contains(
                    context.FirstError?.Code, new[] { RegoErrorCodes.OperandType, RegoErrorCodes.Builtin });
                if (context.FirstError!.Code == RegoErrorCodes.OperandType)
                    Assert.StartsWith($"{name}: operand {i + 1} ", context.FirstError.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void In_strict_mode_a_wrong_kind_from_the_input_is_the_outcome()
    {
        var (engine, _) = RegoEngine.Compile(
            [new RegoModuleSource("kind.rego", "package kind\np := startswith(input.text, \"a\")\n")], default,
            RegoOptions.Default with { StrictBuiltinErrors = true });
        var input = RegoJson.Parse("""{"text": 1}""");
        var (_, error) = engine!.Prepare("x = data.kind.p").Query!.Evaluate(input, TestContext.Current.CancellationToken);
        Assert.Equal("kind.rego:2: eval_type_error: startswith: operand 1 must be string but got number", error?.ToString());
    }

    private static IReadOnlyList<RegoError> CompileErrors(Builtin builtin, int operands)
    {
        var list = string.Join(", ", Enumerable.Range(0, operands).Select(i => $"input.operand{i}"));
        var call = $"{builtin.Name}({list})";
        var (_, errors) = RegoEngine.Compile(
            [new RegoModuleSource("call.rego", $"package calls\np {{ {call} }}\n", RegoVersion.V0)], default, RegoOptions.Default);
        return errors;
    }

    private static bool IsOfKind(RegoType type, RegoKind kind) => type switch
    {
        RegoType.Scalar scalar => scalar.Kind == kind,
        RegoType.ArrayType => kind == RegoKind.Array,
        RegoType.ObjectType => kind == RegoKind.Object,
        RegoType.SetType => kind == RegoKind.Set,
        RegoType.Union union => union.Cases.Any(one => IsOfKind(one, kind)),
        _ => true,
    };

    /// <summary>Some value of a type.</summary>
    private static RegoValue Sample(RegoType type) => type switch
    {
        RegoType.Scalar { Kind: RegoKind.Null } => RegoValue.Null,
        RegoType.Scalar { Kind: RegoKind.Boolean } => RegoValue.True,
        RegoType.Scalar { Kind: RegoKind.Number } => RegoValue.Of(2L),
        RegoType.Scalar => RegoValue.Of("{}"),
        RegoType.ArrayType array => RegoValue.ArrayOf([.. array.Fixed.Select(Sample)]),
        RegoType.SetType => RegoValue.Of(RegoSet.Of([])),
        RegoType.ObjectType => RegoValue.Of(RegoObject.Empty),
        RegoType.Union union => Sample(union.Cases[0]),
        _ => RegoValue.Of("{}"),
    };
}
