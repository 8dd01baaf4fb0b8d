using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Rulings are made again with the rules and bundles of their day, whatever the gateway was started with since.</summary>
public class KeptRulesTests
{
    private const string Rules = """
        version: 1
        policies:
          - { name: words, bundle: house, package: data.house, style: change }

        """;

    private const string Old = "package house\n\ndeny contains sprintf(\"%s is not said here\", [data.words[_]])\n";
    private const string New = "package house\n\nwarn contains \"anything goes\"\n";

    [Fact]
    public async Task A_ruling_comes_out_again_after_rules_and_bundle_changed_and_a_bundle_that_was_touched_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-house-");
        try
        {
            await WriteAsync(folder, Old, """{"words":["hurry"]}""");
            await using var scene = await ForgeScene.StartAsync("github");
            await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Rules), ("site/index.html", Manifests.Page("old")));
            await using var gateway = await Gateway.StartAsync(scene, bundles: $"  - name: house\n    path: {folder.FullName}");
            await gateway.ConnectAsync();
            await scene.PushAsync("alice", "sale", ("site/index.html", Manifests.Page("new")));
            await scene.OpenAsync("alice", "sale", "Hurry");
            await Eventually.TrueAsync(async () => await RulingAsync(gateway) is not null, () => $"nothing was ruled:\n{gateway.Printed}");
            await gateway.IdleAsync();
            var ruling = (await RulingAsync(gateway))!;
            Assert.Equal("denied", (await gateway.GetAsync($"rulings/{ruling}")).GetProperty("verdict").GetString());
            await SameAsync(gateway, ruling);

            // Another policy, other data, and a server's rule that holds everything.
            await WriteAsync(folder, New, """{"words":[]}""");
            await gateway.AddToConfigurationAsync("rules: { approvals: [ { name: two, requires: { count: 2 } } ] }");
            await AgainAsync(gateway);
            await SameAsync(gateway, ruling);
            // The second time from memory, and with the bundle gone from everywhere but the database.
            folder.Delete(recursive: true);
            Directory.CreateDirectory(folder.FullName);
            await WriteAsync(folder, New, """{"words":["other"]}""");
            await SameAsync(gateway, ruling);

            await TouchAsync(gateway);
            var replay = await gateway.GetAsync($"rulings/{ruling}/replay");
            Assert.False(replay.GetProperty("same").GetBoolean());
            var differences = replay.GetProperty("differences").EnumerateArray().Select(line => line.GetString()!).ToList();
            Assert.Contains(differences, line => line.StartsWith("bundle `house` cannot be asked: revision `sha256:", StringComparison.Ordinal)
                && line.Contains("it was changed after it was kept", StringComparison.Ordinal));
            Assert.Contains(differences, line => line.StartsWith("the server's rules `", StringComparison.Ordinal)
                && line.Contains("they were changed after they were kept", StringComparison.Ordinal));
            Assert.Equal("errored", replay.GetProperty("again").GetString());
            Assert.True(await gateway.VerifiesAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task SameAsync(Gateway gateway, string ruling)
    {
        var replay = await gateway.GetAsync($"rulings/{ruling}/replay");
        Assert.True(replay.GetProperty("same").GetBoolean(), replay.ToString());
    }

    private static async Task AgainAsync(Gateway gateway)
    {
        gateway.Kill();
        await gateway.StartAgainAsync();
    }

    private static async Task<string?> RulingAsync(Gateway gateway) => (await gateway.EntriesAsync())
        .LastOrDefault(leaf => leaf.GetProperty("type").GetString() == "decision.evaluated") is { ValueKind: JsonValueKind.Object } leaf
        ? leaf.GetProperty("subject").GetProperty("ref").GetString()
        : null;

    private static async Task WriteAsync(DirectoryInfo folder, string policy, string data)
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "house.rego"), policy, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "data.json"), data, TestContext.Current.CancellationToken);
    }

    /// <summary>Puts into the database, under each digest that is kept, what was kept under none; as whoever holds the file can.</summary>
    private static async Task TouchAsync(Gateway gateway)
    {
        gateway.Kill();
        // Points the driver at the operating system's SQLite.
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(StorageRegistration).Module.ModuleHandle);
        await using var database = new SqliteConnection($"Data Source={Path.Combine(gateway.DataFolder, "gate.db")};Pooling=False");
        await database.OpenAsync(TestContext.Current.CancellationToken);
        var rows = new List<(string Digest, byte[] Body, long Length)>();
        await using (var read = database.CreateCommand())
        {
            read.CommandText = "SELECT digest, body, length FROM kept_source";
            await using var row = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await row.ReadAsync(TestContext.Current.CancellationToken)) rows.Add((row.GetString(0), (byte[])row.GetValue(1), row.GetInt64(2)));
        }

        foreach (var (digest, body, length) in rows)
        {
            await using var write = database.CreateCommand();
            write.CommandText = "DROP TRIGGER IF EXISTS kept_source_no_change; UPDATE kept_source SET body = @body, length = @length WHERE digest = @digest";
            var changed = Inflated(body);
            changed[^3] ^= 1;
            write.Parameters.AddWithValue("@body", Deflated(changed));
            write.Parameters.AddWithValue("@length", length);
            write.Parameters.AddWithValue("@digest", digest);
            await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(rows.Count >= 4, $"{rows.Count} are kept");
        await gateway.StartAgainAsync();
    }

    private static byte[] Inflated(byte[] body)
    {
        using var plain = new MemoryStream();
        using (var zip = new System.IO.Compression.ZLibStream(new MemoryStream(body), System.IO.Compression.CompressionMode.Decompress)) zip.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Deflated(byte[] plain)
    {
        using var body = new MemoryStream();
        using (var zip = new System.IO.Compression.ZLibStream(body, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) zip.Write(plain);
        return body.ToArray();
    }
}
