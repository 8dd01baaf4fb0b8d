namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>The kinds of values, with the numbers that stand in the objects that policies see.</summary>
internal enum ValueKind
{
    Variable = 0,
    Int = 1,
    Float = 2,
    String = 3,
    Block = 4,
    Boolean = 5,
    Null = 6,
    Enum = 7,
    List = 8,
    Object = 9,
}
