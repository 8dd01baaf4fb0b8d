namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Functions that are written between their operands.</summary>
internal static class Operators
{
    /// <summary>The mark of a function, or null when it has none.</summary>
    public static string? Of(string function) => function switch
    {
        "assign" => ":=",
        "eq" => "=",
        "equal" => "==",
        "neq" => "!=",
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        "or" => "|",
        "and" => "&",
        "plus" => "+",
        "minus" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        _ => null,
    };

    /// <summary>How tightly a function's mark binds; -1 when it has none.</summary>
    public static int LevelOf(string function) => function switch
    {
        "assign" or "eq" => 0,
        "internal.member_2" or "internal.member_3" => 1,
        "equal" or "neq" or "lt" or "lte" or "gt" or "gte" => 2,
        "or" => 3,
        "and" => 4,
        "plus" or "minus" => 5,
        "mul" or "div" or "rem" => 6,
        _ => -1,
    };
}
