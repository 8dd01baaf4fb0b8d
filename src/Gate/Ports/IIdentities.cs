namespace GitOpsGate.Ports;

/// <summary>
/// Opaque names for people, as the audit log uses them. A reference is random and stored beside the account that it stands for; it is
/// derived from nothing, so that after the pair is erased the log names nobody. Safe to call concurrently.
/// </summary>
public interface IIdentities
{
    /// <summary>The reference of an account, made and stored durably at the first call: <c>a_</c> and 26 characters (a ULID).</summary>
    /// <param name="forge">The forge's word, for instance <c>github</c>.</param>
    /// <param name="personId">The forge's stable id of the account.</param>
    Task<string> ReferenceOfAsync(string forge, string personId, CancellationToken cancellation);
}
