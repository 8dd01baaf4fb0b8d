namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>A text is not a regular expression of RE2's syntax. The message is Go's.</summary>
internal sealed class PatternException(string code, string fragment) : Exception($"error parsing regexp: {code}: `{fragment}`");
