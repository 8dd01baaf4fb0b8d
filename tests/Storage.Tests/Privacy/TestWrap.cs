using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Tests.Privacy;

/// <summary>Wraps keys with one of its own, as the gateway does with its keys of data protection.</summary>
internal sealed class TestWrap(byte fill = 7) : IKeyWrap
{
    private const int TagLength = 16;
    private readonly byte[] _key = [.. Enumerable.Repeat(fill, 32)];

    public byte[] Wrap(string keyId, byte[] key)
    {
        var nonce = RandomNumberGenerator.GetBytes(12);
        var (wrapped, tag) = (new byte[key.Length], new byte[TagLength]);
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(nonce, key, wrapped, tag, Encoding.UTF8.GetBytes(keyId));
        return [.. nonce, .. tag, .. wrapped];
    }

    public byte[]? Unwrap(string keyId, byte[] wrapped)
    {
        var key = new byte[wrapped.Length - 28];
        using var cipher = new AesGcm(_key, TagLength);
        try
        {
            cipher.Decrypt(wrapped.AsSpan(0, 12), wrapped.AsSpan(28), wrapped.AsSpan(12, 16), key, Encoding.UTF8.GetBytes(keyId));
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
