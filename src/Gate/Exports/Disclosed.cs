using System.Text;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>The texts of the sealed sections that a bundle discloses, by what their leaves commit to. Each was compared with its commitment.</summary>
internal sealed class Disclosed
{
    /// <summary>How a cell stands whose content is sealed and not disclosed.</summary>
    public const string Withheld = "withheld";

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>The commitments of all that is disclosed, as in leaves.</summary>
    public IReadOnlyCollection<string> Commitments => _texts.Keys;

    /// <param name="commitment">As in the leaf: 32 bytes in base 64.</param>
    /// <returns>Its path in a bundle.</returns>
    public static string PathOf(string commitment) => $"{SealedFiles.Folder}{HexOf(commitment)}.bin";

    /// <exception cref="FormatException">It is not base 64.</exception>
    public static string HexOf(string commitment) => Convert.ToHexStringLower(Convert.FromBase64String(commitment));

    /// <summary>Takes salt and content; false when they are not what the commitment says.</summary>
    public bool Take(string commitment, ReadOnlySpan<byte> disclosure)
    {
        if (disclosure.Length < Commitment.SaltLength) return false;
        var salt = disclosure[..Commitment.SaltLength];
        var content = disclosure[Commitment.SaltLength..];
        if (Convert.ToBase64String(Commitment.Of(salt, content)) != commitment) return false;
        _texts[commitment] = Encoding.UTF8.GetString(content);
        return true;
    }

    public string? TextOf(string commitment) => _texts.GetValueOrDefault(commitment);
}
