using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Rulings;

/// <summary>What one policy asked of the world while it judged, and was told: with it the decision can be taken again.</summary>
/// <param name="Bundle">The bundle's name.</param>
/// <param name="Query">The document that was asked for.</param>
/// <param name="Input">SHA-256 of the input's JSON, lower-case hex: the evidence, or one document of it.</param>
/// <param name="Answers">What the functions said, as JSON in the form of OPA's <c>nd_builtin_cache</c>.</param>
public sealed record WorldUse(string Bundle, string Query, string Input, string Answers)
{
    /// <summary>The digest of an input, as <see cref="Input"/> holds it.</summary>
    public static string DigestOf(ReadOnlyMemory<byte> json) => Convert.ToHexStringLower(SHA256.HashData(json.Span));

    /// <summary>SHA-256 over all that was asked, lower-case hex: the audit entry of a ruling holds it.</summary>
    public static string DigestOf(ImmutableArray<WorldUse> uses)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in uses.SelectMany(use => (string[])[use.Bundle, use.Query, use.Input, use.Answers]))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(Encoding.ASCII.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + ":"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
