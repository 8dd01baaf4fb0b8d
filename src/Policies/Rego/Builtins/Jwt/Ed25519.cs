using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>
/// Ed25519 (RFC 8032), which .NET 10 does not have: through OpenSSL's <c>EVP_DigestSign</c> (OpenSSL 3 manual, EVP_PKEY-ED25519;
/// .NET on Linux needs that library anyway). Where it is missing, signatures are verified by managed code, and signing says so.
/// </summary>
internal static partial class Ed25519
{
    private const string Library = "libcrypto.so.3";
    private const int KeyType = 1087;
    private const int KeySize = 32;
    private const int SignatureSize = 64;

    private static readonly bool IsHere = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Whether a signature over a message was made with the other half of a public key of 32 bytes.</summary>
    public static bool Verify(byte[] publicKey, byte[] message, byte[] signature)
    {
        if (publicKey.Length != KeySize || signature.Length != SignatureSize) return false;
        if (!IsHere) return ManagedEd25519.Verify(publicKey, message, signature);
        var key = EVP_PKEY_new_raw_public_key(KeyType, 0, publicKey, KeySize);
        if (key == 0) return false;
        var digest = EVP_MD_CTX_new();
        try
        {
            return EVP_DigestVerifyInit(digest, 0, 0, 0, key) == 1
                && EVP_DigestVerify(digest, signature, SignatureSize, message, (nuint)message.Length) == 1;
        }
        finally
        {
            EVP_MD_CTX_free(digest);
            EVP_PKEY_free(key);
        }
    }

    /// <summary>The signature of a private key of 32 bytes over a message.</summary>
    /// <exception cref="CryptographicException">The key is none, or OpenSSL is not there.</exception>
    public static byte[] Sign(byte[] privateKey, byte[] message)
    {
        if (!IsHere) throw new CryptographicException($"signing with Ed25519 needs `{Library}`, which is not on this machine");
        var key = privateKey.Length == KeySize ? EVP_PKEY_new_raw_private_key(KeyType, 0, privateKey, KeySize) : 0;
        if (key == 0) throw new CryptographicException("the key is no Ed25519 key of 32 bytes");
        var digest = EVP_MD_CTX_new();
        try
        {
            var signature = new byte[SignatureSize];
            nuint size = SignatureSize;
            return EVP_DigestSignInit(digest, 0, 0, 0, key) == 1
                && EVP_DigestSign(digest, signature, ref size, message, (nuint)message.Length) == 1
                ? signature
                : throw new CryptographicException("OpenSSL did not sign");
        }
        finally
        {
            EVP_MD_CTX_free(digest);
            EVP_PKEY_free(key);
        }
    }

    /// <summary>The public half of a private key of 32 bytes; null when it is none.</summary>
    public static byte[]? PublicKeyOf(byte[] privateKey)
    {
        if (privateKey.Length != KeySize) return null;
        if (!IsHere) return ManagedEd25519.PublicKeyOf(privateKey);
        var key = EVP_PKEY_new_raw_private_key(KeyType, 0, privateKey, KeySize);
        var bytes = new byte[KeySize];
        nuint size = KeySize;
        var isRead = key != 0 && EVP_PKEY_get_raw_public_key(key, bytes, ref size) == 1;
        EVP_PKEY_free(key);
        return isRead ? bytes : null;
    }

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte[] key, nuint size);

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte[] key, nuint size);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(nint key, byte[] bytes, ref nuint size);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSign(nint context, byte[] signature, ref nuint size, byte[] message, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerify(nint context, byte[] signature, nuint size, byte[] message, nuint length);
}
