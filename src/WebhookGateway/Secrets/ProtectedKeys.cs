using System.Security.Cryptography;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.DataProtection;

namespace GitOpsGate.WebhookGateway.Secrets;

/// <summary>
/// Wraps the keys of people's sealed sections with ASP.NET Core's data protection, each for its own id. What unwraps them lies in the data folder:
/// a copy of the database and of its keys opens nothing without it.
/// </summary>
internal sealed class ProtectedKeys(IDataProtectionProvider protection) : IKeyWrap
{
    private const string Purpose = "GitOpsGate.SubjectKeys";

    public byte[] Wrap(string keyId, byte[] key) => For(keyId).Protect(key);

    public byte[]? Unwrap(string keyId, byte[] wrapped)
    {
        try
        {
            return For(keyId).Unprotect(wrapped);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector For(string keyId) => protection.CreateProtector(Purpose, keyId);
}
