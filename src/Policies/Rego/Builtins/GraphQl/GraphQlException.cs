namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>A GraphQL document that cannot be read or does not hold; the message says why and, of texts, where.</summary>
internal sealed class GraphQlException(string message) : Exception(message);
