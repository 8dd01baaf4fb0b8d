using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Dsse;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Gate.Tests.Audit.Vectors;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>
/// What strangers give is mangled: each parser takes it or refuses it as malformed, and never ends in another way. What it takes, it writes in
/// one form that it reads again.
/// </summary>
public class ParserFuzzTests(ITestOutputHelper output)
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 50_000 : 3_000;
    private static readonly byte[] Pieces = "\n\n— +/=-.x\"\\{}[]:,0129\0\u007f "u8.ToArray();

    /// <summary>Of each form: genuine texts, and a reader: what it read as a text that must be the input, or null.</summary>
    private static readonly Dictionary<string, (string[] Genuine, Func<byte[], string?> Read)> Parsers = new(StringComparer.Ordinal)
    {
        ["note"] = (Notes(), bytes => Stable(SignedNote.Parse(bytes).ToString(), text => SignedNote.Parse(text).ToString())),
        ["checkpoint"] = (["gate.example.org/log\n300\nHX5WEqoAQxgO2yMAM6nVMpX/iQFoErBSd95150cYdAU=\n"], bytes => Stable(Checkpoint.Parse(Text(bytes)).ToString(), text => Checkpoint.Parse(text).ToString())),
        ["key"] = (Keys(), bytes => Stable(NoteKey.Parse(Text(bytes)).ToString(), text => NoteKey.Parse(text).ToString())),
        ["signature line"] = (
            ["— w.example.org/w 5Yfqa2jzpIqY3JUtZW9PAAAA"], bytes => Stable(SignedNote.ParseLine(Text(bytes)).ToString(), text => SignedNote.ParseLine(text).ToString())),
        ["proof file"] = (
            [VectorFile.Derived("gog_proofs_300.json").Text("tlog_proof_137")],
            bytes => Stable(ProofFile.Parse(Text(bytes)).ToString(), text => ProofFile.Parse(text).ToString())),
        ["address of a tile"] = (
            ["tile/0/x001/x234/067", "tile/entries/000.p/44", "tile/63/255.p/255"],
            bytes => TilePath.TryParse(Text(bytes), out var path) ? path.ToString() : throw new FormatException("not an address")),
        ["leaf"] = ([.. VectorFile.Derived("gog_log_300.json").Texts("leaves_utf8").Take(20)], bytes => LeafFields.Read(bytes).Id is null ? "" : null),
        ["canonical JSON"] = ([.. VectorFile.Derived("gog_log_300.json").Texts("leaves_utf8").Take(20)], bytes => Again(CanonicalJson.Of(bytes))),
        ["bundle of entries"] = (["\0\u0003abc\0\0\0\u0001x"], bytes => Latin(EntryBundle.Write(EntryBundle.Read(bytes))) == Latin(bytes) ? null : ""),
        ["envelope"] = ([Encoding.UTF8.GetString(Envelope().Span)], bytes => Again(DsseEnvelope.Parse(bytes))),
    };

    public static TheoryData<string> Names => [.. Parsers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mangled_input_is_taken_as_it_is_or_refused(string name)
    {
        var (genuine, read) = Parsers[name];
        var (chance, taken) = (new Random(20_260_306), 0);
        foreach (var one in genuine) Assert.True(read(Encoding.UTF8.GetBytes(one)) is not { } again || again == one, one);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Mangled(Encoding.UTF8.GetBytes(genuine[chance.Next(genuine.Length)]), chance);
            try
            {
                if (read(bytes) is { } again) Assert.Equal(Text(bytes), again);
                taken++;
            }
            catch (FormatException)
            {
                // Refused as what it is.
            }
        }

        output.WriteLine($"{Rounds} mangled, {taken} taken");
        Assert.InRange(taken, 0, Rounds - 1);
    }

    [Fact]
    public async Task A_witness_answers_whatever_it_is_asked()
    {
        using var folder = new GitOpsGate.Testing.TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        using var signer = new Ed25519Signer("w.example.org/w", Ed25519PrivateKey.FromSeed(new byte[32]), isWitness: true);
        var witness = new Witness(
            new Dictionary<string, LogKeys>(), memory, signer, new GitOpsGate.Testing.ManualTimeProvider());
        var request = Encoding.UTF8.GetBytes($"old 7\nHX5WEqoAQxgO2yMAM6nVMpX/iQFoErBSd95150cYdAU=\n\n{Notes()[0]}");
        var chance = new Random(20_260_307);
        for (var round = 0; round < Rounds / 10; round++)
        {
            var answer = await witness.AddAsync(Text(Mangled(request, chance)), TestContext.Current.CancellationToken);
            Assert.NotEqual(WitnessVerdict.Cosigned, answer.Verdict);
        }
    }

    private static byte[] Mangled(byte[] bytes, Random chance)
    {
        var list = bytes.ToList();
        for (var changes = chance.Next(1, 4); changes > 0 && list.Count > 0; changes--)
        {
            var (at, kind) = (chance.Next(list.Count), chance.Next(7));
            if (kind == 0) list[at] ^= (byte)(1 << chance.Next(8));
            else if (kind == 1) list[at] = Pieces[chance.Next(Pieces.Length)];
            else if (kind == 2) list.Insert(at, Pieces[chance.Next(Pieces.Length)]);
            else if (kind == 3) list.RemoveRange(at, Math.Min(chance.Next(1, 9), list.Count - at));
            else if (kind == 4) list.InsertRange(at, list.GetRange(at, Math.Min(chance.Next(1, 40), list.Count - at)));
            else if (kind == 5) list.RemoveRange(at, list.Count - at);
            else list.InsertRange(at, Enumerable.Repeat((byte)'9', chance.Next(1, 30)));
        }

        return [.. list];
    }

    private static string[] Notes()
    {
        var log = VectorFile.Derived("gog_log_300.json");
        return [log.Text("cosigned_checkpoint_300"), log.GetProperty("checkpoint_300_ecdsa_p256").Text("note")];
    }

    private static string[] Keys()
    {
        var log = VectorFile.Derived("gog_log_300.json");
        return [log.Text("log_vkey"), .. log.Texts("witness_vkeys"), log.GetProperty("checkpoint_300_ecdsa_p256").Text("vkey")];
    }

    private static ReadOnlyMemory<byte> Envelope()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return DsseEnvelope.Sign("application/vnd.in-toto+json", "{}"u8.ToArray(), new DsseKey("k1", key)).ToBytes();
    }

    // Base 64 has bits that nobody reads, so a text may be written otherwise than it was read; from then on it stays.
    private static string? Stable(string written, Func<string, string> again) => again(written) == written ? null : "";

    // What was read, written and read again, is the same: the input may have had another order or other spaces.
    private static string? Again(ReadOnlyMemory<byte> canonical) => CanonicalJson.Of(canonical).Span.SequenceEqual(canonical.Span) ? null : "";

    private static string? Again(DsseEnvelope envelope) => DsseEnvelope.Parse(envelope.ToBytes()).ToBytes().Span.SequenceEqual(envelope.ToBytes().Span) ? null : "";

    private static string Latin(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
