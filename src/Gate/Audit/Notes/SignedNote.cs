using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>One signature line of a note.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="KeyId">The first four bytes of the key's hash, big-endian.</param>
/// <param name="Signature">What follows the key id; its form is the key's algorithm's.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The line as it stands in a note, without its line break.</summary>
    public override string ToString()
    {
        var bytes = new byte[4 + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.Span.CopyTo(bytes.AsSpan(4));
        return $"— {Name} {Convert.ToBase64String(bytes)}";
    }
}

/// <summary>
/// A text and the signatures below it (C2SP signed-note). Reading is strict: what any verifier could understand differently is refused.
/// </summary>
/// <param name="Text">What is signed; it ends with a line break.</param>
public sealed record SignedNote(string Text, ImmutableArray<NoteSignature> Signatures)
{
    /// <summary>The longest note that is read, in bytes.</summary>
    public const int MaxLength = 1_000_000;

    /// <summary>How many signature lines are read at most; a note has room for at least sixteen.</summary>
    public const int MaxSignatures = 100;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a note from its bytes.</summary>
    /// <exception cref="FormatException">It is not a note.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> note)
    {
        try
        {
            return note.Length <= MaxLength ? Parse(Utf8.GetString(note)) : throw Malformed($"it is longer than {MaxLength} bytes");
        }
        catch (DecoderFallbackException trouble)
        {
            throw new FormatException("malformed note: it is not UTF-8", trouble);
        }
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="FormatException">It is not a note.</exception>
    public static SignedNote Parse(string note)
    {
        if (note.Length > MaxLength) throw Malformed($"it is longer than {MaxLength} characters");
        if (note.Any(letter => letter < ' ' && letter != '\n')) throw Malformed("it holds control characters");
        var border = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (border < 0) throw Malformed("no empty line stands between text and signatures");
        var lines = note[(border + 2)..];
        if (lines.Length == 0 || lines[^1] != '\n') throw Malformed("its last line has no line break, or there is no signature");
        var signatures = lines[..^1].Split('\n').Select(ParseLine).ToImmutableArray();
        return signatures.Length <= MaxSignatures
            ? new SignedNote(note[..(border + 1)], signatures)
            : throw Malformed($"it has more than {MaxSignatures} signatures");
    }

    /// <summary>Reads one signature line, without its line break.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static NoteSignature ParseLine(string line)
    {
        if (!line.StartsWith("— ", StringComparison.Ordinal)) throw Malformed("a signature line begins with a dash (U+2014) and a space");
        var parts = line[2..].Split(' ');
        if (parts.Length != 2 || !NoteKey.IsName(parts[0])) throw Malformed("a signature line is a dash, a name and base 64");
        if (!Base64Text.TryDecode(parts[1], out var bytes) || bytes.Length < 5) throw Malformed("a signature is at least five bytes in base 64");
        return new NoteSignature(parts[0], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4));
    }

    /// <summary>
    /// Which of these keys signed it. A line of another key, or a second line of a known one, is passed over; a wrong signature of a known key
    /// spoils the whole note.
    /// </summary>
    /// <exception cref="FormatException">A known key's signature is wrong, or no known key signed.</exception>
    public ImmutableArray<VerifiedSignature> Verify(IEnumerable<NoteKey> keys)
    {
        var known = keys.ToDictionary(key => (key.Name, key.Id));
        var verified = new Dictionary<(string, uint), VerifiedSignature>();
        foreach (var line in Signatures)
        {
            if (!known.TryGetValue((line.Name, line.KeyId), out var key) || verified.ContainsKey((line.Name, line.KeyId))) continue;
            if (!key.Verify(Text, line.Signature.Span)) throw new FormatException($"invalid signature for key {key.Name}+{key.Id:x8}");
            verified[(line.Name, line.KeyId)] = new VerifiedSignature(key, line);
        }

        return verified.Count > 0 ? [.. verified.Values] : throw new FormatException("note has no verifiable signatures");
    }

    /// <summary>The same note with further signatures below the ones that are there.</summary>
    public SignedNote With(params ReadOnlySpan<NoteSignature> further) => this with { Signatures = [.. Signatures, .. further] };

    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(line => $"{line}\n"))}";

    private static FormatException Malformed(string why) => new($"malformed note: {why}");
}

/// <summary>A signature that is right.</summary>
public sealed record VerifiedSignature(NoteKey Key, NoteSignature Line)
{
    /// <summary>When it was given, where the algorithm signs the time; otherwise null.</summary>
    public DateTimeOffset? At => Key.TimeOf(Line.Signature.Span);
}
