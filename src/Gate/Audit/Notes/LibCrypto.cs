using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// The few functions of OpenSSL's libcrypto that Ed25519 needs (EVP_PKEY-ED25519(7)). .NET on Linux needs the same library, so it is there;
/// it is loaded by its versioned names, never by one that a stranger could have put into the path.
/// </summary>
internal sealed class LibCrypto
{
    private const int KeyType = 1087;
    private static readonly string[] Names = ["libcrypto.so.3", "libcrypto.so.1.1"];
    private readonly NewRawKey _newPrivate;
    private readonly NewRawKey _newPublic;
    private readonly GetRawKey _getPublic;
    private readonly Free _freeKey;
    private readonly NewContext _newContext;
    private readonly Free _freeContext;
    private readonly Init _signInit;
    private readonly Init _verifyInit;
    private readonly SignOnce _sign;
    private readonly VerifyOnce _verify;

    private LibCrypto(nint library)
    {
        _newPrivate = Find<NewRawKey>(library, "EVP_PKEY_new_raw_private_key");
        _newPublic = Find<NewRawKey>(library, "EVP_PKEY_new_raw_public_key");
        _getPublic = Find<GetRawKey>(library, "EVP_PKEY_get_raw_public_key");
        _freeKey = Find<Free>(library, "EVP_PKEY_free");
        _newContext = Find<NewContext>(library, "EVP_MD_CTX_new");
        _freeContext = Find<Free>(library, "EVP_MD_CTX_free");
        _signInit = Find<Init>(library, "EVP_DigestSignInit");
        _verifyInit = Find<Init>(library, "EVP_DigestVerifyInit");
        _sign = Find<SignOnce>(library, "EVP_DigestSign");
        _verify = Find<VerifyOnce>(library, "EVP_DigestVerify");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint NewRawKey(int type, nint engine, byte[] key, nuint length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int GetRawKey(nint key, byte[] room, ref nuint length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Free(nint what);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint NewContext();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Init(nint context, nint keyContext, nint digest, nint engine, nint key);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SignOnce(nint context, byte[] signature, ref nuint signatureLength, byte[] message, nuint length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VerifyOnce(nint context, byte[] signature, nuint signatureLength, byte[] message, nuint length);

    /// <summary>The library, or null where there is none.</summary>
    public static LibCrypto? Instance { get; } = Load();

    public byte[] PublicKeyOf(byte[] seed) => With(_newPrivate, seed, key =>
    {
        var (room, length) = (new byte[Ed25519.KeyLength], (nuint)Ed25519.KeyLength);
        return _getPublic(key, room, ref length) == 1 && length == Ed25519.KeyLength ? room : throw Trouble("give the public key");
    });

    public byte[] Sign(byte[] seed, ReadOnlySpan<byte> message)
    {
        var bytes = message.ToArray();
        return With(_newPrivate, seed, key => With(_signInit, key, context =>
        {
            var (signature, length) = (new byte[Ed25519.SignatureLength], (nuint)Ed25519.SignatureLength);
            return _sign(context, signature, ref length, bytes, (nuint)bytes.Length) == 1 && length == Ed25519.SignatureLength
                ? signature
                : throw Trouble("sign");
        }));
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var (bytes, given) = (message.ToArray(), signature.ToArray());
        return With(_newPublic, publicKey.ToArray(), key => With(
            _verifyInit, key, context => _verify(context, given, (nuint)given.Length, bytes, (nuint)bytes.Length) == 1));
    }

    private static LibCrypto? Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, typeof(LibCrypto).Assembly, DllImportSearchPath.SafeDirectories, out var library)) return new LibCrypto(library);
        }

        return null;
    }

    private static T Find<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private static CryptographicException Trouble(string what) => new($"libcrypto could not {what}");

    private T With<T>(NewRawKey make, byte[] bytes, Func<nint, T> use)
    {
        var key = make(KeyType, 0, bytes, (nuint)bytes.Length);
        if (key == 0) throw Trouble("take the key");
        try
        {
            return use(key);
        }
        finally
        {
            _freeKey(key);
        }
    }

    private T With<T>(Init init, nint key, Func<nint, T> use)
    {
        var context = _newContext();
        if (context == 0) throw Trouble("make a context");
        try
        {
            return init(context, 0, 0, 0, key) == 1 ? use(context) : throw Trouble("begin");
        }
        finally
        {
            _freeContext(context);
        }
    }
}
