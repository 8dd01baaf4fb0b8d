namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Which edition of the language a module is written in.</summary>
public enum RegoVersion
{
    /// <summary><c>if</c>, <c>contains</c>, <c>in</c> and <c>every</c> are keywords, and required.</summary>
    V1,

    /// <summary>The language before OPA 1.0.</summary>
    V0,
}

/// <summary>A parsed module.</summary>
internal sealed class Module
{
    public required string File { get; init; }

    public required RegoVersion Version { get; init; }

    /// <summary>Whether v1's checks apply: v1, or v0 with <c>import rego.v1</c>.</summary>
    public required bool IsStrictV1 { get; init; }

    /// <summary>Whether <c>import future.keywords.not</c> is there.</summary>
    public required bool HasImprovedNot { get; init; }

    /// <summary>The names of the package below <c>data</c>.</summary>
    public required string[] Package { get; init; }

    public required PolicyPlace PackagePlace { get; init; }

    public required IReadOnlyList<Import> Imports { get; init; }

    public required IReadOnlyList<Rule> Rules { get; init; }

    public required IReadOnlyList<SourceComment> Comments { get; init; }

    /// <summary>The package as it was written: a variable, or a path that begins with one.</summary>
    public required Term PackageWritten { get; init; }

    /// <summary>Where in the source everything stands; null when nobody asked for it.</summary>
    public SourceSpans? Spans { get; init; }
}

/// <summary>An import of a path, perhaps under another name.</summary>
internal sealed record Import(PolicyPlace Place, Term.Ref Path, string? Alias)
{
    /// <summary>The import as it is written.</summary>
    public string Text => $"import {Path}{(Alias is null ? "" : $" as {Alias}")}";
}

/// <summary>A rule as it was parsed.</summary>
internal sealed class Rule
{
    public required PolicyPlace Place { get; init; }

    public required RuleHead Head { get; init; }

    public required Body Body { get; init; }

    public required bool IsDefault { get; init; }

    /// <summary>Whether the rule was written without a body.</summary>
    public required bool BodyIsGenerated { get; init; }

    public bool HasIf { get; init; }

    public Rule? Else { get; init; }
}

/// <summary>The head of a rule.</summary>
internal sealed class RuleHead
{
    public required PolicyPlace Place { get; init; }

    /// <summary>The path, relative to the package; the first part is a variable that is the name.</summary>
    public required Term.Ref Path { get; init; }

    /// <summary>The parameters of a function, or null.</summary>
    public Term[]? Parameters { get; init; }

    /// <summary>What a rule of many values contains, or null.</summary>
    public Term? Member { get; init; }

    /// <summary>The value, or null for rules of many values.</summary>
    public Term? Value { get; init; }

    public bool ValueIsGenerated { get; init; }

    public bool HasContains { get; init; }

    /// <summary>Whether := was written.</summary>
    public bool IsAssigned { get; init; }
}
