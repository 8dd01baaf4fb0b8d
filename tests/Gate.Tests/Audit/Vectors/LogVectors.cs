using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Testing;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>A whole log of another implementation, its addresses, and the questions that another witness was asked.</summary>
internal static class LogVectors
{
    public static async Task WholeLog(Tally tally)
    {
        var vectors = VectorFile.Published("tessera_log.json");
        var entries = vectors.Texts("entries_utf8").Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        var key = NoteKey.Parse(vectors.Text("vkey"));
        foreach (var one in vectors.GetProperty("checkpoints").EnumerateObject())
        {
            var note = SignedNote.Parse(one.Value.GetString()!);
            var checkpoint = Checkpoint.Parse(note.Text);
            var log = new InMemoryLog(entries[..(int)checkpoint.Size]);
            tally.Check(
                note.Verify([key]).Length == 1 && checkpoint.Origin == vectors.Text("origin") && $"{checkpoint.Size}" == one.Name
                && checkpoint.Root.Span.SequenceEqual(log.Root), $"checkpoint {one.Name}");
            foreach (var path in TilePath.Of(checkpoint.Size))
            {
                var (list, bytes) = path.Level == TilePath.Entries ? ("entries_b64", log.Bundle(path)) : ("tiles_b64", await log.TileAsync(path));
                tally.Check(Convert.ToBase64String(bytes.Span) == vectors.GetProperty(list).Text(path.ToString()), path.ToString());
            }
        }
    }

    public static Task Addresses(Tally tally)
    {
        var vectors = VectorFile.Published("tessera_tile_paths.json");
        foreach (var one in vectors.Items("tile_path"))
        {
            var width = one[2].GetInt32();
            var path = new TilePath(one[0].GetInt32(), one[1].GetInt64(), width == 0 ? TiledTree.Width : width);
            tally.Check(path.ToString() == one[3].GetString() && TilePath.TryParse(path.ToString(), out var again) && again == path, path.ToString());
        }

        foreach (var one in vectors.Items("entries_path_for_index"))
        {
            var (index, size) = (one[0].GetInt64() / TiledTree.Width, one[1].GetInt64());
            var width = (int)Math.Min(TiledTree.Width, size - (index * TiledTree.Width));
            tally.Check(new TilePath(TilePath.Entries, index, width).ToString() == one[2].GetString(), one[2].GetString()!);
        }

        return Task.CompletedTask;
    }

    /// <summary>Beyond the reference: addresses are read, and what is none is not.</summary>
    public static Task AddressesRead(Tally tally)
    {
        var vectors = VectorFile.Published("tessera_tile_paths.json");
        foreach (var one in vectors.Items("parse_ok"))
        {
            var width = one[4].GetInt32();
            var isRead = TilePath.TryParse($"tile/{one[0].GetString()}/{one[1].GetString()}", out var path);
            tally.Check(isRead && path == new TilePath(one[2].GetInt32(), one[3].GetInt64(), width == 0 ? TiledTree.Width : width), one.GetRawText());
        }

        foreach (var one in vectors.Items("parse_err")) tally.Check(!TilePath.TryParse($"tile/{one[0].GetString()}/{one[1].GetString()}", out _), one.GetRawText());
        return Task.CompletedTask;
    }

    public static async Task WitnessRequests(Tally tally)
    {
        var vectors = VectorFile.Published("witness_protocol.json");
        var (sigsum, sumdb) = (vectors.GetProperty("sigsum_log"), vectors.GetProperty("sumdb_log"));
        var sigsumKey = NoteKey.Of(sigsum.Text("origin"), NoteAlgorithm.Ed25519, sigsum.Hex("public_key_hex"));
        using var folder = new TempFolder();
        using var memory = new WitnessFolder(folder.Path);
        var logs = new Dictionary<string, LogKeys>
        {
            [sigsum.Text("origin")] = LogKeys.Of(sigsumKey),
            [sumdb.Text("origin")] = new LogKeys(sumdb.Text("origin"), [new LogKey(NoteKey.Parse(sumdb.Text("vkey")))]),
        };
        using var signer = new Ed25519Signer("w.example.org/w", Ed25519PrivateKey.FromSeed(new byte[32]), isWitness: true);
        var witness = new Witness(logs, memory, signer, new ManualTimeProvider());
        foreach (var request in sigsum.Items("requests_in_order").Concat(sumdb.Items("requests_in_order")))
        {
            var answer = await witness.AddAsync(request.Text("request_body"), CancellationToken.None);
            tally.Check(Wanted(request) == (int)answer.Verdict, $"{request.Text("request_body")[..20]}: {answer.Verdict}");
        }
    }

    // The revision that these were taken from answered 403 for a log that it does not know; the specification says 404.
    private static int Wanted(JsonElement request) =>
        request.TryGetProperty("body_contains", out var contains) && contains.GetString() == "unknown log" ? 404 : request.GetProperty("status").GetInt32();
}
