using System.Globalization;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>What a log asks of a witness (C2SP tlog-witness, <c>add-checkpoint</c>).</summary>
/// <param name="OldSize">The size that the log believes the witness has cosigned last.</param>
/// <param name="Proof">That the tree of the old size is the beginning of the new one; empty for an old size of 0.</param>
/// <param name="Note">The log's signed checkpoint.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Proof, SignedNote Note)
{
    private const string Start = "old ";

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static WitnessRequest Parse(string body)
    {
        var border = body.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = border < 0 ? [] : body[..border].Split('\n');
        if (lines.Length == 0 || !lines[0].StartsWith(Start, StringComparison.Ordinal) || !Checkpoint.IsNumber(lines[0].AsSpan(Start.Length))
            || !long.TryParse(lines[0].AsSpan(Start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var oldSize))
        {
            throw new FormatException("malformed request: `old` and a decimal size would be its first line");
        }

        var proof = new List<byte[]>();
        foreach (var line in lines.AsSpan(1))
        {
            if (proof.Count == MerkleProof.MostHashes || !Base64Text.TryDecode(line, out var hash) || hash.Length != MerkleTree.HashLength)
                throw new FormatException("malformed request: its proof is at most 63 hashes of 32 bytes, each in base 64");
            proof.Add(hash);
        }

        return new WitnessRequest(oldSize, proof, SignedNote.Parse(body[(border + 2)..]));
    }

    /// <summary>The body to be posted.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Start}{OldSize}\n{string.Concat(Proof.Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{Note}");
}
