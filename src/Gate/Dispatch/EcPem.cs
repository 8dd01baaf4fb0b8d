using System.Security.Cryptography;

namespace GitOpsGate.Dispatch;

/// <summary>Reads keys on elliptic curves that somebody gave.</summary>
public static class EcPem
{
    /// <summary>Takes a key from its PEM block.</summary>
    /// <exception cref="ArgumentException">There is no such block.</exception>
    /// <exception cref="CryptographicException">
    /// It holds no key. OpenSSL has .NET say of a point beside its curve that the platform does not know the curve
    /// (<see cref="PlatformNotSupportedException"/>): one turned bit is enough for that, and it is a key like any other that is none.
    /// </exception>
    public static void ImportKey(this ECDsa key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
        }
        catch (PlatformNotSupportedException trouble)
        {
            throw new CryptographicException("it is no key on a curve that is known here", trouble);
        }
    }
}
