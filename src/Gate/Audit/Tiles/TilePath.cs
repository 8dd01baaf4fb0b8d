using System.Globalization;
using System.Text;

namespace GitOpsGate.Audit.Tiles;

/// <summary>
/// The address of a tile or of a bundle of entries (C2SP tlog-tiles): <c>tile/0/x001/x234/067</c>, <c>tile/entries/000.p/44</c>.
/// </summary>
/// <param name="Level">0 to 63 for hashes; <see cref="Entries"/> for a bundle of entries.</param>
/// <param name="Index">Which one of its level, from 0.</param>
/// <param name="Width">How many hashes or entries it holds: 1 to 256, and 256 for a full one.</param>
public readonly record struct TilePath(int Level, long Index, int Width)
{
    /// <summary>The level that stands for bundles of entries.</summary>
    public const int Entries = -1;

    private const string Start = "tile/";
    private const int MostLevels = 64;

    public bool IsFull => Width == TiledTree.Width;

    /// <summary>Reads an address below the log's root; false when it is none, or not written the one way.</summary>
    public static bool TryParse(string text, out TilePath path)
    {
        path = default;
        if (!text.StartsWith(Start, StringComparison.Ordinal)) return false;
        var parts = text[Start.Length..].Split('/');
        if (parts.Length < 2 || !TryLevel(parts[0], out var level)) return false;
        var width = TiledTree.Width;
        var pieces = parts.AsSpan(1);
        if (pieces.Length > 1 && pieces[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryNumber(pieces[^1], 3, out width) || width is 0 or >= TiledTree.Width) return false;
            pieces[^2] = pieces[^2][..^2];
            pieces = pieces[..^1];
        }

        if (!TryIndex(pieces, out var index)) return false;
        path = new TilePath(level, index, width);
        // There is one way to write each address; whatever is not it would be a second name for the same bytes.
        return path.ToString() == text;
    }

    /// <summary>All addresses of a log with this many entries, bundles of entries first, then by level and index.</summary>
    public static IEnumerable<TilePath> Of(long size)
    {
        foreach (var path in OfLevel(Entries, size)) yield return path;
        for (var level = 0; level < TiledTree.Levels(size); level++)
        {
            foreach (var path in OfLevel(level, size >> (8 * level))) yield return path;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        var rest = Index;
        for (var piece = (rest % 1000).ToString("D3", CultureInfo.InvariantCulture); ;)
        {
            text.Insert(0, piece);
            rest /= 1000;
            if (rest == 0) break;
            piece = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:D3}/");
        }

        var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        return IsFull ? $"{Start}{level}/{text}" : string.Create(CultureInfo.InvariantCulture, $"{Start}{level}/{text}.p/{Width}");
    }

    private static IEnumerable<TilePath> OfLevel(int level, long count)
    {
        for (var index = 0L; index * TiledTree.Width < count; index++)
        {
            yield return new TilePath(level, index, (int)Math.Min(TiledTree.Width, count - (index * TiledTree.Width)));
        }
    }

    private static bool TryLevel(string text, out int level)
    {
        level = Entries;
        return text == "entries" || (TryNumber(text, 2, out level) && level < MostLevels);
    }

    private static bool TryIndex(ReadOnlySpan<string> pieces, out long index)
    {
        index = 0;
        const int MostPieces = 7;
        if (pieces.Length is 0 or > MostPieces) return false;
        for (var at = 0; at < pieces.Length; at++)
        {
            var piece = pieces[at];
            if (at < pieces.Length - 1)
            {
                if (piece.Length != 4 || piece[0] != 'x') return false;
                piece = piece[1..];
            }

            if (piece.Length != 3 || !TryDigits(piece, out var digits) || index > (long.MaxValue - digits) / 1000) return false;
            index = (index * 1000) + digits;
        }

        return true;
    }

    private static bool TryNumber(string text, int mostDigits, out int number)
    {
        number = 0;
        return text.Length <= mostDigits && Notes.Checkpoint.IsNumber(text) && TryDigits(text, out number);
    }

    private static bool TryDigits(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
