using System.Security.Cryptography;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Hashes and keyed hashes, as lower-case hex. MD5 and SHA-1 are here because policies compare with what others computed.
/// </summary>
internal static class CryptoBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        foreach (var (name, hash) in new (string, Func<byte[], byte[]>)[]
        {
            ("crypto.md5", MD5.HashData), ("crypto.sha1", SHA1.HashData), ("crypto.sha256", SHA256.HashData),
        })
        {
            table.Add(name, [RegoType.String], RegoType.String, (c, v) => Hex(c, hash(Bytes(c, v[0]))));
        }

        foreach (var (name, hash) in new (string, Func<byte[], byte[], byte[]>)[]
        {
            ("crypto.hmac.md5", HMACMD5.HashData), ("crypto.hmac.sha1", HMACSHA1.HashData),
            ("crypto.hmac.sha256", HMACSHA256.HashData), ("crypto.hmac.sha512", HMACSHA512.HashData),
        })
        {
            table.Add(name, [RegoType.String, RegoType.String], RegoType.String, (c, v) =>
                Hex(c, hash(v[1].AsString!.ToBytes(), Bytes(c, v[0]))));
        }

        table.Add(
            "crypto.hmac.equal", [RegoType.String, RegoType.String], RegoType.Boolean,
            static (_, v) =>
                RegoValue.Of(CryptographicOperations.FixedTimeEquals(v[0].AsString!.ToBytes(), v[1].AsString!.ToBytes())));
    }

    private static byte[] Bytes(BuiltinContext context, RegoValue text)
    {
        context.Budget.Charge(text.Text.Length / 64);
        return text.AsString!.ToBytes();
    }

    private static RegoValue Hex(BuiltinContext context, byte[] hash) => context.Sized(Convert.ToHexStringLower(hash));
}
