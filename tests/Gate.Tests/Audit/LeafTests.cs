using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Gate.Tests.Audit.Vectors;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>The bytes that are hashed.</summary>
public class LeafTests
{
    private const string Alice = "a_01KDVDNA00A4F9QWK44VXCX5WN";
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, 7, TimeSpan.Zero);

    [Fact]
    public void The_reference_log_is_written_byte_for_byte()
    {
        var log = VectorFile.Derived("gog_log_300.json");
        var tree = new TiledTree();
        var (verifier, tiles) = (new AuditVerifier("t_01JBQ6C2ZP"), new List<Tile>());
        var roots = log.GetProperty("roots_b64_by_size");
        foreach (var (index, leaf) in log.GetProperty("leaves_utf8").EnumerateArray().Index())
        {
            var bytes = GoldenLog.Read(leaf.GetString()!).ToBytes();
            Assert.Equal(leaf.GetString(), Encoding.UTF8.GetString(bytes.Span));
            var hash = MerkleTree.LeafHash(bytes.Span);
            Assert.Equal(log.GetProperty("leaf_hashes_b64")[index].GetString(), Convert.ToBase64String(hash));
            tree.Append(hash, tiles);
            if (roots.TryGetProperty(tree.Size.ToString(), out var root)) Assert.Equal(root.GetString(), Convert.ToBase64String(tree.Root()));
            verifier.Leaf(Stored(index, bytes, hash));
        }

        Assert.Equal(300, tree.Size);
        Assert.Equal((0, 0L), (Assert.Single(tiles).Level, tiles[0].Index));
        Assert.Empty(verifier.Problems());
    }

    [Fact]
    public void An_entry_with_every_part_is_written_as_committed()
    {
        var entry = new PlacedEntry(41, "01KDVDND17A4F9QWK44VXCX5WN", Noon, "t_01JBQ6C2ZP", Full(), Numbers(("deploy:prod", 7), ("deploy", 2)));
        Golden.Matches("entry.json", Encoding.UTF8.GetString(entry.ToBytes().Span) + "\n");
    }

    [Fact]
    public void What_a_leaf_says_is_read_back()
    {
        var entry = new PlacedEntry(41, "01KDVDND17A4F9QWK44VXCX5WN", Noon, "t_1", Full(), Numbers(("deploy:prod", 7)));

        var fields = LeafFields.Read(entry.ToBytes());

        Assert.Equal(
            (41L, entry.Id, Noon, AuditTypes.DispatchRequested, "t_1", "allow", "hub:acme/shop#7", Alice),
            (fields.Index, fields.Id, fields.At, fields.Type, fields.Tenant, fields.Outcome, fields.Correlation, fields.Actor));
        Assert.Equal(7, Assert.Single(fields.Numbers).Value);
    }

    [Theory]
    [InlineData("quote \" backslash \\ slash / tab \t line \n bell \u0007", """quote \" backslash \\ slash / tab \t line \n bell \u0007""")]
    [InlineData("\u007f\u00a0\u2028\ue000😀<>&'+", "\u007f\u00a0\u2028\ue000😀<>&'+")]
    [InlineData("", "")]
    public void Only_quotes_backslashes_and_controls_are_escaped(string text, string expected)
    {
        var writer = new CanonicalWriter();
        writer.Text(text);
        Assert.Equal($"\"{expected}\"", Encoding.UTF8.GetString(writer.Bytes.Span));
    }

    [Fact]
    public void What_has_no_canonical_form_is_refused()
    {
        var writer = new CanonicalWriter();
        Assert.Throws<FormatException>(() => writer.Text("half \ud800"));
        Assert.Throws<FormatException>(() => writer.Number(1L << 53));
        Assert.Throws<FormatException>(() => CanonicalJson.Of("[1.5]"u8.ToArray()));
        writer.BeginObject();
        writer.Name("b");
        writer.Truth(true);
        Assert.Throws<ArgumentException>(() => writer.Name("a"));
        Assert.Throws<ArgumentException>(() => writer.Name("b"));
    }

    [Fact]
    public void A_leaf_longer_than_its_limit_is_refused()
    {
        var draft = Full() with { Correlation = new string('x', PlacedEntry.MaxLength) };
        var entry = new PlacedEntry(0, "01KDVDND17A4F9QWK44VXCX5WN", Noon, "t_1", draft, Numbers());
        Assert.Throws<FormatException>(() => entry.ToBytes());
    }

    [Fact]
    public void An_id_sorts_by_its_moment_and_is_read_back()
    {
        var id = Ulid.Create(DateTimeOffset.FromUnixTimeMilliseconds(1_469_918_176_385), [0, 1, 2, 3, 4, 5, 6, 7, 8, 255]);

        Assert.Equal("01ARYZ6S410000G40R40M30E7Z"[..10], id[..10]);
        Assert.True(Ulid.TryParse(id, out var value));
        Assert.Equal((UInt128)1_469_918_176_385, value >> 80);
        Assert.Equal((UInt128)255, value & 255);
        Assert.False(Ulid.TryParse("8" + id[1..], out _));
        Assert.False(Ulid.TryParse(id.ToLowerInvariant(), out _));
    }

    private static AuditDraft Full() => new()
    {
        Type = AuditTypes.DispatchRequested,
        Outcome = AuditOutcome.Allow,
        Actor = new AuditActor("user", Alice),
        Subject = new AuditSubject("order", "o-1", "sha256:00"),
        Correlation = "hub:acme/shop#7",
        Causes = ["01KDVDNA00A4FHZ2D4WD16ASVH"],
        Occurred = Noon.AddSeconds(-1).ToOffset(TimeSpan.FromHours(2)),
        Populations = ["deploy", "deploy:prod"],
        Attributes = ImmutableSortedDictionary.Create<string, AuditValue>(StringComparer.Ordinal)
            .Add("forced", false).Add("files", 12).Add("ümlaut", "ja").Add("rules", new AuditValue.Texts(["b", "a"])),
        Sealed = [new SealedSection("actor", "HX5WEqoAQxgO2yMAM6nVMpX/iQFoErBSd95150cYdAU=", "k_1", 38, "text/plain")],
    };

    private static ImmutableSortedDictionary<string, long> Numbers(params (string Name, long Number)[] numbers) =>
        numbers.ToImmutableSortedDictionary(one => one.Name, one => one.Number, StringComparer.Ordinal);

    private static StoredLeaf Stored(int index, ReadOnlyMemory<byte> bytes, byte[] hash)
    {
        var fields = LeafFields.Read(bytes);
        return new StoredLeaf(index, bytes, hash, new LeafColumns(
            fields.Id, fields.At.ToUnixTimeMilliseconds(), fields.Type, fields.Correlation, fields.Actor, fields.Outcome));
    }
}
