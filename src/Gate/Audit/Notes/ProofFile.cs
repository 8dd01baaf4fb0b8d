using System.Globalization;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// Everything that shows that one entry stands in a log (C2SP tlog-proof): its index, the inclusion proof, and a signed checkpoint. The entry's
/// own bytes travel as <see cref="Extra"/>.
/// </summary>
/// <param name="Hashes">The inclusion proof, the lowest hash first, 32 bytes each.</param>
/// <param name="Checkpoint">The signed note, as it stands in the file.</param>
/// <param name="Extra">The leaf's bytes, or null.</param>
public sealed record ProofFile(long Index, IReadOnlyList<byte[]> Hashes, string Checkpoint, ReadOnlyMemory<byte>? Extra)
{
    private const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no such file.</exception>
    public static ProofFile Parse(string text)
    {
        var border = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = border < 0 ? [] : text[..border].Split('\n');
        if (lines.Length < 2 || lines[0] != Header) throw Malformed($"`{Header}` and a line with the index begin it");
        var at = 1;
        ReadOnlyMemory<byte>? extra = null;
        if (lines[at].StartsWith("extra ", StringComparison.Ordinal)) extra = Decode(lines[at++]["extra ".Length..], "extra");
        const string Index = "index ";
        if (at == lines.Length || !lines[at].StartsWith(Index, StringComparison.Ordinal) || !Notes.Checkpoint.IsNumber(lines[at].AsSpan(Index.Length))
            || !long.TryParse(lines[at].AsSpan(Index.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw Malformed("the index is a decimal number");
        }

        var hashes = lines[(at + 1)..].Select(line => Decode(line, "hash")).ToArray();
        if (hashes.Length > MerkleProof.MostHashes || hashes.Any(hash => hash.Length != MerkleTree.HashLength)) throw Malformed("its hashes are at most 63, of 32 bytes each");
        return new ProofFile(index, hashes, text[(border + 2)..], extra);
    }

    /// <summary>
    /// Checks the whole chain: the checkpoint's signatures, and that the entry which the file carries stands at its index below it.
    /// </summary>
    /// <returns>The checkpoint that proves it.</returns>
    /// <exception cref="FormatException">Something in it is not as it should be.</exception>
    public Checkpoint Verify(IEnumerable<NoteKey> keys)
    {
        var note = SignedNote.Parse(Checkpoint);
        note.Verify(keys);
        var checkpoint = Notes.Checkpoint.Parse(note.Text);
        if (Extra is not { } leaf) throw Malformed("it does not carry the entry");
        return MerkleProof.VerifyInclusion(Index, checkpoint.Size, MerkleTree.LeafHash(leaf.Span), Hashes, checkpoint.Root.Span)
            ? checkpoint
            : throw new FormatException($"entry {Index} does not stand in the tree of {checkpoint.Size} entries");
    }

    public override string ToString()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (Extra is { } extra) text.Append("extra ").Append(Convert.ToBase64String(extra.Span)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        foreach (var hash in Hashes) text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(Checkpoint).ToString();
    }

    private static byte[] Decode(string text, string what) =>
        Base64Text.TryDecode(text, out var bytes) ? bytes : throw Malformed($"its {what} is not base 64");

    private static FormatException Malformed(string why) => new($"malformed tlog-proof: {why}");
}
