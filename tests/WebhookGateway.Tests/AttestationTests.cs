using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Ui;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Attestations of rulings: signed by a key of their own, named by the log, verified by OpenSSL alone.</summary>
public class AttestationTests
{
    private static readonly CommitId Merge = CommitId.Parse(new string('c', 40));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("decision", "https://gitops-gate.dev/gate-decision/v1")]
    [InlineData("vsa", "https://slsa.dev/verification_summary/v1")]
    [InlineData("provenance", "https://gitops-gate.dev/source-provenance/v1")]
    public async Task OpenSSL_verifies_it_and_the_log_names_its_digest(string predicate, string type)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var ruling = await RuleAsync(gate, Verdict.Allowed);
        var envelope = await IssueAsync(gate, ruling, predicate);
        var statement = await OpenedAsync(envelope, await gate.TextAsync("/api/v1/attestation-key"));
        Assert.Equal(("https://in-toto.io/Statement/v1", type), (
            statement.GetProperty("_type").GetString(), statement.GetProperty("predicateType").GetString()));
        var subject = Assert.Single(statement.GetProperty("subject").EnumerateArray());
        Assert.Equal("git+https://github.com/acme/shop", subject.GetProperty("name").GetString());
        Assert.Equal((predicate == "decision" ? Samples.Head : Merge).Value, subject.GetProperty("digest").GetProperty("gitCommit").GetString());
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(envelope))}";
        var entries = await EntriesAsync(gate);
        Assert.Equal(["pending", "success", "success"], entries.Select(entry => entry.GetProperty("outcome").GetString()));
        Assert.Equal(digest, entries[1].GetProperty("subject").GetProperty("digest").GetString());
        Assert.Equal(envelope, await gate.BytesAsync($"/api/v1/rulings/{ruling.Id}/attestations/{digest[7..]}"));
        // People are references: no login is in a statement.
        var text = statement.GetRawText();
        Assert.All((string[])["sam", "bob", "carol", "id-"], name => Assert.DoesNotContain($"\"{name}", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_summary_says_what_the_gate_can_say_and_a_denial_fails()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var ruling = await RuleAsync(gate, Verdict.Allowed);
        var decision = await IssueAsync(gate, ruling, "decision");
        var summary = Predicate(await IssueAsync(gate, ruling, "vsa"));
        Assert.Equal("https://gate.example.org/slsa/v1", summary.GetProperty("verifier").GetProperty("id").GetString());
        Assert.Equal(("PASSED", "1.2"), (summary.GetProperty("verificationResult").GetString(), summary.GetProperty("slsaVersion").GetString()));
        Assert.Equal(
            ["SLSA_SOURCE_LEVEL_1", "ORG_SOURCE_GATE_ALLOWED", "ORG_SOURCE_APPROVED_BY_ANOTHER", "ORG_SOURCE_APPROVED_LAST_REVISION", "ORG_SOURCE_NO_OVERRIDE"],
            summary.GetProperty("verifiedLevels").EnumerateArray().Select(level => level.GetString()));
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(decision)),
            Assert.Single(summary.GetProperty("inputAttestations").EnumerateArray()).GetProperty("digest").GetProperty("sha256").GetString());
        Assert.Equal(ruling.RulesDigest, summary.GetProperty("policy").GetProperty("digest").GetProperty("sha256").GetString());
        var denied = Predicate(await IssueAsync(gate, await RuleAsync(gate, Verdict.Denied, 2), "vsa"));
        Assert.Equal("FAILED", denied.GetProperty("verificationResult").GetString());
        Assert.Equal(["FAILED"], denied.GetProperty("verifiedLevels").EnumerateArray().Select(level => level.GetString()));
    }

    [Fact]
    public async Task What_is_not_merged_has_only_a_decision_and_what_there_is_not_has_none()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var ruling = await RuleAsync(gate, Verdict.Allowed, state: ChangeState.Open);
        foreach (var (path, role, status) in ((string, Role, HttpStatusCode)[])
            [
                ($"{ruling.Id}/attestations?predicate=vsa", Role.Operator, HttpStatusCode.Conflict),
                ($"{ruling.Id}/attestations?predicate=provenance", Role.Operator, HttpStatusCode.Conflict),
                ($"{ruling.Id}/attestations?predicate=love", Role.Operator, HttpStatusCode.BadRequest),
                ($"{Guid.Empty}/attestations", Role.Operator, HttpStatusCode.NotFound),
                ($"{ruling.Id}/attestations", Role.Viewer, HttpStatusCode.Forbidden),
                ($"{ruling.Id}/attestations", Role.Operator, HttpStatusCode.OK),
            ])
        {
            using var answer = await gate.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/v1/rulings/{path}"), await gate.AddTokenAsync(role));
            Assert.Equal(status, answer.StatusCode);
        }

        Assert.Single(await gate.Get<IAttestations>().OfRulingAsync(ruling.Id, Cancellation));
    }

    [Fact]
    public async Task The_key_outlives_a_restart_and_is_none_of_the_gates_other_keys()
    {
        using var folder = new TempFolder();
        string key;
        await using (var gate = await StoredGateway.StartAsync(folder.Path)) key = await gate.TextAsync("/api/v1/attestation-key");
        await using var again = await StoredGateway.StartAsync(folder.Path);
        await again.GrowAsync(1);
        await again.KeysAsync();
        Assert.Equal(key, await again.TextAsync("/api/v1/attestation-key"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "attestation.pem")));
        Assert.DoesNotContain(await File.ReadAllTextAsync(Path.Combine(folder.Path, "attestation.pem"), Cancellation), await File.ReadAllTextAsync(Path.Combine(folder.Path, "audit.pem"), Cancellation), StringComparison.Ordinal);
    }

    private static async Task<Ruling> RuleAsync(StoredGateway gate, Verdict verdict, long number = 1, ChangeState state = ChangeState.Merged)
    {
        var change = Samples.Change(number, state: state) with { Author = Samples.Person("sam"), MergeCommit = Merge, MergedBy = Samples.Person("carol"), MergedAt = Samples.Now };
        var ruling = Samples.Denied() with
        {
            Id = new RulingId(Guid.Parse($"019b0000-0000-7000-8000-00000000000{number}")),
            Revision = new Revision(change.Key, change.Head),
            Verdict = verdict,
            Requirements =
            [
                new Requirement
                {
                    Rule = "release", State = RequirementState.Approved, Sentence = "1 given", Required = 1,
                    Given = [new Approval(Samples.Person("bob"), Samples.Now.AddHours(-1), change.Head, "review")],
                },
            ],
        };
        await gate.Get<IGateStore>().RecordAsync(
            new Record { Change = change, Ruling = ruling, Evidence = "{}"u8.ToArray(), Entries = [RulingEntries.Decided(ruling)], At = Samples.Now }, Cancellation);
        return ruling;
    }

    private static async Task<byte[]> IssueAsync(StoredGateway gate, Ruling ruling, string predicate)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/rulings/{ruling.Id}/attestations?predicate={predicate}");
        using var answer = await gate.SendAsync(request, await gate.AddTokenAsync(Role.Operator));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    private static JsonElement Predicate(byte[] envelope) =>
        JsonElement.Parse(JsonElement.Parse(envelope).GetProperty("payload").GetBytesFromBase64()).GetProperty("predicate");

    private static async Task<JsonElement[]> EntriesAsync(StoredGateway gate) =>
    [
        .. (await gate.TextAsync("/audit/v1/events")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))
            .Where(entry => entry.GetProperty("type").GetString() == AuditTypes.AttestationIssued),
    ];

    /// <summary>Verifies an envelope as a stranger does, with OpenSSL, and then reads the bytes that were verified.</summary>
    private static async Task<JsonElement> OpenedAsync(byte[] envelope, string key)
    {
        var json = JsonElement.Parse(envelope);
        var (type, payload) = (json.GetProperty("payloadType").GetString()!, json.GetProperty("payload").GetBytesFromBase64());
        using var files = new TempFolder();
        var (pem, signature, message) = (Path.Combine(files.Path, "key.pem"), Path.Combine(files.Path, "sig"), Path.Combine(files.Path, "message"));
        await File.WriteAllTextAsync(pem, key, Cancellation);
        await File.WriteAllBytesAsync(signature, json.GetProperty("signatures")[0].GetProperty("sig").GetBytesFromBase64(), Cancellation);
        await File.WriteAllBytesAsync(message, [.. Encoding.ASCII.GetBytes($"DSSEv1 {type.Length} {type} {payload.Length} "), .. payload], Cancellation);
        Assert.Equal(0, await OpenSslAsync("dgst", "-sha256", "-verify", pem, "-signature", signature, message));
        await File.WriteAllBytesAsync(message, [.. Encoding.ASCII.GetBytes($"DSSEv1 {type.Length} {type} {payload.Length} "), .. payload.Reverse()], Cancellation);
        Assert.NotEqual(0, await OpenSslAsync("dgst", "-sha256", "-verify", pem, "-signature", signature, message));
        return JsonElement.Parse(payload);
    }

    private static async Task<int> OpenSslAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync(Cancellation);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs openssl on the path");
            throw;
        }
    }
}
