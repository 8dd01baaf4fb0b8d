using System.Numerics;
using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// The verification of Ed25519 in managed code (RFC 8032 §5.1.7), for machines without libcrypto. Nothing in it is secret, so it may take as
/// long as it takes: about a millisecond.
/// </summary>
public static class Ed25519Curve
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    private static readonly BigInteger D = Mod(-121665 * Inverse(121666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (P - 1) / 4, P);
    private static readonly Point Base = Decode(EncodedBase()) ?? throw new System.Diagnostics.UnreachableException("the base point is on the curve");

    /// <summary>Whether 32 bytes are the one encoding of a point's y and sign: y below p, and no minus zero (RFC 8032 §5.1.3).</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> encoded)
    {
        var (y, isOdd) = Split(encoded);
        if (y >= P) return false;
        // x is zero for these two alone, and zero has no sign.
        return !isOdd || !(y.IsOne || y == P - 1);
    }

    /// <summary>Whether a signature of 64 bytes is a key's over a message.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var s = new BigInteger(signature[32..], isUnsigned: true);
        if (s >= Order || Decode(publicKey) is not { } a || Decode(signature[..32]) is not { } r) return false;
        byte[] hashed = SHA512.HashData([.. signature[..32], .. publicKey, .. message]);
        var k = new BigInteger(hashed, isUnsigned: true) % Order;
        return AreSame(Times(s, Base), Add(r, Times(k, a)));
    }

    private static byte[] EncodedBase()
    {
        var room = new byte[32];
        Mod(4 * Inverse(5)).TryWriteBytes(room, out _, isUnsigned: true);
        return room;
    }

    private static (BigInteger Y, bool IsOdd) Split(ReadOnlySpan<byte> encoded)
    {
        Span<byte> y = stackalloc byte[32];
        encoded.CopyTo(y);
        y[31] &= 0x7f;
        return (new BigInteger(y, isUnsigned: true), (encoded[31] & 0x80) != 0);
    }

    private static Point? Decode(ReadOnlySpan<byte> encoded)
    {
        if (!IsCanonical(encoded)) return null;
        var (y, isOdd) = Split(encoded);
        var y2 = Mod(y * y);
        var (u, v) = (Mod(y2 - 1), Mod((D * y2) + 1));
        var square = Mod(u * Inverse(v));
        var x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (Mod((x * x) - square) != 0) x = Mod(x * RootOfMinusOne);
        if (Mod((x * x) - square) != 0) return null;
        if (x.IsEven == isOdd) x = Mod(-x);
        return new Point(x, y, 1, Mod(x * y));
    }

    // RFC 8032 §5.1.4, extended homogeneous coordinates.
    private static Point Add(Point one, Point other)
    {
        var a = Mod((one.Y - one.X) * (other.Y - other.X));
        var b = Mod((one.Y + one.X) * (other.Y + other.X));
        var c = Mod(2 * one.T * other.T * D);
        var d = Mod(2 * one.Z * other.Z);
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new Point(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
    }

    private static Point Times(BigInteger factor, Point point)
    {
        var sum = new Point(0, 1, 1, 0);
        for (var bit = (int)factor.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = Add(sum, sum);
            if (!((factor >> bit) & 1).IsZero) sum = Add(sum, point);
        }

        return sum;
    }

    private static bool AreSame(Point one, Point other) =>
        Mod((one.X * other.Z) - (other.X * one.Z)).IsZero && Mod((one.Y * other.Z) - (other.Y * one.Z)).IsZero;

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(Mod(value), P - 2, P);

    private static BigInteger Mod(BigInteger value)
    {
        var rest = value % P;
        return rest.Sign < 0 ? rest + P : rest;
    }

    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);
}
