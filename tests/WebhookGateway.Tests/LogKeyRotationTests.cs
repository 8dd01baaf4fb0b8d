using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Keys of the log come and go by entries of the log, each counts for its own sizes, and a second one may sign beside them.</summary>
public class LogKeyRotationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_key_signs_beside_the_old_one_until_that_is_ended()
    {
        using var folder = new TempFolder();
        string old;
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            await gate.GrowAsync(5);
            var first = Assert.Single((await KeysAsync(gate)).Keys).Key;
            var one = await AskAsync(gate, HttpMethod.Post, "rotate", "", Role.Admin);
            Assert.Equal("ed25519", one.GetProperty("algorithm").GetString());
            var both = await KeysAsync(gate);
            Assert.Equal([first.ToString(), one.GetProperty("vkey").GetString()!], both.Keys.Select(key => key.Key.ToString()));
            var note = await HeadAsync(gate);
            Assert.Equal(2, note.Verify(both.Keys.Select(key => key.Key)).Length);
            // The new key is announced by an entry that the old one has signed, and counts from there on.
            Assert.InRange(both.Keys[1].From, 6, Checkpoint.Parse(note.Text).Size);
            old = $"{first.Id:x8}";
            var ended = await AskAsync(gate, HttpMethod.Post, $"{old}/revoke", """{"reason":"the laptop was stolen","last":5}""", Role.Admin);
            Assert.Equal((0, 5, "the laptop was stolen"), (ended.GetProperty("from").GetInt64(), ended.GetProperty("to").GetInt64(), ended.GetProperty("ended").GetString()));
            Assert.Equal($"{both.Keys[1].Key.Id:x8}", $"{Assert.Single((await HeadAsync(gate)).Signatures).KeyId:x8}");
        }

        await using var again = await StoredGateway.StartAsync(folder.Path);
        await again.Desk.CheckAsync(Cancellation);
        var keys = await KeysAsync(again);
        Assert.Equal([(0L, (long?)5), (keys.Keys[1].From, null)], keys.Keys.Select(key => (key.From, key.To)));
        var head = await HeadAsync(again);
        keys.Verify(head);
        // The thief signs a later head with the old key.
        var thief = Ed25519PrivateKey.FromPem(await File.ReadAllTextAsync(Path.Combine(folder.Path, "audit.pem"), Cancellation));
        using var signer = new Ed25519Signer(keys.Origin, thief);
        var forged = new SignedNote(head.Text, [signer.Sign(head.Text, default)]);
        Assert.Contains("is not valid for", Assert.Throws<FormatException>(() => keys.Verify(forged)).Message, StringComparison.Ordinal);
        var list = await AskAsync(again, HttpMethod.Get, "", null, Role.Viewer);
        Assert.Equal([false, true], list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("signs").GetBoolean()));
    }

    [Fact]
    public async Task What_cannot_be_ended_says_why_and_nobody_below_an_admin_may()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(5);
        var only = $"{(await KeysAsync(gate)).Keys[0].Key.Id:x8}";
        foreach (var (id, body, role, status, said) in ((string, string, Role, HttpStatusCode, string)[])
            [
                (only, """{"reason":"x"}""", Role.Admin, HttpStatusCode.Conflict, "no other Ed25519 key would be left"),
                (only, """{"reason":" "}""", Role.Admin, HttpStatusCode.Conflict, "needs a reason"),
                ("00000000", """{"reason":"x"}""", Role.Admin, HttpStatusCode.NotFound, "no key `00000000`"),
                (only, """{"reason":"x"}""", Role.Operator, HttpStatusCode.Forbidden, "Admin"),
            ])
        {
            var (found, answer) = await SendAsync(gate, HttpMethod.Post, $"{id}/revoke", body, role);
            Assert.Equal(status, found);
            Assert.Contains(said, answer, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(gate, HttpMethod.Post, "rotate", "", Role.Operator)).Status);
        await AskAsync(gate, HttpMethod.Post, "rotate", "", Role.Admin);
        foreach (var (body, said) in ((string, string)[])[("""{"reason":"x","last":100000}""", "the last good size is"), ("""{"reason":"x","last":-1}""", "the last good size is")])
        {
            var (status, answer) = await SendAsync(gate, HttpMethod.Post, $"{only}/revoke", body, Role.Admin);
            Assert.Equal(HttpStatusCode.Conflict, status);
            Assert.Contains(said, answer, StringComparison.Ordinal);
        }

        await AskAsync(gate, HttpMethod.Post, $"{only}/revoke", """{"reason":"x"}""", Role.Admin);
        Assert.Contains("has ended already", (await SendAsync(gate, HttpMethod.Post, $"{only}/revoke", """{"reason":"x"}""", Role.Admin)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_key_signs_from_its_first_start_on_and_a_mirror_takes_either()
    {
        using var folder = new TempFolder();
        await using (var gate = await StoredGateway.StartAsync(folder.Path)) await gate.GrowAsync(300);
        var settings = AuditSettings.In(folder.Path) with { SecondKeyPath = Path.Combine(folder.Path, "audit-second.pem") };
        LogKeys keys;
        await using (var gate = await StoredGateway.StartAsync(folder.Path, settings))
        {
            await gate.Get<LogKeyring>().AnnounceAsync(Cancellation);
            keys = await KeysAsync(gate);
            Assert.Equal([NoteAlgorithm.Ed25519, NoteAlgorithm.EcdsaP256], keys.Keys.Select(key => key.Key.Algorithm));
            Assert.InRange(keys.Keys[1].From, 301, 320);
            var note = await HeadAsync(gate);
            Assert.Equal(2, note.Verify(keys.Keys.Select(key => key.Key)).Length);
            Assert.Equal("30", Convert.ToHexString(note.Signatures[1].Signature.Span[..1]));
            var spki = keys.Keys[1].Key.Material;
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(spki.Span)[..4]), $"{note.Signatures[1].KeyId:x8}");
            using var mirror = new TempFolder();
            var log = JsonDocument.Parse(await gate.TextAsync("/audit/v1/keys.json")).RootElement.GetProperty("log").GetString()!;
            foreach (var key in keys.Keys)
            {
                var copy = new MirrorFolder(Path.Combine(mirror.Path, $"{key.Key.Id:x8}"));
                var report = await new MirrorCopy(new GatewayLogSource(gate, log), copy, LogKeys.Of(key.Key)).RunAsync(Cancellation);
                Assert.InRange(report.Head.Size, 301, 330);
            }
        }

        await using var again = await StoredGateway.StartAsync(folder.Path, settings);
        await again.Get<LogKeyring>().AnnounceAsync(Cancellation);
        await again.Desk.CheckAsync(Cancellation);
        Assert.Equal(keys.Keys.Select(key => (key.Key.ToString(), key.From)), (await KeysAsync(again)).Keys.Select(key => (key.Key.ToString(), key.From)));
        Assert.Equal(2, (await again.Get<ILogMilestones>().MilestonesAsync(Cancellation)).Length);
    }

    [Fact]
    public async Task A_key_file_that_is_not_the_logs_stops_the_start()
    {
        using var folder = new TempFolder();
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            await gate.GrowAsync(5);
            await AskAsync(gate, HttpMethod.Post, "rotate", "", Role.Admin);
            await HeadAsync(gate);
        }

        File.Delete(Path.Combine(folder.Path, "audit.pem"));
        await using var again = await StoredGateway.StartAsync(folder.Path);
        var trouble = await Assert.ThrowsAsync<InvalidDataException>(() => again.Desk.CheckAsync(Cancellation));
        Assert.Contains("is not one of this log's", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_kind_of_second_key_is_refused()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "second.pem");
        using var wrong = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (var text in (string[])["", Ed25519PrivateKey.New().ToPem(), wrong.ExportPkcs8PrivateKeyPem(), wrong.ExportSubjectPublicKeyInfoPem()])
        {
            File.WriteAllText(path, text);
            var files = new Audit.AuditKeyFiles(AuditSettings.In(folder.Path) with { SecondKeyPath = path });
            Assert.Contains("no private P-256 key", Assert.Throws<FormatException>(() => files.OpenSecond()).Message, StringComparison.Ordinal);
        }
    }

    private static async Task<LogKeys> KeysAsync(StoredGateway gate) => LogKeys.Parse(await gate.TextAsync("/audit/v1/keys.json"));

    private static async Task<SignedNote> HeadAsync(StoredGateway gate)
    {
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        return SignedNote.Parse(await gate.TextAsync($"{(await gate.KeysAsync()).Log}/checkpoint"));
    }

    private static async Task<JsonElement> AskAsync(StoredGateway gate, HttpMethod method, string path, string? body, Role role)
    {
        var (status, answer) = await SendAsync(gate, method, path, body, role);
        Assert.True(status == HttpStatusCode.OK, $"{status}: {answer}");
        return JsonDocument.Parse(answer).RootElement;
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(StoredGateway gate, HttpMethod method, string path, string? body, Role role)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/audit/keys/{path}".TrimEnd('/'));
        if (body is { Length: > 0 }) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await gate.SendAsync(request, await gate.AddTokenAsync(role));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
