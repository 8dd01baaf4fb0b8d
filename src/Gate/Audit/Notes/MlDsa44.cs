using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// The verification of ML-DSA-44 in managed code (FIPS 204, algorithms 3 and 8), since the platform's own waits for libcrypto 3.5. Nothing in it is
/// secret. SHAKE is the platform's.
/// </summary>
public static class MlDsa44
{
    /// <summary>Bytes of a public key (FIPS 204, table 2).</summary>
    public const int KeyLength = 32 + (Rows * PackedT1);

    /// <summary>Bytes of a signature (FIPS 204, table 2).</summary>
    public const int SignatureLength = ChallengeLength + (Columns * PackedZ) + MostHints + Rows;

    // FIPS 204, table 1.
    private const int Rows = 4;
    private const int Columns = 4;
    private const int Gamma1 = 1 << 17;
    private const int Beta = 78;
    private const int MostHints = 80;
    private const int DroppedBits = 13;
    private const int ChallengeLength = 32;
    private const int PackedT1 = 320;
    private const int PackedZ = 576;
    private const int PackedW1 = 192;
    private const int LongestContext = 255;

    /// <summary>Whether SHAKE is here, and with it this algorithm.</summary>
    public static bool IsSupported => Shake128.IsSupported && Shake256.IsSupported;

    /// <summary>Whether a signature is a key's over a message, with a context that both sides know (empty for notes). Never throws for what was given.</summary>
    /// <exception cref="PlatformNotSupportedException">The platform has no SHAKE.</exception>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> context = default)
    {
        if (!IsSupported) throw new PlatformNotSupportedException("ML-DSA-44 cannot be verified here: a platform with SHAKE (libcrypto 1.1.1 or newer) would be right");
        if (publicKey.Length != KeyLength || signature.Length != SignatureLength || context.Length > LongestContext) return false;
        var challenge = signature[..ChallengeLength];
        if (!ReadZ(signature.Slice(ChallengeLength, Columns * PackedZ), out var z)) return false;
        if (!ReadHints(signature[(ChallengeLength + (Columns * PackedZ))..], out var hints)) return false;
        foreach (var one in z) one.ToNtt();
        var c = MlDsaPolynomial.Challenge(challenge);
        c.ToNtt();
        byte[] hashed = Shake256.HashData([.. Shake256.HashData(publicKey, 64), 0, (byte)context.Length, .. context, .. message], 64);
        var packed = new byte[Rows * PackedW1];
        for (var row = 0; row < Rows; row++)
        {
            var w = Row(publicKey, row, z, c);
            w.UseHint(hints[row]);
            w.PackW1(packed.AsSpan(row * PackedW1, PackedW1));
        }

        return challenge.SequenceEqual(Shake256.HashData([.. hashed, .. packed], ChallengeLength));
    }

    // One row of A·z − c·t₁·2^d (algorithm 8, line 9).
    private static MlDsaPolynomial Row(ReadOnlySpan<byte> publicKey, int row, MlDsaPolynomial[] z, MlDsaPolynomial c)
    {
        var t = MlDsaPolynomial.Read(publicKey.Slice(32 + (row * PackedT1), PackedT1), bits: 10, value => value << DroppedBits);
        t.ToNtt();
        var sum = MlDsaPolynomial.Zero();
        sum.Subtract(c, t);
        for (var column = 0; column < Columns; column++) sum.Add(MlDsaPolynomial.Uniform([.. publicKey[..32], (byte)column, (byte)row]), z[column]);
        sum.FromNtt();
        return sum;
    }

    private static bool ReadZ(ReadOnlySpan<byte> packed, out MlDsaPolynomial[] z)
    {
        z = new MlDsaPolynomial[Columns];
        for (var column = 0; column < Columns; column++)
        {
            z[column] = MlDsaPolynomial.Read(packed.Slice(column * PackedZ, PackedZ), bits: 18, value => Gamma1 - value);
            if (z[column].Largest() >= Gamma1 - Beta) return false;
        }

        return true;
    }

    // Algorithm 21: for each row the places in rising order, the ends of the rows behind them, zeros between. There is one way to write each.
    private static bool ReadHints(ReadOnlySpan<byte> packed, out bool[][] hints)
    {
        hints = new bool[Rows][];
        var at = 0;
        for (var row = 0; row < Rows; row++)
        {
            hints[row] = new bool[MlDsaPolynomial.Length];
            var (first, end) = (at, packed[MostHints + row]);
            if (end < at || end > MostHints) return false;
            for (; at < end; at++)
            {
                if (at > first && packed[at - 1] >= packed[at]) return false;
                hints[row][packed[at]] = true;
            }
        }

        return !packed[at..MostHints].ContainsAnyExcept((byte)0);
    }
}
