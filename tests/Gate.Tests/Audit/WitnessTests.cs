using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A witness signs one history of a log, whatever is asked of it.</summary>
public class WitnessTests
{
    private const string Origin = "gate.example.org/audit/t_1";
    private static readonly Ed25519PrivateKey LogKey = Ed25519PrivateKey.FromSeed(new byte[32]);
    private static readonly Ed25519PrivateKey WitnessKey = Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly InMemoryLog Log = new([.. Enumerable.Range(0, 600).Select(number => Encoding.ASCII.GetBytes($"leaf {number}"))]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cosignature_verifies_and_a_log_that_grew_is_cosigned_again()
    {
        using var folder = new TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        var witness = Of(memory, (Origin, Signer().Key));
        foreach (var (old, size) in ((long, long)[])[(0, 5), (5, 300), (300, 300), (300, 600)])
        {
            var request = await RequestAsync(Log, old, size);
            var answer = await witness.AddAsync(request.ToString(), Cancellation);
            Assert.Equal(WitnessVerdict.Cosigned, answer.Verdict);
            var cosigned = request.Note.With(SignedNote.ParseLine(answer.Body.TrimEnd('\n')));
            Assert.Equal(2, cosigned.Verify([Signer().Key, new Ed25519Signer("w.example.org/w", WitnessKey, isWitness: true).Key]).Length);
        }
    }

    [Fact]
    public async Task A_second_history_is_never_cosigned_even_after_a_restart()
    {
        var forged = new InMemoryLog([.. Enumerable.Range(0, 600).Select(number => Encoding.ASCII.GetBytes(number == 3 ? "rewritten" : $"leaf {number}"))]);
        using var folder = new TempFolder();
        using (var memory = new WitnessFolder(folder.Path))
        {
            Assert.Equal(WitnessVerdict.Cosigned, (await Of(memory, (Origin, Signer().Key)).AddAsync((await RequestAsync(Log, 0, 300)).ToString(), Cancellation)).Verdict);
        }

        using var again = new WitnessFolder(folder.Path);
        var witness = Of(again, (Origin, Signer().Key));
        foreach (var (size, verdict) in ((long, WitnessVerdict)[])
            [(300, WitnessVerdict.OtherSize), (301, WitnessVerdict.NotConsistent), (600, WitnessVerdict.NotConsistent)])
        {
            Assert.Equal(verdict, (await witness.AddAsync((await RequestAsync(forged, 300, size)).ToString(), Cancellation)).Verdict);
        }

        var behind = await witness.AddAsync((await RequestAsync(Log, 0, 600)).ToString(), Cancellation);
        Assert.Equal((WitnessVerdict.OtherSize, "300"), (behind.Verdict, behind.Body));
        Assert.Equal(WitnessVerdict.Cosigned, (await witness.AddAsync((await RequestAsync(Log, 300, 600)).ToString(), Cancellation)).Verdict);
    }

    [Fact]
    public async Task Of_two_histories_asked_for_at_once_one_is_cosigned()
    {
        var forged = new InMemoryLog([.. Enumerable.Range(0, 300).Select(number => Encoding.ASCII.GetBytes($"forged {number}"))]);
        using var folder = new TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        var witness = Of(memory, (Origin, Signer().Key));
        var requests = await Task.WhenAll(RequestAsync(Log, 0, 300), RequestAsync(forged, 0, 300));
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(at => Task.Run(() => witness.AddAsync(requests[at % 2].ToString(), Cancellation))));
        Assert.Single(answers.Select((answer, at) => (answer.Verdict, at % 2)).Where(one => one.Verdict == WitnessVerdict.Cosigned).Select(one => one.Item2).Distinct());
    }

    [Fact]
    public async Task What_is_no_request_and_who_is_no_log_is_told_apart()
    {
        using var folder = new TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        var witness = Of(memory, (Origin, Signer().Key));
        var good = (await RequestAsync(Log, 0, 10)).ToString();
        foreach (var (body, verdict) in ((string, WitnessVerdict)[])
            [
                ("", WitnessVerdict.Malformed), ("old 1", WitnessVerdict.Malformed), (good.Replace("old 0", "old 00"), WitnessVerdict.Malformed),
                (good.Replace("old 0", "old 11"), WitnessVerdict.Malformed), (good.Replace("old 0\n", "old 0\nAAAA\n"), WitnessVerdict.Malformed),
                (good.Replace(Origin, "other.example.org/log"), WitnessVerdict.UnknownLog), (good.Replace("\n10\n", "\n11\n"), WitnessVerdict.NotSigned),
            ])
        {
            Assert.Equal(verdict, (await witness.AddAsync(body, Cancellation)).Verdict);
        }

        Assert.Null(await memory.NewestAsync(Origin, Cancellation));
    }

    [Fact]
    public async Task A_memory_that_is_damaged_stops_the_witness_and_is_not_taken_for_none()
    {
        using var folder = new TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        var witness = Of(memory, (Origin, Signer().Key));
        await witness.AddAsync((await RequestAsync(Log, 0, 10)).ToString(), Cancellation);
        var file = Directory.EnumerateFiles(folder.Path).Single(path => Path.GetFileName(path) != "owner");
        await File.WriteAllTextAsync(file, "", Cancellation);
        await Assert.ThrowsAsync<FormatException>(async () => await witness.AddAsync((await RequestAsync(Log, 0, 20)).ToString(), Cancellation));
        Assert.Throws<IOException>(() => new WitnessFolder(folder.Path));
    }

    private static Ed25519Signer Signer() => new(Origin, LogKey);

    private static Witness Of(IWitnessMemory memory, params (string Origin, NoteKey Key)[] logs) => new(
        logs.ToDictionary(log => log.Origin, log => LogKeys.Of(log.Key)), memory,
        new Ed25519Signer("w.example.org/w", WitnessKey, isWitness: true), new ManualTimeProvider());

    private static async Task<WitnessRequest> RequestAsync(InMemoryLog log, long old, long size)
    {
        var text = new Checkpoint(Origin, size, await log.RootAsync(size)).ToString();
        using var signer = Signer();
        var proof = await TreeProofs.ConsistencyAsync(log.Subtrees(size), old, size, Cancellation);
        return new WitnessRequest(old, proof, new SignedNote(text, [signer.Sign(text, default)]));
    }
}
