namespace GitOpsGate.Policies.OpaServer;

/// <summary>What came of connecting to an OPA server. Closed: an engine, or why there is none.</summary>
public abstract record OpaConnection
{
    private OpaConnection()
    {
    }

    private protected abstract void Close();

    /// <summary>The server has the policies and answers.</summary>
    public sealed record Ready(OpaServerEngine Engine) : OpaConnection
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The server cannot be used.</summary>
    /// <param name="Code"><c>engine_unreachable</c> when it does not answer, so that trying again may help; <c>engine_refused</c> when it
    /// answered and will not do.</param>
    /// <param name="Message">Why, lower case.</param>
    public sealed record Failed(string Code, string Message) : OpaConnection
    {
        private protected override void Close()
        {
        }
    }
}
