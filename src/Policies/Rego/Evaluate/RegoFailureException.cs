using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>An error that ends the whole evaluation at once: two values for one document, for instance.</summary>
public sealed class RegoFailureException : Exception
{
    /// <summary>A failure with its error.</summary>
    public RegoFailureException(RegoError error)
        : base(error.Message)
    {
        Error = error;
    }

    /// <summary>What went wrong, and where.</summary>
    public RegoError Error { get; }

    internal static RegoFailureException Conflict(string message, PolicyPlace? place) =>
        new(new RegoError(RegoErrorCodes.Conflict, message, place));
}
