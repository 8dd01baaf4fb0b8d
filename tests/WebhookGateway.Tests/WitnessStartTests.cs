using System.Text.Json;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Audit.Witnesses;
using GitOpsGate.WebhookGateway.Composition;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A start that asks the witnesses first: a log that was put back or rewritten is refused although its own anchor is gone.</summary>
public sealed class WitnessStartTests : IDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _beside = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MirrorFolder Mirror => new(Path.Combine(_beside.Path, "mirror"));

    public void Dispose()
    {
        _data.Dispose();
        _beside.Dispose();
    }

    [Fact]
    public async Task A_database_that_was_put_back_is_refused_by_the_witness_alone_and_recovered_from_a_mirror()
    {
        var keys = await WitnessFeedTests.BegunAsync(_data.Path);
        await using var witness = await MoodyWitness.StartAsync("firm", keys);
        var lost = await PutBackAsync(witness);
        var (code, errors) = await RunAsync(witness, "", "--port", "0");
        Assert.Equal(2, code);
        Assert.Matches($"log rolled back: local \\d+ < {lost} that witness `firm` has cosigned", errors);
        Assert.Contains("`gate audit recover --from-mirror`", errors, StringComparison.Ordinal);
        Assert.Contains("take `firm` out of `audit.witnesses`", errors, StringComparison.Ordinal);

        (code, errors) = await RunAsync(witness, "", "recover", "--from-mirror", Mirror.Path);
        Assert.True(code == 0, errors);
        await using var gate = await StartAsync(witness);
        await gate.Get<WitnessRounds>().CheckAsync(TimeSpan.FromSeconds(5), null, Cancellation);
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
        await WitnessFeedTests.EventuallyAsync(async () => await witness.CosignedAsync(keys.Origin) > lost);
        (code, errors) = await RunAsync(witness, "", "recover", "--new-epoch", "--reason", "again");
        Assert.Equal(2, code);
        Assert.Contains("in use by another gateway", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mirror_the_log_goes_on_under_a_new_name_and_says_how_much_the_witness_knew()
    {
        var keys = await WitnessFeedTests.BegunAsync(_data.Path);
        await using var witness = await MoodyWitness.StartAsync("firm", keys);
        var lost = await PutBackAsync(witness);
        var (code, errors) = await RunAsync(witness, "", "recover", "--new-epoch", "--reason", "no mirror was kept");
        Assert.True(code == 0, errors);
        await using var gate = await StoredGateway.StartAsync(_data.Path);
        var head = await gate.Get<IAuditReader>().HeadAsync(Cancellation);
        var opened = (await gate.Get<IAuditReader>().ReadAsync(0, (int)head.Size, Cancellation)).Select(leaf => JsonElement.Parse(leaf.Bytes.Span))
            .Last(leaf => leaf.GetProperty("type").GetString() == "log.opened").GetProperty("attrs");
        Assert.Equal(lost, opened.GetProperty("kept").GetInt64() + opened.GetProperty("lost").GetInt64());
    }

    [Fact]
    public async Task A_second_history_is_refused_at_the_start_and_told_when_it_is_seen_later()
    {
        var keys = await WitnessFeedTests.BegunAsync(_data.Path);
        await using var witness = await MoodyWitness.StartAsync("firm", keys);
        var lost = await PutBackAsync(witness);
        // Without its witness the gate goes on, and past what was given out before.
        await using (var alone = await StoredGateway.StartAsync(_data.Path)) await alone.GrowAsync(700);
        var (code, errors) = await RunAsync(witness, "", "--port", "0");
        Assert.Equal(2, code);
        Assert.Contains($"log rewritten: its first {lost} entries are not those that witness `firm` has cosigned", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync(witness, "", "recover", "--from-mirror", Mirror.Path);
        Assert.Equal(1, code);
        Assert.Contains("not recovered: ", errors, StringComparison.Ordinal);

        await using var gate = await StartAsync(witness);
        await WitnessFeedTests.EventuallyAsync(() => Task.FromResult(gate.Get<WitnessBoard>().All[0].Contradicts));
        Assert.Contains("log rewritten", gate.Get<WitnessBoard>().All[0].Trouble, StringComparison.Ordinal);
        Assert.Equal(lost, await witness.CosignedAsync(keys.Origin));
    }

    [Theory]
    [InlineData("Fails", "it answered 500")]
    [InlineData("Late", "no answer came within")]
    [InlineData("WrongKey", "its signature is not that of")]
    public async Task A_witness_that_says_nothing_is_gone_without_unless_it_is_required(string mood, string said)
    {
        var keys = await WitnessFeedTests.BegunAsync(_data.Path);
        await using var witness = await MoodyWitness.StartAsync("firm", keys);
        witness.Mood = Enum.Parse<Mood>(mood);
        await using (var gate = await StartAsync(witness))
        {
            var told = new List<string>();
            await gate.Get<WitnessRounds>().CheckAsync(TimeSpan.FromMilliseconds(500), (name, why) => told.Add($"{name}: {why}"), Cancellation);
            Assert.Contains(said, Assert.Single(told), StringComparison.Ordinal);
        }

        var (code, errors) = await RunAsync(witness, "  requireWitness: true\n", "--port", "0");
        Assert.Equal(2, code);
        Assert.Contains("0 of 1 witnesses confirm the audit log, and `audit.requireWitness` asks for 1: `firm`: ", errors, StringComparison.Ordinal);
        // It is nothing that could be recovered from.
        (code, errors) = await RunAsync(witness, "  requireWitness: true\n", "recover", "--new-epoch", "--reason", "in a hurry");
        Assert.Equal(2, code);
        Assert.Contains("not recovered: 0 of 1 witnesses confirm", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_without_entries_has_nothing_that_a_witness_could_confirm()
    {
        await using var other = await MoodyWitness.StartAsync("firm", LogKeys.Of(new Ed25519Signer("other.example.org/l", Ed25519PrivateKey.New()).Key));
        var settings = WitnessFeedTests.Settings(_data.Path, 1, other.Source);
        await using var gate = await StoredGateway.StartAsync(_data.Path, settings with { Witnesses = settings.Witnesses with { IsRequired = true } });
        if ((await gate.Get<IAuditReader>().HeadAsync(Cancellation)).Size == 0)
            await gate.Get<WitnessRounds>().CheckAsync(TimeSpan.FromSeconds(5), null, Cancellation);
        await gate.GrowAsync(1);
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        var trouble = await Assert.ThrowsAsync<IOException>(() => gate.Get<WitnessRounds>().CheckAsync(TimeSpan.FromSeconds(5), null, Cancellation));
        Assert.Contains("give its operator the log's key", trouble.Message, StringComparison.Ordinal);
    }

    /// <summary>A log that a witness has cosigned and a mirror has copied, whose database was put back; the anchor is gone with it.</summary>
    /// <returns>How many entries the witness knows.</returns>
    private async Task<long> PutBackAsync(MoodyWitness witness)
    {
        Copy(_data.Path, _beside.Path);
        long size;
        await using (var gate = await StartAsync(witness))
        {
            await gate.GrowAsync(500, "deploy:prod");
            await WitnessFeedTests.EventuallyAsync(async () =>
            {
                var head = await gate.Get<IAuditReader>().HeadAsync(Cancellation);
                return head.Size > 500 && gate.Get<WitnessBoard>().Quorum == head.Size;
            });
            size = gate.Get<WitnessBoard>().Quorum;
            using var document = JsonDocument.Parse(await gate.TextAsync("/audit/v1/keys.json"));
            var source = new GatewayLogSource(gate, document.RootElement.GetProperty("log").GetString()!);
            await new MirrorCopy(source, Mirror, LogKeys.Parse(document.RootElement.GetRawText())).RunAsync(Cancellation);
        }

        Copy(_beside.Path, _data.Path);
        File.Delete(Path.Combine(_data.Path, "audit-anchor"));
        return size;
    }

    private Task<StoredGateway> StartAsync(MoodyWitness witness) =>
        StoredGateway.StartAsync(_data.Path, WitnessFeedTests.Settings(_data.Path, 1, witness.Source), more: WitnessFeedTests.Quick);

    private async Task<(int Code, string Errors)> RunAsync(MoodyWitness witness, string more, params string[] arguments)
    {
        var config = Path.Combine(_beside.Path, "gate.yaml");
        await File.WriteAllTextAsync(config, $"""
            publicUrl: http://127.0.0.1:1
            data: {_data.Path}
            connections:
              - name: hub
                forge: github
                token: literal:t
                webhookSecrets: [literal:s]
            audit:
              witnesses:
                - name: firm
                  vkey: {witness.Key}
                  url: {witness.Source.Address}
                  allowPrivate: true
            {more}
            """, Cancellation);
        var errors = new StringWriter();
        return (await Startup.RunAsync([.. arguments, "--config", config], TextWriter.Null, errors), errors.ToString());
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to, "gate.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(from, "gate.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
