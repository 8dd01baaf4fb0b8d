using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Cli;

/// <summary>Errors of policies as JSON, in the form of OPA's own tools.</summary>
internal static class RegoErrors
{
    public static object Describe(RegoError error) => error.Place is { } place
        ? new { code = error.Code, message = error.Message, location = new { file = place.File, row = place.Row, col = place.Column } }
        : new { code = error.Code, message = error.Message };
}
