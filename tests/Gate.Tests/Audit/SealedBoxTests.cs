using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A box opens with its key, at its place, as it was locked, and in no other way.</summary>
public class SealedBoxTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(at => (byte)at)];
    private static readonly BoxPlace Place = new("gate.example.org/audit/t_1", "01KDVDNA00A4F9QWK44VXCX5WN", "reason");
    private static readonly byte[] Disclosure = [.. new byte[32], .. "the shop is down"u8];

    [Fact]
    public void What_was_locked_comes_back_and_no_two_boxes_are_alike()
    {
        var (one, other) = (SealedBox.Lock(Key, Place, Disclosure), SealedBox.Lock(Key, Place, Disclosure));
        Assert.Equal(Disclosure, SealedBox.Open(Key, Place, one));
        Assert.NotEqual(one, other);
        Assert.Equal(12 + Disclosure.Length + 16, one.Length);
        Assert.Equal(-1, one.AsSpan().IndexOf("shop"u8));
    }

    [Fact]
    public void Every_changed_bit_is_found()
    {
        var box = SealedBox.Lock(Key, Place, Disclosure);
        for (var bit = 0; bit < box.Length * 8; bit++)
        {
            box[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(SealedBox.Open(Key, Place, box));
            box[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < box.Length; length++) Assert.Null(SealedBox.Open(Key, Place, box.AsSpan(0, length)));
    }

    [Fact]
    public void Another_key_or_another_place_opens_nothing()
    {
        var box = SealedBox.Lock(Key, Place, Disclosure);
        Assert.Null(SealedBox.Open(new byte[32], Place, box));
        Assert.Null(SealedBox.Open(Key, Place with { Entry = "01KDVDNA00A4F9QWK44VXCX5WP" }, box));
        Assert.Null(SealedBox.Open(Key, Place with { Name = "title" }, box));
        Assert.Null(SealedBox.Open(Key, Place with { Origin = "gate.example.org/audit/t_2" }, box));
    }

    [Fact]
    public void A_leaf_tells_its_sections_and_never_what_was_personal()
    {
        var draft = new AuditDraft
        {
            Type = AuditTypes.OverrideUsed,
            Outcome = AuditOutcome.Success,
            Sealed = [new SealedSection("reason", Convert.ToBase64String(new byte[32]), "k_1", 16)],
            Personal = [new PersonalText(PersonalText.Reason, "a_1", "the shop is down")],
        };
        var entry = new PlacedEntry(0, "01KDVDNA00A4F9QWK44VXCX5WN", DateTimeOffset.UnixEpoch, "t_1", draft, ImmutableSortedDictionary<string, long>.Empty);
        var leaf = entry.ToBytes();
        Assert.DoesNotContain("shop", Encoding.UTF8.GetString(leaf.Span), StringComparison.Ordinal);
        Assert.DoesNotContain("shop", draft.Personal[0].ToString(), StringComparison.Ordinal);
        var read = LeafSections.Read(leaf);
        Assert.Equal("01KDVDNA00A4F9QWK44VXCX5WN", read.Entry);
        Assert.Equal(draft.Sealed[0], Assert.Single(read.Sections));
        Assert.Throws<FormatException>(() => LeafSections.Read("""{"sealed":[{"n":1}]}"""u8.ToArray()));
        Assert.Throws<FormatException>(() => LeafSections.Read("""{"id":"x","sealed":["""u8.ToArray()));
    }
}
