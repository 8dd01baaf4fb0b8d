using System.Numerics;
using System.Security.Cryptography;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>
/// Verification of Ed25519 (RFC 8032, section 5.1.7) with whole numbers. It is slow and its time depends on its operands, which is
/// harmless for signatures and public keys: they are no secrets. Nothing signs with it.
/// </summary>
internal static class ManagedEd25519
{
    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);

    private static readonly BigInteger Curve = Modulo(-121665 * Inverse(121666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (Prime - 1) / 4, Prime);
    private static readonly Point Base = Decode(Encode(0, Modulo(4 * Inverse(5))))!.Value;

    public static bool Verify(byte[] publicKey, byte[] message, byte[] signature)
    {
        var scalar = Number(signature.AsSpan(32));
        if (scalar >= Order || Decode(publicKey) is not { } key || Decode(signature.AsSpan(0, 32)) is not { } commitment) return false;
        byte[] hashed = [.. signature.AsSpan(0, 32), .. publicKey, .. message];
        var challenge = Number(SHA512.HashData(hashed)) % Order;
        return AreEqual(Times(Base, scalar), Add(commitment, Times(key, challenge)));
    }

    /// <summary>The public half of a private key (RFC 8032, section 5.1.5).</summary>
    public static byte[] PublicKeyOf(byte[] privateKey)
    {
        var half = SHA512.HashData(privateKey).AsSpan(0, 32);
        half[0] &= 0xF8;
        half[31] = (byte)((half[31] & 0x7F) | 0x40);
        var point = Times(Base, Number(half));
        var unit = Inverse(point.Z);
        return Encode(Modulo(point.X * unit), Modulo(point.Y * unit));
    }

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static BigInteger Modulo(BigInteger value)
    {
        var rest = value % Prime;
        return rest.Sign < 0 ? rest + Prime : rest;
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(Modulo(value), Prime - 2, Prime);

    private static byte[] Encode(BigInteger x, BigInteger y)
    {
        var bytes = new byte[32];
        y.TryWriteBytes(bytes, out _, isUnsigned: true);
        if (!x.IsEven) bytes[31] |= 0x80;
        return bytes;
    }

    private static Point? Decode(ReadOnlySpan<byte> encoded)
    {
        Span<byte> bytes = stackalloc byte[32];
        encoded.CopyTo(bytes);
        var isOdd = (bytes[31] & 0x80) != 0;
        bytes[31] &= 0x7F;
        var y = Number(bytes);
        if (y >= Prime) return null;
        var square = Modulo((y * y - 1) * Inverse((Curve * y * y) + 1));
        var x = BigInteger.ModPow(square, (Prime + 3) / 8, Prime);
        if (Modulo((x * x) - square) != 0) x = Modulo(x * RootOfMinusOne);
        if (Modulo((x * x) - square) != 0 || (x.IsZero && isOdd)) return null;
        if (x.IsEven == isOdd) x = Prime - x;
        return new Point(x, y, BigInteger.One, Modulo(x * y));
    }

    private static bool AreEqual(Point left, Point right) =>
        Modulo((left.X * right.Z) - (right.X * left.Z)).IsZero && Modulo((left.Y * right.Z) - (right.Y * left.Z)).IsZero;

    private static Point Add(Point left, Point right)
    {
        var a = Modulo((left.Y - left.X) * (right.Y - right.X));
        var b = Modulo((left.Y + left.X) * (right.Y + right.X));
        var c = Modulo(2 * left.T * right.T * Curve);
        var d = Modulo(2 * left.Z * right.Z);
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new Point(Modulo(e * f), Modulo(g * h), Modulo(f * g), Modulo(e * h));
    }

    private static Point Times(Point point, BigInteger scalar)
    {
        var sum = new Point(0, 1, 1, 0);
        for (var bit = (int)scalar.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = Add(sum, sum);
            if (!((scalar >> bit) & 1).IsZero) sum = Add(sum, point);
        }

        return sum;
    }

    /// <summary>A point in extended coordinates (RFC 8032, section 5.1.4).</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);
}
