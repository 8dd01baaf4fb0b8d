using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GitOpsGate.Audit.Notes;

/// <summary>A log's head, as it is signed (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">Which log it is.</param>
/// <param name="Size">How many entries it has.</param>
/// <param name="Root">32 bytes.</param>
public sealed record Checkpoint(string Origin, long Size, ReadOnlyMemory<byte> Root)
{
    /// <summary>Further lines below the root; ours have none.</summary>
    public ImmutableArray<string> Extensions { get; init; } = [];

    /// <summary>Reads a note's text.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static Checkpoint Parse(string text) => TryParse(text, out var checkpoint)
        ? checkpoint
        : throw new FormatException("malformed checkpoint: an origin, a size and a root of 32 bytes in base 64, each in its line, would be right");

    /// <summary>Reads a note's text; false when it is no checkpoint.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[^1].Length > 0 || lines[0].Length == 0) return false;
        if (!IsNumber(lines[1]) || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return false;
        if (!Base64Text.TryDecode(lines[2], out var root) || root.Length != MerkleTree.HashLength) return false;
        checkpoint = new Checkpoint(lines[0], size, root) { Extensions = [.. lines[3..^1]] };
        return true;
    }

    /// <summary>The text that is signed.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.Span)}\n{string.Concat(Extensions.Select(line => $"{line}\n"))}");

    /// <summary>Whether a text is a decimal number without sign and leading zeros.</summary>
    internal static bool IsNumber(ReadOnlySpan<char> text) =>
        text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9') && (text.Length == 1 || text[0] != '0');
}
