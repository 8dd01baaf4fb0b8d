using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>
/// Compares the sealed sections that entries commit to with what a bundle says of them: each is disclosed as it was sealed, or listed as withheld,
/// and nothing is disclosed that no entry commits to.
/// </summary>
internal sealed class SectionCheck
{
    private readonly List<string> _failures = [];
    private readonly HashSet<string> _withheld = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unclaimed;
    private long _line;

    private SectionCheck(Disclosed disclosed)
    {
        Disclosed = disclosed;
        _unclaimed = disclosed.Commitments.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What is disclosed as it was sealed.</summary>
    public Disclosed Disclosed { get; }

    /// <exception cref="InvalidDataException">A file is too long.</exception>
    public static async Task<SectionCheck> ReadAsync(BundleZip files, CancellationToken cancellation)
    {
        var (disclosed, failures) = (new Disclosed(), new List<string>());
        foreach (var name in files.Names.Where(name => name.StartsWith(SealedFiles.Folder, StringComparison.Ordinal) && name != SealedFiles.List))
        {
            if (CommitmentOf(name) is not { } commitment || !disclosed.Take(commitment, await files.SectionAsync(name, cancellation)))
                failures.Add($"{name}: is not what its name commits to");
        }

        var check = new SectionCheck(disclosed);
        check._failures.AddRange(failures);
        if (!files.Has(SealedFiles.List)) return check;
        foreach (var line in (await files.TextAsync(SealedFiles.List, cancellation)).Split("\r\n").Skip(1))
        {
            if (line.Split(',') is { Length: 6 } cells) check._withheld.Add($"{cells[0]} {cells[3]}");
        }

        return check;
    }

    /// <summary>Takes the next entry.</summary>
    public void Take(ReadOnlyMemory<byte> leaf, long index)
    {
        _line++;
        try
        {
            foreach (var section in LeafSections.Read(leaf).Sections)
            {
                if (_unclaimed.Remove(section.Commitment) || _withheld.Remove($"{index} {Disclosed.HexOf(section.Commitment)}")) continue;
                _failures.Add($"{BundleZip.Entries}:{_line}: the section `{section.Name}` is neither disclosed nor listed as withheld");
            }
        }
        catch (FormatException trouble)
        {
            _failures.Add($"{BundleZip.Entries}:{_line}: {trouble.Message}");
        }
    }

    /// <summary>What was found, once all entries were taken.</summary>
    public CheckedPart Part()
    {
        foreach (var commitment in _unclaimed.Order(StringComparer.Ordinal)) _failures.Add($"{Disclosed.PathOf(commitment)}: no entry commits to it");
        foreach (var row in _withheld.Order(StringComparer.Ordinal)) _failures.Add($"{SealedFiles.List}: entry {row.Split(' ')[0]} has no such section");
        ImmutableArray<string> named = _failures.Count <= BundleCheck.MostNamed
            ? [.. _failures]
            : [.. _failures.Take(BundleCheck.MostNamed), $"and {_failures.Count - BundleCheck.MostNamed} more"];
        return new CheckedPart("sealed sections", named);
    }

    private static string? CommitmentOf(string name)
    {
        const string End = ".bin";
        var hex = name.EndsWith(End, StringComparison.Ordinal) ? name[SealedFiles.Folder.Length..^End.Length] : "";
        return hex.Length == 64 && hex.All(char.IsAsciiHexDigitLower) ? Convert.ToBase64String(Convert.FromHexString(hex)) : null;
    }
}
