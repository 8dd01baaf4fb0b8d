using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Notes;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A key signs the checkpoints of its own sizes and no others.</summary>
public class LogKeyTests
{
    private const string Origin = "gate.example.org/audit/t_1";
    private static readonly Ed25519Signer Old = new(Origin, Ed25519PrivateKey.FromSeed(new byte[32]));
    private static readonly Ed25519Signer New = new(Origin, Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)7, 32)]));
    private static readonly LogKeys Keys = new(Origin, [new LogKey(Old.Key, 0, 20) { Ended = "lost" }, new LogKey(New.Key, 10)]);

    [Theory]
    [InlineData(5, true, false, true)]
    [InlineData(5, false, true, false)]
    [InlineData(15, true, true, true)]
    [InlineData(15, false, true, true)]
    [InlineData(20, true, false, true)]
    [InlineData(21, true, false, false)]
    [InlineData(21, true, true, true)]
    public void Each_key_counts_for_its_sizes_alone(long size, bool hasOld, bool hasNew, bool isRight)
    {
        var note = Note(size, [.. hasOld ? [Old] : Array.Empty<NoteSigner>(), .. hasNew ? [New] : Array.Empty<NoteSigner>()]);
        if (isRight) Assert.Equal(size, Keys.Verify(note).Size);
        else Assert.Contains("is not valid for", Assert.Throws<FormatException>(() => Keys.Verify(note)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_signature_of_one_valid_key_spoils_the_other()
    {
        var wrong = Note(15, [Old]).With(Note(16, [New]).Signatures[0]);
        Assert.Contains("invalid signature", Assert.Throws<FormatException>(() => Keys.Verify(wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_keys_is_read_as_it_is_written()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            Keys.WriteTo(json);
            json.WriteEndObject();
        }

        var read = LogKeys.Parse(Encoding.UTF8.GetString(bytes.ToArray()));
        Assert.Equal(Keys.Keys.Select(Told), read.Keys.Select(Told));
        Assert.Equal(Origin, read.Origin);
        Assert.Equal((Old.Key.ToString(), 0, null, null), Told(Assert.Single(LogKeys.Parse($" {Old.Key}\n").Keys)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"origin":"o","keys":[]}""")]
    [InlineData("""{"origin":"o","keys":[{"vkey":5}]}""")]
    [InlineData("""{"origin":"o","keys":[{"vkey":"o+00000000+AQ=="}]}""")]
    [InlineData("""{"origin":"o","keys":3}""")]
    public void What_is_no_list_of_keys_is_refused(string text) => Assert.Throws<FormatException>(() => LogKeys.Parse(text));

    [Fact]
    public void A_key_stands_in_the_list_once() =>
        Assert.Contains("twice", Assert.Throws<FormatException>(() => LogKeys.Parse($$"""{"origin":"{{Origin}}","keys":[{"vkey":"{{Old.Key}}"},{"vkey":"{{Old.Key}}"}]}""")).Message, StringComparison.Ordinal);

    private static (string, long, long?, string?) Told(LogKey one) => (one.Key.ToString(), one.From, one.To, one.Ended);

    private static SignedNote Note(long size, NoteSigner[] signers)
    {
        var text = new Checkpoint(Origin, size, new byte[32]).ToString();
        return new SignedNote(text, [.. signers.Select(signer => signer.Sign(text, default))]);
    }
}
