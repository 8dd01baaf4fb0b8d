using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Ui;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Moves of guarded branches are attested by themselves, each once, by a gateway that runs on a real database.</summary>
public class MergeAttestationTests
{
    private static readonly CommitId Before = CommitId.Parse(new string('b', 40));
    private static readonly CommitId Merge = CommitId.Parse(new string('c', 40));
    private static readonly HeldControl Held = new("rule:release", "d", Samples.Now.AddDays(-3), CommitId.Parse(new string('d', 40)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_covered_merge_has_its_provenance_and_the_summary_that_names_it()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var move = await MergedAsync(gate);
        await PromiseAsync(gate, move);
        var issued = await IssuedAsync(gate);
        var key = await gate.TextAsync("/api/v1/attestation-key");
        var statements = issued.ToDictionary(one => one.Predicate, one => Opened(one.Envelope, key));
        var (provenance, summary) = (statements["provenance"].GetProperty("predicate"), statements["vsa"].GetProperty("predicate"));
        Assert.All(statements.Values, statement => Assert.Equal(Merge.Value, Assert.Single(statement.GetProperty("subject").EnumerateArray()).GetProperty("digest").GetProperty("gitCommit").GetString()));
        Assert.Equal((Before.Value, "merge", "refs/heads/main"), (Text(provenance, "previous"), Text(provenance, "activity"), Text(provenance, "ref")));
        var control = provenance.GetProperty("controls").EnumerateArray().First(one => Text(one, "name") == "release");
        Assert.Equal((Held.Since, Held.From.Value), (control.GetProperty("since").GetDateTimeOffset(), Text(control, "startRevision")));
        Assert.Equal("PASSED", Text(summary, "verificationResult"));
        var digest = Convert.ToHexStringLower(SHA256.HashData(issued.Single(one => one.Predicate == "provenance").Envelope.Span));
        Assert.Equal(digest, Text(Assert.Single(summary.GetProperty("inputAttestations").EnumerateArray()).GetProperty("digest"), "sha256"));
        var entries = await EntriesAsync(gate);
        Assert.Equal(["provenance", "vsa"], entries.Select(entry => Text(entry.GetProperty("attrs"), "predicate")));
        Assert.Equal($"sha256:{digest}", Text(entries[0].GetProperty("subject"), "digest"));
        Assert.All(entries, entry => Assert.Equal(("gate", "github:acme/shop", Merge.Value, "main"), (
            Text(entry.GetProperty("actor"), "ref"), Text(entry.GetProperty("attrs"), "repository"), Text(entry.GetProperty("attrs"), "commit"), Text(entry.GetProperty("attrs"), "branch"))));
    }

    [Fact]
    public async Task A_push_that_no_ruling_covers_has_a_summary_that_failed_and_names_nobody()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await PromiseAsync(gate, new AttestedMove(Samples.Change().Key.Repository, "main", Before, Merge, Samples.Now) { IsForced = true });
        var issued = await IssuedAsync(gate);
        var key = await gate.TextAsync("/api/v1/attestation-key");
        Assert.All(issued, one => Assert.Null(one.Ruling));
        var summary = Opened(issued.Single(one => one.Predicate == "vsa").Envelope, key).GetProperty("predicate");
        Assert.Equal("FAILED", Text(summary, "verificationResult"));
        Assert.Equal(["FAILED"], summary.GetProperty("verifiedLevels").EnumerateArray().Select(level => level.GetString()));
        var provenance = Opened(issued.Single(one => one.Predicate == "provenance").Envelope, key).GetProperty("predicate");
        Assert.Equal(("push", true, 0), (Text(provenance, "activity"), provenance.GetProperty("forced").GetBoolean(), provenance.GetProperty("controls").GetArrayLength()));
        Assert.False(provenance.TryGetProperty("actor", out _));
    }

    [Fact]
    public async Task What_was_promised_twice_or_done_before_a_crash_is_issued_once()
    {
        using var folder = new TempFolder();
        AttestedMove move;
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            move = await MergedAsync(gate);
            // It was done, and the gateway died before it could say so: the promise is there still.
            Assert.Null(await gate.Get<MergeAttestations>().IssueAsync(move, Cancellation));
            await PromiseAsync(gate, move);
            await PromiseAsync(gate, move);
            await DischargedAsync(gate);
        }

        await using var again = await StoredGateway.StartAsync(folder.Path);
        Assert.Null(await again.Get<MergeAttestations>().IssueAsync(move, Cancellation));
        Assert.Equal(2, (await again.Get<IAttestations>().OfCommitAsync(Merge, Cancellation)).Length);
        Assert.Equal(2, (await EntriesAsync(again)).Length);
    }

    [Fact]
    public async Task A_promise_whose_ruling_is_nowhere_is_tried_again_and_says_why()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(1);
        var move = new AttestedMove(Samples.Change().Key.Repository, "main", Before, Merge, Samples.Now) { Ruling = new RulingId(Guid.Parse("019b0000-0000-7000-8000-000000000099")) };
        Assert.Contains("is not in the signed log", await gate.Get<MergeAttestations>().IssueAsync(move, Cancellation), StringComparison.Ordinal);
        Assert.Empty(await gate.Get<IAttestations>().OfCommitAsync(Merge, Cancellation));
    }

    [Fact]
    public async Task They_are_found_by_their_commit_and_by_their_digest()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        Assert.Null(await gate.Get<MergeAttestations>().IssueAsync(await MergedAsync(gate), Cancellation));
        var listed = JsonElement.Parse(await gate.TextAsync($"/api/v1/attestations?commit={Merge}")).GetProperty("items");
        Assert.Equal(2, listed.GetArrayLength());
        var digest = Text(listed[0], "sha256");
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(await gate.BytesAsync($"/api/v1/attestations/{digest}"))));
        foreach (var (path, status) in ((string, HttpStatusCode)[])
            [
                ($"attestations/{new string('0', 64)}", HttpStatusCode.NotFound), ("attestations/x", HttpStatusCode.NotFound),
                ("attestations?commit=abc", HttpStatusCode.BadRequest), ("attestations", HttpStatusCode.BadRequest),
            ])
        {
            using var answer = await gate.GetAsync($"/api/v1/{path}", await gate.AddTokenAsync(Role.Viewer));
            Assert.Equal(status, answer.StatusCode);
        }
    }

    private static async Task<AttestedMove> MergedAsync(StoredGateway gate)
    {
        var change = Samples.Change() with { Author = Samples.Person("sam") };
        var ruling = Samples.Denied() with
        {
            Id = new RulingId(Guid.Parse("019b0000-0000-7000-8000-000000000001")),
            Revision = change.Revision,
            Verdict = Verdict.Allowed,
            Requirements =
            [
                new Requirement
                {
                    Rule = "release", State = RequirementState.Approved, Sentence = "1 given", Required = 1,
                    Given = [new Approval(Samples.Person("bob"), Samples.Now.AddHours(-1), change.Head, "review")],
                },
            ],
        };
        // The forge has not told of the merge yet: the push came first.
        await gate.Get<IGateStore>().RecordAsync(
            new Record { Change = change, Ruling = ruling, Evidence = "{}"u8.ToArray(), Entries = [RulingEntries.Decided(ruling)], At = Samples.Now }, Cancellation);
        return new AttestedMove(change.Key.Repository, "main", Before, Merge, Samples.Now) { Ruling = ruling.Id, Change = change.Key, Controls = [Held] };
    }

    private static Task<Recorded> PromiseAsync(StoredGateway gate, AttestedMove move)
    {
        var entry = new AuditDraft { Type = AuditTypes.ChangeUnmanaged, Outcome = AuditOutcome.Deny };
        return gate.Get<IGateStore>().RecordAsync(
            new Record { Entries = move.Ruling is null ? [entry] : [], Obligations = [new Obligation.Attest(move)], At = Samples.Now }, Cancellation);
    }

    private static async Task<IssuedAttestation[]> IssuedAsync(StoredGateway gate)
    {
        await DischargedAsync(gate);
        var issued = await gate.Get<IAttestations>().OfCommitAsync(Merge, Cancellation);
        Assert.Equal(["provenance", "vsa"], issued.Select(one => one.Predicate).Order(StringComparer.Ordinal));
        return [.. issued];
    }

    private static async Task DischargedAsync(StoredGateway gate)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        while ((await gate.Get<IGateReader>().CountsAsync(late.Token)).Obligations.GetValueOrDefault(ObligationState.Discharged) == 0) await Task.Delay(50, late.Token);
    }

    private static JsonElement Opened(ReadOnlyMemory<byte> envelope, string key)
    {
        var check = EnvelopeCheck.Of(envelope, key);
        Assert.True(check.IsGood, check.Why);
        return JsonElement.Parse(check.Payload.Span);
    }

    private static string? Text(JsonElement value, string name) => value.GetProperty(name).GetString();

    private static async Task<JsonElement[]> EntriesAsync(StoredGateway gate) =>
    [
        .. (await gate.TextAsync("/audit/v1/events")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))
            .Where(entry => entry.GetProperty("type").GetString() == AuditTypes.AttestationIssued),
    ];
}
