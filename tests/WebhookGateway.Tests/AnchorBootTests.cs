using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Anchors;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Composition;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Before it starts, a gateway holds its log against what the auditor's repository remembers, as nobody here can make that forget.</summary>
public sealed class AnchorBootTests : IDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _beside = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string AnchorFile => Path.Combine(_data.Path, "audit-anchor");

    public void Dispose()
    {
        _data.Dispose();
        _beside.Dispose();
    }

    [Fact]
    public async Task A_database_that_was_put_back_is_refused_though_the_anchor_file_is_gone_too()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        var lost = await PutBackAsync(auditor);
        var (code, errors) = await RunAsync(auditor);
        Assert.Equal(2, code);
        Assert.Matches($"log rolled back: local \\d+ < {lost.Size} that `checkpoints/", errors);
        Assert.Contains(auditor.GitUrl, errors, StringComparison.Ordinal);
        Assert.Contains("`gate audit recover --from-mirror`", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeAuditor.Token, errors, StringComparison.Ordinal);

        // It is remembered from now on, also while the repository is away.
        auditor.Faults.Add(new Fault(FaultKind.Answer) { Status = 503, Path = "/git", Times = int.MaxValue });
        (code, errors) = await RunAsync(auditor);
        Assert.Equal(2, code);
        Assert.Contains($"< {lost.Size} that `{AnchorFile}` remembers", errors, StringComparison.Ordinal);
        auditor.Faults.Clear();

        // Under another name the log goes on, and what was anchored before stays there.
        (code, errors) = await RunAsync(auditor, verb: ["recover", "--new-epoch", "--reason", "no mirror was kept"]);
        Assert.True(code == 0, errors);
        await using var gate = await StartAsync(auditor);
        var anchor = await AnchorTests.AnchoredAsync(gate, "git", 1, one => one.Note.StartsWith($"{lost.Origin}/e2\n", StringComparison.Ordinal));
        Assert.Contains(anchor.Reference, await auditor.Repo.LogAsync("main"));
        (code, errors) = await RunAsync(auditor);
        Assert.Contains("is in use by another gateway", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_refused_too_by_whoever_has_its_keys()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        var lost = await PutBackAsync(auditor);
        foreach (var file in Directory.EnumerateFiles(_data.Path, "gate.db*")) File.Delete(file);
        var (code, errors) = await RunAsync(auditor);
        Assert.Equal(2, code);
        Assert.Contains($"knows the log `{lost.Origin}`, but the database holds none", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_whole_starts_and_other_peoples_files_do_not_matter()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await using (var gate = await StartAsync(auditor))
        {
            await gate.GrowAsync(30);
            await AnchorTests.AnchoredAsync(gate, "git", 30);
        }

        await auditor.CommitAsync($"checkpoints/{new string('a', 64)}/2026-01/99999999", "no checkpoint at all");
        await auditor.CommitAsync($"checkpoints/{new string('b', 64)}/2026-01/7", "another/log\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— another/log AAAAAAAA\n");
        File.Delete(AnchorFile);
        await StartsAsync(auditor, errors => Assert.DoesNotContain("Git anchor", errors, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.HoldRequest)]
    public async Task A_repository_that_is_away_is_told_of_and_stops_the_start_only_where_it_is_required(FaultKind kind)
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await PutBackAsync(auditor);
        auditor.Faults.Add(new Fault(kind) { Status = 503, Path = "/git", Times = int.MaxValue });
        var (code, errors) = await RunAsync(auditor, "required: true");
        Assert.Equal(2, code);
        Assert.Contains("cannot be held against its Git anchor, and `required: true` asks for it", errors, StringComparison.Ordinal);
        await StartsAsync(auditor, text => Assert.Contains("warning: the audit log was not held against its Git anchor", text, StringComparison.Ordinal));
    }

    // A start that gets as far as its port, which the auditor's own server has, is one that was not refused before.
    private async Task StartsAsync(FakeAuditor auditor, Action<string> check)
    {
        var (code, errors) = await RunAsync(auditor, verb: ["--port", new Uri(auditor.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.Equal(2, code);
        Assert.Contains("address already in use", errors, StringComparison.OrdinalIgnoreCase);
        check(errors);
    }

    private Task<StoredGateway> StartAsync(FakeAuditor auditor) =>
        StoredGateway.StartAsync(_data.Path, AuditSettings.In(_data.Path) with { Anchors = AnchorTests.Git(auditor) });

    /// <summary>A log that was anchored at 530 entries and whose database is the one of 30 again; the anchor file is gone.</summary>
    private async Task<Checkpoint> PutBackAsync(FakeAuditor auditor)
    {
        await using (var gate = await StartAsync(auditor))
        {
            await gate.GrowAsync(30);
            await AnchorTests.AnchoredAsync(gate, "git", 30);
        }

        Copy(_data.Path, _beside.Path);
        Held newest;
        await using (var gate = await StartAsync(auditor))
        {
            await gate.GrowAsync(500);
            newest = await AnchorTests.AnchoredAsync(gate, "git", 530);
        }

        Copy(_beside.Path, _data.Path);
        File.Delete(AnchorFile);
        return Checkpoint.Parse(SignedNote.Parse(newest.Note).Text);
    }

    private async Task<(int Code, string Errors)> RunAsync(FakeAuditor auditor, string more = "every: 15m", string[]? verb = null)
    {
        var config = Path.Combine(_beside.Path, "gate.yaml");
        await File.WriteAllTextAsync(config, $"""
            publicUrl: http://127.0.0.1:1
            data: {_data.Path}
            audit:
              anchors:
                git:
                  url: {auditor.GitUrl}
                  token: literal:{FakeAuditor.Token}
                  {more}
            connections:
              - name: hub
                forge: github
                token: literal:t
                webhookSecrets: [literal:s]
            """, Cancellation);
        var errors = new StringWriter();
        return (await Startup.RunAsync([.. verb ?? ["--port", "0"], "--config", config], TextWriter.Null, errors), errors.ToString());
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to, "gate.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(from, "gate.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
