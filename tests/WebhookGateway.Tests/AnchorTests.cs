using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Anchors;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>
/// Checkpoints on their way to the auditor's repository and to a time-stamp authority: a gateway on a real database, real git over HTTP, OpenSSL's
/// time stamps.
/// </summary>
public sealed class AnchorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempFolder _data = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Checkpoints_are_committed_on_top_of_what_the_auditor_has_and_everybody_sees_it()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        var before = await auditor.CommitAsync("README.md", "mine");
        await using var gate = await StartAsync(Git(auditor));
        await gate.GrowAsync(10);
        var first = await AnchoredAsync(gate, "git", 10);
        await gate.GrowAsync(300);
        var foreign = await auditor.CommitAsync("notes.txt", "seen");
        var second = await AnchoredAsync(gate, "git", first.Size + 300);

        var log = await auditor.Repo.LogAsync("main");
        Assert.Equal(before, log[^1]);
        Assert.Contains(foreign, log);
        Assert.Contains(first.Reference, log);
        Assert.Contains(second.Reference, log);
        Assert.Equal(second.Note, await auditor.Repo.ReadAsync(second.Reference, await PathAsync(gate, second)));
        Assert.Equal("seen", (await auditor.Repo.ReadAsync("main", "notes.txt"))!.Trim());
        var (_, key) = await gate.KeysAsync();
        Assert.Equal(second.Size, LogKeys.Of(key).Verify(SignedNote.Parse(second.Note)).Size);
        var metrics = await gate.TextAsync("/metrics");
        Assert.Matches("gate_audit_anchor_age_seconds\\{kind=\"git\"\\} [0-9]", metrics);
        Assert.Contains("gate_audit_anchor_size{kind=\"git\"}", metrics, StringComparison.Ordinal);
        Assert.Contains(second.Reference, await PageAsync(gate), StringComparison.Ordinal);
        Assert.DoesNotContain(FakeAuditor.Token, await gate.TextAsync("/audit/v1/anchors"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_reads_the_anchors_without_a_token()
    {
        await using var gate = await StartAsync(AnchorSettings.None);
        using var answer = await gate.GetAsync("/audit/v1/anchors", null);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, answer.StatusCode);
        using var empty = JsonDocument.Parse(await gate.TextAsync("/audit/v1/anchors"));
        Assert.Equal((0, 0), (empty.RootElement.GetProperty("places").GetArrayLength(), empty.RootElement.GetProperty("items").GetArrayLength()));
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    public async Task A_push_that_failed_is_shown_and_comes_again(FaultKind kind)
    {
        await using var auditor = await FakeAuditor.StartAsync();
        auditor.Faults.Add(new Fault(kind) { Method = "POST", Path = "git-receive-pack", Status = 503, Times = int.MaxValue });
        await using var gate = await StartAsync(Git(auditor));
        await gate.GrowAsync(10);
        var trouble = await TroubleAsync(gate, "git");
        Assert.Contains("git push failed", trouble, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeAuditor.Token, trouble, StringComparison.Ordinal);
        Assert.Contains("gate_audit_anchor_failures_total{kind=\"git\",reason=\"failure\"}", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("git push failed", await PageAsync(gate), StringComparison.Ordinal);
        auditor.Faults.Clear();
        await AnchoredAsync(gate, "git", 10);
        Assert.Equal("", await PlaceAsync(gate, "git"));
    }

    [Fact]
    public async Task A_push_that_failed_but_happened_is_found_and_not_pushed_again()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        auditor.Faults.Add(new Fault(FaultKind.DropAnswer) { Method = "POST", Path = "git-receive-pack" });
        await using var gate = await StartAsync(Git(auditor, TimeSpan.FromMinutes(10)));
        await gate.GrowAsync(10);
        var anchor = await AnchoredAsync(gate, "git", 1);
        Assert.Equal([anchor.Reference], await auditor.Repo.LogAsync("main"));
        Assert.Equal("", await PlaceAsync(gate, "git"));
    }

    [Fact]
    public async Task Somebody_who_pushes_in_between_keeps_what_was_pushed()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await auditor.CommitAsync("README.md", "mine");
        var between = new List<string>();
        auditor.BeforePush = async () =>
        {
            if (between.Count < 2) between.Add(await auditor.CommitAsync($"between-{between.Count}", "pushed meanwhile"));
        };
        await using var gate = await StartAsync(Git(auditor, TimeSpan.FromMinutes(10)));
        await gate.GrowAsync(10);
        var anchor = await AnchoredAsync(gate, "git", 1);
        var log = await auditor.Repo.LogAsync("main");
        Assert.Equal(anchor.Reference, log[0]);
        Assert.Equal(between[1], log[1]);
        Assert.Equal(4, log.Count);
    }

    [Fact]
    public async Task What_the_repository_says_of_another_history_is_not_anchored_over()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        using var other = new TempFolder();
        await using (var gate = await StartAsync(Git(auditor)))
        {
            await gate.GrowAsync(500);
            await AnchoredAsync(gate, "git", 500);
        }

        // The same log's name and keys over another database, as a rewritten log would be.
        foreach (var file in Directory.EnumerateFiles(_data.Path, "gate.db*").Append(Path.Combine(_data.Path, "audit-anchor"))) File.Delete(file);
        var tip = await auditor.Repo.ResolveAsync("main");
        await using var again = await StartAsync(Git(auditor));
        await again.GrowAsync(10);
        // Another tenant has another origin: its checkpoints lie beside, and the old ones are another log's.
        await AnchoredAsync(again, "git", 10);
        Assert.Contains(tip, await auditor.Repo.LogAsync("main"));
        var (path, larger) = await ForgedAsync(again);
        await auditor.CommitAsync(path, larger);
        var trouble = await TroubleAsync(again, "git");
        Assert.Contains("is not signed with this gate's key", trouble, StringComparison.Ordinal);
        var after = await auditor.Repo.ResolveAsync("main");
        await again.GrowAsync(10);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
        Assert.Equal(after, await auditor.Repo.ResolveAsync("main"));
        Assert.Contains("gate_audit_anchor_failures_total{kind=\"git\",reason=\"contradiction\"}", await again.TextAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_forgot_is_told_of_and_anchored_in_again()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        var start = await auditor.CommitAsync("README.md", "mine");
        await using var gate = await StartAsync(Git(auditor));
        await gate.GrowAsync(10);
        var first = await AnchoredAsync(gate, "git", 10);
        await auditor.Repo.SetRefAsync("refs/heads/main", start);
        await gate.GrowAsync(10);
        await AnchoredAsync(gate, "git", first.Size + 1);
        Assert.Equal(start, (await auditor.Repo.LogAsync("main"))[^1]);
    }

    [Fact]
    public async Task A_checkpoint_is_stamped_and_the_stamp_verifies_with_openssl()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await using var gate = await StartAsync(Stamps(auditor));
        await gate.GrowAsync(10);
        var stamp = await AnchoredAsync(gate, "timestamp", 10);
        Assert.InRange(TimeProvider.System.GetUtcNow() - stamp.At, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(2));
        Assert.Matches("^[0-9a-f]+$", stamp.Reference);
        var verified = await OpenSsl.VerifyAsync(Encoding.UTF8.GetBytes(stamp.Note), Convert.FromBase64String(stamp.Proof!), auditor.Tsa.RootPath);
        Assert.Equal("Verification: OK", verified);
        Assert.Contains("gate_audit_anchor_age_seconds{kind=\"timestamp\"}", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("Time stamp", await PageAsync(gate), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> WrongStamps => new()
    {
        { "imprint", "the stamp is refused" },
        { "nonce", "the stamp is refused" },
        { "root", "does not lead to a trusted root" },
        { "garbage", "it is no answer of a time-stamp authority" },
        { "cut", "it is no answer of a time-stamp authority" },
        { "huge", "its answer is longer than 65536 bytes" },
        { "flipped", "the stamp is refused" },
        { "refused", "the authority did not grant it" },
        { "status", "it answered 500" },
        { "dropped", "no answer came" },
    };

    [Theory]
    [MemberData(nameof(WrongStamps))]
    public async Task A_wrong_stamp_is_refused_and_the_right_one_is_taken_afterwards(string wrong, string why)
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await using var stranger = await FakeAuditor.StartAsync();
        await using var gate = await StartAsync(Stamps(auditor) with { Timestamp = Stamps(wrong == "root" ? stranger : auditor).Timestamp! with { Address = auditor.TsaUrl } });
        switch (wrong)
        {
            case "imprint":
                auditor.Asked = _ => auditor.Tsa.QueryAsync("other bytes"u8.ToArray());
                break;
            case "nonce":
                // The right digest under a nonce of somebody else's.
                auditor.Asked = query => Task.FromResult(WithOtherNonce(query));
                break;
            case "garbage":
                auditor.Answered = _ => Encoding.UTF8.GetBytes("<html>come back later</html>");
                break;
            case "cut":
                auditor.Answered = answer => answer[..(answer.Length / 2)];
                break;
            case "huge":
                auditor.Answered = answer => [.. answer, .. new byte[1 << 20]];
                break;
            case "flipped":
                // The last bytes are of the signature.
                auditor.Answered = answer => [.. answer[..^3], (byte)(answer[^3] ^ 1), .. answer[^2..]];
                break;
            case "refused":
                // A request that openssl cannot read is answered with a refusal.
                auditor.Asked = _ => Task.FromResult("no request"u8.ToArray());
                break;
            case "status":
                auditor.Faults.Add(new Fault(FaultKind.Answer) { Path = "/tsa", Status = 500, Times = int.MaxValue });
                break;
            case "dropped":
                auditor.Faults.Add(new Fault(FaultKind.DropRequest) { Path = "/tsa", Times = int.MaxValue });
                break;
        }

        await gate.GrowAsync(10);
        Assert.Contains(why, await TroubleAsync(gate, "timestamp"), StringComparison.Ordinal);
        (auditor.Asked, auditor.Answered) = (null, null);
        auditor.Faults.Clear();
        if (wrong != "root") await AnchoredAsync(gate, "timestamp", 10);
    }

    [Fact]
    public async Task A_stamp_whose_answer_was_lost_is_asked_for_again()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        auditor.Faults.Add(new Fault(FaultKind.DropAnswer) { Path = "/tsa" });
        await using var gate = await StartAsync(Stamps(auditor));
        await gate.GrowAsync(10);
        var stamp = await AnchoredAsync(gate, "timestamp", 10);
        Assert.True(auditor.Journal.Count("POST", "/tsa") >= 2);
        Assert.Equal("Verification: OK", await OpenSsl.VerifyAsync(Encoding.UTF8.GetBytes(stamp.Note), Convert.FromBase64String(stamp.Proof!), auditor.Tsa.RootPath));
    }

    internal static AnchorSettings Git(FakeAuditor auditor, TimeSpan? every = null) => new(
        new GitAnchorSource(auditor.GitUrl) { Token = new Secret(FakeAuditor.Token), Every = every ?? TimeSpan.FromMilliseconds(300) }, null);

    internal static AnchorSettings Stamps(FakeAuditor auditor) => new(
        null, new TimestampSource(auditor.TsaUrl, auditor.Tsa.RootPath) { Every = TimeSpan.FromMilliseconds(300), AllowPrivate = true });

    /// <summary>The newest anchor of a kind, once one covers so many entries.</summary>
    internal static async Task<Held> AnchoredAsync(StoredGateway gate, string kind, long least, Func<Held, bool>? which = null) => await UntilAsync(gate, all =>
        all.GetProperty("items").EnumerateArray().Where(one => one.GetProperty("kind").GetString() == kind)
            .Select(Held.Of).FirstOrDefault(one => one.Size >= least && which?.Invoke(one) != false));

    private Task<StoredGateway> StartAsync(AnchorSettings anchors) =>
        StoredGateway.StartAsync(_data.Path, AuditSettings.In(_data.Path) with { Anchors = anchors });

    private static Task<string> TroubleAsync(StoredGateway gate, string kind) => UntilAsync(gate, all => Place(all, kind) is { Length: > 0 } trouble ? trouble : null);

    private static async Task<string> PlaceAsync(StoredGateway gate, string kind)
    {
        using var anchors = JsonDocument.Parse(await gate.TextAsync("/audit/v1/anchors"));
        return Place(anchors.RootElement, kind);
    }

    private static string Place(JsonElement all, string kind) => all.GetProperty("places").EnumerateArray()
        .Single(place => place.GetProperty("kind").GetString() == kind).GetProperty("trouble").GetString()!;

    private static async Task<T> UntilAsync<T>(StoredGateway gate, Func<JsonElement, T?> read)
        where T : class
    {
        var until = TimeProvider.System.GetUtcNow() + Patience;
        while (true)
        {
            var text = await gate.TextAsync("/audit/v1/anchors");
            using var anchors = JsonDocument.Parse(text);
            if (read(anchors.RootElement) is { } found) return found;
            Assert.True(TimeProvider.System.GetUtcNow() < until, $"it did not come so far: {text}");
            await Task.Delay(100, Cancellation);
        }
    }

    private static async Task<string> PageAsync(StoredGateway gate)
    {
        using var answer = await gate.GetAsync("/audit", gate.Token);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<string> PathAsync(StoredGateway gate, Held anchor)
    {
        var (log, _) = await gate.KeysAsync();
        return $"checkpoints/{log[(log.LastIndexOf('/') + 1)..]}/{anchor.At.UtcDateTime:yyyy-MM}/{anchor.Size}";
    }

    /// <summary>A checkpoint under the log's name that its keys have not signed.</summary>
    private static async Task<(string Path, string Note)> ForgedAsync(StoredGateway gate)
    {
        var newest = await AnchoredAsync(gate, "git", 1);
        var origin = Checkpoint.Parse(SignedNote.Parse(newest.Note).Text).Origin;
        using var forger = new Ed25519Signer(origin, Ed25519PrivateKey.New());
        var text = new Checkpoint(origin, 1_000_000, new byte[32]).ToString();
        var note = new SignedNote(text, [forger.Sign(text, DateTimeOffset.UnixEpoch)]);
        return (await PathAsync(gate, newest with { Size = 1_000_000 }), note.ToString());
    }

    // The nonce is the last of the numbers, 16 bytes, before the wish for certificates.
    private static byte[] WithOtherNonce(byte[] query)
    {
        byte[] changed = [.. query];
        changed[^4] ^= 1;
        return changed;
    }
}

/// <summary>An anchor as the API gives it.</summary>
internal sealed record Held(long Size, DateTimeOffset At, string Reference, string Note, string? Proof)
{
    public static Held Of(JsonElement one) => new(
        one.GetProperty("size").GetInt64(), one.GetProperty("at").GetDateTimeOffset(), one.GetProperty("reference").GetString()!, one.GetProperty("note").GetString()!,
        one.GetProperty("proof").GetString());
}
