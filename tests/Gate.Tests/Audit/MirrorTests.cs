using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>A copy of a log grows with it, and never holds what the log did not sign.</summary>
public sealed class MirrorTests : IDisposable
{
    private const string Origin = "gate.example.org/audit/t_1";
    private readonly Ed25519Signer _signer = new(Origin, Ed25519PrivateKey.FromSeed(new byte[32]));
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MirrorFolder Copy => new(_folder.Path);

    private LogKeys Keys => LogKeys.Of(_signer.Key);

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_copy_follows_its_log_and_asks_for_what_is_new_alone()
    {
        var log = new InMemoryLog([.. Enumerable.Range(0, 66_000).Select(number => Encoding.ASCII.GetBytes($"leaf {number}"))]);
        var before = 0L;
        foreach (var size in (long[])[1, 255, 256, 257, 300, 300, 65_536, 66_000])
        {
            var source = new ServedLog(log, size, _signer);
            var report = await new MirrorCopy(source, Copy, Keys).RunAsync(Cancellation);
            Assert.Equal((size, before), (report.Head.Size, report.Before));
            Assert.Equal(await log.RootAsync(size), report.Head.Root.ToArray());
            var there = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder.Path, file));
            Assert.Equal(TilePath.Of(size).Select(path => path.ToString()).Append("checkpoint").Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
            foreach (var path in TilePath.Of(size).Where(path => path.Index % 50 == 0 || !path.IsFull))
                Assert.Equal(await source.TrueAsync(path.ToString()), await Copy.ReadAsync(path.ToString(), 1 << 20, Cancellation));
            // Two files for each 256 new entries, and what a proof needs.
            Assert.InRange(source.Asked, 1, (2 * ((size - before) / 256)) + 40);
            before = size;
        }

        var check = await new MirrorCopy(Copy, Copy, Keys) { IsAgain = true }.RunAsync(Cancellation);
        Assert.Equal((66_000, 0), (check.Head.Size, check.Files));
    }

    [Fact]
    public async Task A_log_of_another_implementation_is_copied_by_its_own_files()
    {
        var file = Shared.Locate("vectors/published/tessera_log.json");
        Assert.SkipWhen(file is null, "`vectors/published/tessera_log.json` is not here");
        using var vectors = JsonDocument.Parse(await File.ReadAllBytesAsync(file!, Cancellation));
        var keys = LogKeys.Parse(vectors.RootElement.GetProperty("vkey").GetString()!);
        foreach (var one in vectors.RootElement.GetProperty("checkpoints").EnumerateObject().OrderBy(one => int.Parse(one.Name)))
        {
            var report = await new MirrorCopy(new JsonSource(vectors.RootElement, one.Name), Copy, keys).RunAsync(Cancellation);
            Assert.Equal(one.Name, $"{report.Head.Size}");
        }

        Assert.Equal(15, (await new MirrorCopy(Copy, Copy, keys) { IsAgain = true }.RunAsync(Cancellation)).Head.Size);
    }

    [Fact]
    public async Task A_run_that_broke_off_anywhere_is_gone_on_with()
    {
        var whole = ServedLog.Of("leaf", 600, 600, _signer);
        await new MirrorCopy(whole, new MirrorFolder(Path.Combine(_folder.Path, "whole")), Keys).RunAsync(Cancellation);
        Assert.InRange(whole.Asked, 8, 40);
        for (var breaks = 0; breaks < whole.Asked; breaks++)
        {
            var copy = new MirrorFolder(Path.Combine(_folder.Path, $"{breaks}"));
            await new MirrorCopy(ServedLog.Of("leaf", 600, 100, _signer), copy, Keys).RunAsync(Cancellation);
            var broken = new ServedLog(new InMemoryLog(Leaves("leaf")), 600, _signer) { Breaks = breaks };
            await Assert.ThrowsAsync<IOException>(() => new MirrorCopy(broken, copy, Keys).RunAsync(Cancellation));
            Assert.Equal(100, Checkpoint.Parse(copy.Newest()!.Text).Size);
            Assert.Equal(600, (await new MirrorCopy(ServedLog.Of("leaf", 600, 600, _signer), copy, Keys).RunAsync(Cancellation)).Head.Size);
            Assert.Equal(0, (await new MirrorCopy(copy, copy, Keys) { IsAgain = true }.RunAsync(Cancellation)).Files);
        }
    }

    public static TheoryData<string, string> Lies => new()
    {
        { "shuffled", "is not what the signed tree holds" },
        { "swapped", "is not what the signed tree holds" },
        { "doubled", "is not what the signed tree holds" },
        { "fewer", "should hold 256, and holds 255" },
        { "cut", "ends in the middle of an entry" },
        { "empty", "should hold" },
        { "endless", "more than" },
        { "missing", "is missing" },
        { "other log's tile", "is not what the signed tree holds" },
        { "other log's edge", "do not give the root" },
        { "other log's checkpoint", "it is the checkpoint of `other.example.org/log`" },
        { "other key", "no verifiable signatures" },
        { "signature of another text", "invalid signature" },
        { "no note", "malformed note" },
        { "older", "the log shrank: it gives 200 entries, and 300 were copied already" },
        { "older and other", "the log forked: its first 200 entries" },
        { "same size and other", "the log forked: its first 300 entries" },
        { "rewritten", "the log forked: its first 300 entries" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_server_that_lies_is_told_so_and_the_copy_stays_true(string lie, string said)
    {
        await new MirrorCopy(ServedLog.Of("leaf", 700, 300, _signer), Copy, Keys).RunAsync(Cancellation);
        var source = Lying(lie);
        var trouble = await Assert.ThrowsAsync<LogRefusedException>(() => new MirrorCopy(source, Copy, Keys).RunAsync(Cancellation));
        Assert.Contains(said, trouble.Message, StringComparison.Ordinal);
        Assert.Equal(300, Checkpoint.Parse(Copy.Newest()!.Text).Size);
        Assert.Equal(300, (await new MirrorCopy(Copy, Copy, Keys) { IsAgain = true }.RunAsync(Cancellation)).Head.Size);
        // What the liar was believed before it was caught is true, too: the honest log has nothing to put right.
        var honest = ServedLog.Of("leaf", 700, 700, _signer);
        Assert.Equal(700, (await new MirrorCopy(honest, Copy, Keys).RunAsync(Cancellation)).Head.Size);
        Assert.Equal(0, (await new MirrorCopy(Copy, Copy, Keys) { IsAgain = true }.RunAsync(Cancellation)).Files);
    }

    [Fact]
    public async Task A_changed_bit_in_any_answer_is_found()
    {
        var honest = ServedLog.Of("leaf", 700, 700, _signer);
        var (chance, number) = (new Random(7), 0);
        foreach (var path in TilePath.Of(700).Select(path => path.ToString()).Append("checkpoint"))
        {
            var length = (await honest.TrueAsync(path))!.Length;
            for (var round = 0; round < 8; round++)
            {
                var copy = new MirrorFolder(Path.Combine(_folder.Path, $"{number++}"));
                var (at, bit) = (chance.Next(length), 1 << chance.Next(8));
                var source = new ServedLog(new InMemoryLog(Leaves("leaf")), 700, _signer)
                {
                    Twist = (address, answer) =>
                    {
                        if (address == path) answer![at] ^= (byte)bit;
                        return answer;
                    },
                };
                await Assert.ThrowsAsync<LogRefusedException>(() => new MirrorCopy(source, copy, Keys).RunAsync(Cancellation));
            }
        }
    }

    [Fact]
    public async Task A_damaged_copy_is_found_and_healed()
    {
        await new MirrorCopy(ServedLog.Of("leaf", 700, 600, _signer), Copy, Keys).RunAsync(Cancellation);
        foreach (var path in TilePath.Of(600).Select(path => path.ToString()))
        {
            var file = Path.Combine(_folder.Path, path);
            var bytes = await File.ReadAllBytesAsync(file, Cancellation);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, Cancellation);
            await Assert.ThrowsAsync<LogRefusedException>(() => new MirrorCopy(Copy, Copy, Keys) { IsAgain = true }.RunAsync(Cancellation));
            var healed = await new MirrorCopy(ServedLog.Of("leaf", 700, 600, _signer), Copy, Keys) { IsAgain = true }.RunAsync(Cancellation);
            Assert.Equal(1, healed.Files);
        }

        File.Delete(Path.Combine(_folder.Path, "tile/0/000"));
        var missing = await Assert.ThrowsAsync<LogRefusedException>(() => new MirrorCopy(Copy, Copy, Keys) { IsAgain = true }.RunAsync(Cancellation));
        Assert.Contains("`tile/0/000` is missing", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partial_file_that_the_log_took_away_is_cut_from_the_full_one()
    {
        var later = ServedLog.Of("leaf", 700, 700, _signer);
        var earlier = ServedLog.Of("leaf", 700, 300, _signer);
        // The one whose full tile is not there yet stays, of course.
        var (checkpoint, above) = (await earlier.TrueAsync("checkpoint"), await earlier.TrueAsync("tile/1/000.p/1"));
        var source = new ServedLog(new InMemoryLog(Leaves("leaf")), 700, _signer)
        {
            Twist = (address, answer) => address switch { "checkpoint" => checkpoint, "tile/1/000.p/1" => above, _ => answer },
        };
        Assert.Null(await later.TrueAsync("tile/0/001.p/44"));
        Assert.Equal(300, (await new MirrorCopy(source, Copy, Keys).RunAsync(Cancellation)).Head.Size);
        Assert.Equal(44 * 32, (await Copy.ReadAsync("tile/0/001.p/44", 1 << 20, Cancellation))!.Length);
    }

    [Fact]
    public async Task A_run_takes_no_more_than_it_may_and_one_process_writes()
    {
        var trouble = await Assert.ThrowsAsync<LogRefusedException>(
            () => new MirrorCopy(ServedLog.Of("leaf", 700, 300, _signer), Copy, Keys) { Most = 299 }.RunAsync(Cancellation));
        Assert.Contains("at most 299", trouble.Message, StringComparison.Ordinal);
        using var held = Copy.Hold();
        Assert.Throws<IOException>(() => Copy.Hold());
    }

    private static byte[][] Leaves(string name) => [.. Enumerable.Range(0, 700).Select(number => Encoding.ASCII.GetBytes($"{name} {number}"))];

    private ServedLog Lying(string lie)
    {
        const string Bundle = "tile/entries/001";
        var (mine, other) = (new InMemoryLog(Leaves("leaf")), new InMemoryLog(Leaves("tree")));
        ServedLog With(string at, Func<byte[], byte[]?> twist) =>
            new(mine, 700, _signer) { Twist = (address, answer) => address == at ? twist(answer!) : answer };
        byte[] Entries(Func<List<ReadOnlyMemory<byte>>, IEnumerable<ReadOnlyMemory<byte>>> change, byte[] bundle) => EntryBundle.Write(change([.. EntryBundle.Read(bundle)]));
        using var stranger = new Ed25519Signer("other.example.org/log", Ed25519PrivateKey.FromSeed(new byte[32]));
        using var thief = new Ed25519Signer(Origin, Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)9, 32)]));
        byte[] Head(ServedLog log) => log.TrueAsync("checkpoint").GetAwaiter().GetResult()!;
        return lie switch
        {
            "shuffled" => With(Bundle, bundle => Entries(all => all.AsEnumerable().Reverse(), bundle)),
            "swapped" => With(Bundle, _ => mine.Bundle(new TilePath(TilePath.Entries, 0, 256)).ToArray()),
            "doubled" => With(Bundle, bundle => Entries(all => all.Take(255).Prepend(all[0]), bundle)),
            "fewer" => With(Bundle, bundle => Entries(all => all.Take(255), bundle)),
            "cut" => With(Bundle, bundle => bundle[..^3]),
            "empty" => With(Bundle, _ => []),
            "endless" => With("tile/0/001", _ => new byte[1 << 20]),
            "missing" => With("tile/0/001", _ => null),
            "other log's tile" => With("tile/0/001", _ => other.TileAsync(new TilePath(0, 1, 256)).GetAwaiter().GetResult().ToArray()),
            "other log's edge" => With("tile/0/002.p/188", _ => other.TileAsync(new TilePath(0, 2, 188)).GetAwaiter().GetResult().ToArray()),
            "other log's checkpoint" => With("checkpoint", Served(Head(new ServedLog(mine, 700, stranger)))),
            "other key" => With("checkpoint", Served(Head(new ServedLog(mine, 700, thief)))),
            "signature of another text" => With("checkpoint", bytes => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\n700\n", "\n699\n", StringComparison.Ordinal))),
            "no note" => With("checkpoint", _ => "<html>"u8.ToArray()),
            "older" => new ServedLog(mine, 200, _signer),
            "older and other" => new ServedLog(other, 200, _signer),
            "same size and other" => new ServedLog(other, 300, _signer),
            "rewritten" => new ServedLog(other, 700, _signer),
            _ => throw new ArgumentException(lie, nameof(lie)),
        };
    }

    private static Func<byte[], byte[]?> Served(byte[] instead) => _ => instead;

    /// <summary>The files of another implementation's log, as they were published.</summary>
    private sealed class JsonSource(JsonElement vectors, string size) : ILogSource
    {
        public Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation)
        {
            if (address == "checkpoint") return Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(vectors.GetProperty("checkpoints").GetProperty(size).GetString()!));
            var list = vectors.GetProperty(address.StartsWith("tile/entries/", StringComparison.Ordinal) ? "entries_b64" : "tiles_b64");
            return Task.FromResult(list.TryGetProperty(address, out var bytes) ? Convert.FromBase64String(bytes.GetString()!) : null);
        }
    }
}
