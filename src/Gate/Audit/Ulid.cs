namespace GitOpsGate.Audit;

/// <summary>Writes ULIDs: 48 bits of Unix milliseconds and 80 bits of chance as 26 letters of Crockford's base 32 (ulid/spec).</summary>
public static class Ulid
{
    /// <summary>How many bytes of chance an id takes.</summary>
    public const int ChanceLength = 10;

    /// <summary>How many letters an id has.</summary>
    public const int Length = 26;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>The id of a moment.</summary>
    /// <param name="chance">Ten random bytes, from a generator that nobody can foresee.</param>
    public static string Create(DateTimeOffset at, ReadOnlySpan<byte> chance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chance.Length, ChanceLength);
        var value = (UInt128)(ulong)at.ToUnixTimeMilliseconds();
        foreach (var one in chance) value = (value << 8) | one;
        return string.Create(Length, value, static (letters, rest) =>
        {
            for (var at = letters.Length - 1; at >= 0; at--, rest >>= 5) letters[at] = Alphabet[(int)(rest & 31)];
        });
    }

    /// <summary>Reads an id in upper case; false for anything else, and for a value beyond 128 bits.</summary>
    public static bool TryParse(string? text, out UInt128 value)
    {
        value = 0;
        if (text is not { Length: Length } || text[0] > '7') return false;
        foreach (var letter in text)
        {
            var digit = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0) return false;
            value = (value << 5) | (uint)digit;
        }

        return true;
    }
}
