using Xunit;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>
/// The formats of the audit log against what others published and what we derived. The number of each family is that of a reference in another
/// language, which makes the same checks: a family that became shorter tests less than it says.
/// </summary>
public class VectorTests(ITestOutputHelper output)
{
    private const int ReferenceChecks = 12_225;

    // A family that needs what is not committed here.
    private const bool Published = true;

    private static readonly Family[] Families =
    [
        new("RFC 6962: roots and nodes", 24, TreeVectors.PublishedTree, Published),
        new("RFC 6962: inclusion", 98, TreeVectors.PublishedInclusion, Published),
        new("RFC 6962: consistency", 98, TreeVectors.PublishedConsistency, Published),
        new("Go tlog: record, empty tree", 2, TreeVectors.GoRecord, Published),
        new("Go tlog: roots", 101, TreeVectors.GoRoots),
        new("Go tlog: all proofs up to 64", 4_160, TreeVectors.GoProofs),
        new("proofs with a bit turned", 3_788, TreeVectors.Flips),
        new("Go notes and keys", 2_291, NoteVectors.Go, Published),
        new("C2SP notes", 3, NoteVectors.Specifications, Published),
        new("notes of Rekor and Pixel, keys, parsers", 28, NoteVectors.Formats, Published),
        new("cosignatures, origins", 5, NoteVectors.Cosignatures, Published),
        new("witness requests", 10, LogVectors.WitnessRequests, Published),
        new("Tessera's log", 46, LogVectors.WholeLog, Published),
        new("addresses of tiles", 12, LogVectors.Addresses, Published),
        new("DSSE", 2, SignatureVectors.Dsse, Published),
        new("Ed25519", 151, SignatureVectors.Ed25519ByWhatIsHere, Published),
        new("ECDSA P-256, DER", 484, SignatureVectors.EcdsaInDer, Published),
        new("ML-DSA-44", 173, SignatureVectors.MlDsa, Published),
        new("RFC 8785", 4, JsonVectors.Published, Published),
        new("leaf JSON", 5, JsonVectors.Derived),
        new("our log of 300 leaves", 674, OwnLogVectors.WholeLog),
        new("our proofs", 60, OwnLogVectors.Proofs),
        new("our tiles", 1, OwnLogVectors.Tiles),
        new("our proof files", 3, OwnLogVectors.ProofFiles),
        new("commitments", 2, OwnLogVectors.Commitments),
    ];

    private static readonly Family[] Further =
    [
        new("notes there and back", 6, NoteVectors.ThereAndBack, Published),
        new("addresses of tiles, read", 19, LogVectors.AddressesRead, Published),
        new("Ed25519 in managed code", 151, SignatureVectors.Ed25519InManagedCode, Published),
        new("Ed25519, odd encodings", 490, SignatureVectors.Ed25519Edges, Published),
        new("ECDSA P-256, raw", 262, SignatureVectors.EcdsaRaw, Published),
        new("ML-DSA-44 with a context", 7, SignatureVectors.MlDsaWithContext, Published),
        new("JSON without a canonical form", 6, JsonVectors.Refused),
        new("samples", 2, OwnLogVectors.Samples),
    ];

    [Fact]
    public async Task All_checks_of_the_reference_hold_here()
    {
        Assert.Equal(ReferenceChecks, Families.Sum(family => family.Checks));
        var (right, left) = await RunAsync(Families);
        output.WriteLine($"{right} of {ReferenceChecks} checks");
        Assert.SkipWhen(left > 0, $"`vectors/published` is not here: {left} families were left out, {right} checks of the others hold");
        Assert.Equal(ReferenceChecks, right);
    }

    [Fact]
    public async Task Further_checks_hold_too()
    {
        var (right, left) = await RunAsync(Further);
        output.WriteLine($"{right} checks");
        Assert.SkipWhen(left > 0, $"`vectors/published` is not here: {left} families were left out, {right} checks of the others hold");
    }

    private async Task<(int Right, int LeftOut)> RunAsync(Family[] families)
    {
        var (right, left, wrong) = (0, 0, new List<string>());
        foreach (var family in families)
        {
            if (family.IsPublished && !VectorFile.ArePublishedHere)
            {
                left++;
                continue;
            }

            var tally = new Tally();
            await family.Run(tally);
            output.WriteLine($"{tally.Right,6}  {family.Name}");
            wrong.AddRange(tally.Named.Select(what => $"{family.Name}: {what}"));
            if (tally.Right + tally.Wrong != family.Checks) wrong.Add($"{family.Name}: {tally.Right + tally.Wrong} checks, {family.Checks} would be right");
            right += tally.Right;
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        return (right, left);
    }

    /// <param name="Checks">How many the family has.</param>
    /// <param name="IsPublished">Whether it needs what is not committed here.</param>
    private sealed record Family(string Name, int Checks, Func<Tally, Task> Run, bool IsPublished = false);
}
