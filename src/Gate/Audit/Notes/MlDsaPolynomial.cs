using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// A polynomial of 256 coefficients modulo q, with what the verification of ML-DSA-44 does to one (FIPS 204). Coefficients stand between 0 and
/// q − 1. Not safe to share between threads.
/// </summary>
internal sealed class MlDsaPolynomial
{
    public const int Length = 256;

    private const int Q = 8_380_417;
    private const int Root = 1753;
    private const int InverseOfLength = 8_347_681;
    private const int Gamma2 = (Q - 1) / 88;
    private const int HighValues = 44;
    private const int Ones = 39;

    // ζ to the power of the bit-reversed index (FIPS 204, appendix B).
    private static readonly int[] Zetas = [.. Enumerable.Range(0, Length).Select(index => (int)BigInteger.ModPow(Root, Reversed(index), Q))];

    private readonly int[] _at = new int[Length];

    private MlDsaPolynomial()
    {
    }

    public static MlDsaPolynomial Zero() => new();

    /// <summary>Coefficients of so many bits each, the lowest bit first (algorithms 18 and 19).</summary>
    /// <param name="bits">At most 24; 256 of them fill the bytes.</param>
    /// <param name="meaning">What a packed number stands for; it may be negative.</param>
    public static MlDsaPolynomial Read(ReadOnlySpan<byte> packed, int bits, Func<int, int> meaning)
    {
        var one = new MlDsaPolynomial();
        for (var (at, waiting, count, next) = (0, 0u, 0, 0); at < Length; at++)
        {
            while (count < bits) (waiting, count) = (waiting | ((uint)packed[next++] << count), count + 8);
            one._at[at] = Positive(meaning((int)(waiting & ((1u << bits) - 1))));
            (waiting, count) = (waiting >> bits, count - bits);
        }

        return one;
    }

    /// <summary>An element of the matrix A, in NTT form (algorithms 14 and 30).</summary>
    public static MlDsaPolynomial Uniform(ReadOnlySpan<byte> seed)
    {
        // 256 of about 256.3 tries are taken: the first length is enough nearly always, and a longer one begins with the same bytes.
        for (var length = 840; ; length *= 2)
        {
            var (one, stream, filled) = (new MlDsaPolynomial(), Shake128.HashData(seed, length), 0);
            for (var next = 0; next + 3 <= length && filled < Length; next += 3)
            {
                var value = stream[next] | (stream[next + 1] << 8) | ((stream[next + 2] & 0x7f) << 16);
                if (value < Q) one._at[filled++] = value;
            }

            if (filled == Length) return one;
        }
    }

    /// <summary>The challenge: 39 coefficients are ±1, all others 0 (algorithm 29).</summary>
    public static MlDsaPolynomial Challenge(ReadOnlySpan<byte> seed)
    {
        for (var length = 272; ; length *= 2)
        {
            if (TryChallenge(Shake256.HashData(seed, length)) is { } one) return one;
        }
    }

    /// <summary>The largest coefficient without its sign, when they are read as −q/2 to q/2.</summary>
    public int Largest() => _at.Max(value => Math.Min(value, Q - value));

    /// <summary>Algorithm 41.</summary>
    public void ToNtt()
    {
        var index = 0;
        for (var length = Length / 2; length >= 1; length /= 2)
        {
            for (var start = 0; start < Length; start += 2 * length)
            {
                var zeta = Zetas[++index];
                for (var at = start; at < start + length; at++)
                {
                    var product = Times(zeta, _at[at + length]);
                    (_at[at], _at[at + length]) = ((_at[at] + product) % Q, Positive(_at[at] - product));
                }
            }
        }
    }

    /// <summary>Algorithm 42.</summary>
    public void FromNtt()
    {
        var index = Length;
        for (var length = 1; length < Length; length *= 2)
        {
            for (var start = 0; start < Length; start += 2 * length)
            {
                var zeta = Q - Zetas[--index];
                for (var at = start; at < start + length; at++)
                    (_at[at], _at[at + length]) = ((_at[at] + _at[at + length]) % Q, Times(zeta, Positive(_at[at] - _at[at + length])));
            }
        }

        for (var at = 0; at < Length; at++) _at[at] = Times(InverseOfLength, _at[at]);
    }

    /// <summary>Adds a product, all three in NTT form.</summary>
    public void Add(MlDsaPolynomial one, MlDsaPolynomial other)
    {
        for (var at = 0; at < Length; at++) _at[at] = (_at[at] + Times(one._at[at], other._at[at])) % Q;
    }

    /// <summary>Takes a product away, all three in NTT form.</summary>
    public void Subtract(MlDsaPolynomial one, MlDsaPolynomial other)
    {
        for (var at = 0; at < Length; at++) _at[at] = Positive(_at[at] - Times(one._at[at], other._at[at]));
    }

    /// <summary>Leaves the high bits of each coefficient, put right where the hint says so (algorithms 36 and 40).</summary>
    public void UseHint(bool[] hint)
    {
        for (var at = 0; at < Length; at++)
        {
            var (high, low) = Decomposed(_at[at]);
            if (hint[at]) high = (high + (low > 0 ? 1 : HighValues - 1)) % HighValues;
            _at[at] = high;
        }
    }

    /// <summary>Writes 256 high parts of six bits each (algorithm 28).</summary>
    public void PackW1(Span<byte> room)
    {
        for (var (at, next) = (0, 0); at < Length; at += 4, next += 3)
        {
            var four = _at[at] | (_at[at + 1] << 6) | (_at[at + 2] << 12) | (_at[at + 3] << 18);
            (room[next], room[next + 1], room[next + 2]) = ((byte)four, (byte)(four >> 8), (byte)(four >> 16));
        }
    }

    private static MlDsaPolynomial? TryChallenge(byte[] stream)
    {
        var (one, signs, next) = (new MlDsaPolynomial(), BinaryPrimitives.ReadUInt64LittleEndian(stream), 8);
        for (var at = Length - Ones; at < Length; at++, signs >>= 1)
        {
            while (next < stream.Length && stream[next] > at) next++;
            if (next == stream.Length) return null;
            var chosen = stream[next++];
            one._at[at] = one._at[chosen];
            one._at[chosen] = (signs & 1) == 0 ? 1 : Q - 1;
        }

        return one;
    }

    private static (int High, int Low) Decomposed(int value)
    {
        var low = value % (2 * Gamma2);
        if (low > Gamma2) low -= 2 * Gamma2;
        return value - low == Q - 1 ? (0, low - 1) : ((value - low) / (2 * Gamma2), low);
    }

    private static int Times(int one, int other) => (int)((long)one * other % Q);

    private static int Positive(int value) => value < 0 ? value + Q : value;

    private static int Reversed(int index)
    {
        var reversed = 0;
        for (var bit = 0; bit < 8; bit++) reversed |= ((index >> bit) & 1) << (7 - bit);
        return reversed;
    }
}
