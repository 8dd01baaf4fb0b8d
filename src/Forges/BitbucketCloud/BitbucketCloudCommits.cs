using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// Finds the full ids of the twelve digits that Bitbucket names commits by, each one once. Made for one call; not for many
/// threads.
/// </summary>
/// <param name="link">The forge.</param>
/// <param name="places">
/// The repositories to look in, one after the other: a fork's commit need not be in the repository itself.
/// </param>
internal sealed class BitbucketCloudCommits(ForgeLink link, params string[] places)
{
    private const int ShortestHash = 7;

    private readonly Dictionary<string, CommitId> _known = new(StringComparer.Ordinal);

    /// <summary>The full id; none for an empty hash, and for a commit that none of the repositories knows (any more).</summary>
    public async Task<CommitId> ResolveAsync(string hash, CancellationToken cancellation)
    {
        if (hash.Length == 0) return default;
        if (CommitId.TryParse(hash, out var whole)) return whole;
        if (_known.TryGetValue(hash, out var known)) return known;
        if (hash.Length < ShortestHash || !hash.All(char.IsAsciiHexDigit))
        {
            throw new ForgeTroubleException(
                $"`{hash}` is no commit; at least {ShortestHash} hex digits would be right", TroubleKind.Refused);
        }

        return _known[hash] = await AskAsync(hash, cancellation);
    }

    private async Task<CommitId> AskAsync(string hash, CancellationToken cancellation)
    {
        foreach (var place in places.Distinct(StringComparer.Ordinal))
        {
            if (await FindAsync(place, hash, cancellation) is not { } json) continue;
            var id = json.Commit("hash");
            if (!id.IsNone && id.Value.StartsWith(hash, StringComparison.OrdinalIgnoreCase)) return id;
            throw new ForgeTroubleException($"`{hash}` was answered with another commit `{id}`", TroubleKind.Refused);
        }

        return default;
    }

    /// <summary>A fork may be closed to us; the repository itself may not.</summary>
    private async Task<JsonElement?> FindAsync(string place, string hash, CancellationToken cancellation)
    {
        try
        {
            return await link.FindAsync($"{place}/commit/{hash}", cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden && place != places[0])
        {
            return null;
        }
    }
}
