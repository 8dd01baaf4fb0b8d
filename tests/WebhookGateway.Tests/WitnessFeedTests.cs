using System.Diagnostics.Metrics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Audit.Witnesses;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A gateway on a real database and its witnesses on real sockets: what they cosign, and what becomes of those that fail or lie.</summary>
public sealed class WitnessFeedTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_quorum_cosigns_and_everybody_is_shown_it()
    {
        var keys = await BegunAsync();
        await using var one = await MoodyWitness.StartAsync("one", keys);
        await using var two = await MoodyWitness.StartAsync("two", keys);
        await using var gate = await StartAsync(2, [one, two]);
        await gate.GrowAsync(300);
        var log = (await gate.KeysAsync()).Log;
        var note = await UntilAsync(gate, log, 300);
        Assert.Equal(3, note.Verify([keys.Current!, one.Key, two.Key]).Length);
        // The head of a log that is quiet is the same.
        await EventuallyAsync(async () => Lines(await gate.TextAsync($"{log}/checkpoint")) == 3);
        await EventuallyAsync(async () => (await gate.TextAsync("/metrics")).Contains("gate_audit_witness_lag{witness=\"two\"} 0", StringComparison.Ordinal));
        Assert.Contains("gate_audit_quorum_behind_seconds 0", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
        var page = await PageAsync(gate);
        Assert.Contains("2 of 2 make a quorum; it has cosigned 3", page, StringComparison.Ordinal);
        Assert.DoesNotContain("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
    }

    [Fact]
    public async Task A_period_that_has_ended_is_exported_with_a_quorum_and_the_policy_that_asks_for_it()
    {
        var keys = await BegunAsync();
        await using var one = await MoodyWitness.StartAsync("one", keys);
        await using var gate = await StartAsync(1, [one]);
        // A period ends on a whole second: what the start wrote lies in the one before.
        await Task.Delay(1100, Cancellation);
        var ends = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var token = await gate.AddTokenAsync(Role.Operator);
        // What is asked for is an entry after the period.
        await ExportAsync(gate, token, ends);
        await UntilAsync(gate, (await gate.KeysAsync()).Log, (await gate.Get<IAuditReader>().HeadAsync(Cancellation)).Size);
        one.Mood = Mood.Fails;
        await gate.GrowAsync(50);
        var bundle = await ExportAsync(gate, token, ends);
        using var zip = new ZipArchive(new MemoryStream(bundle));
        var policy = TrustPolicy.Parse(await TextAsync(zip, "trust/policy.txt"));
        Assert.Equal(["one"], policy.Judge(SignedNote.Parse(await TextAsync(zip, "log/checkpoint"))).Cosigned);
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), keys, null, policy, Cancellation);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        Assert.Contains("quorum", parts.Select(part => part.Name));
    }

    [Theory]
    [InlineData("Late", "no answer came within")]
    [InlineData("LosesAnswers", "no answer came")]
    [InlineData("WrongKey", "its signature is not that of")]
    [InlineData("WrongSize", "its signature is not that of")]
    [InlineData("Undecided", "it says another size each time")]
    [InlineData("Speechless", "without the size")]
    [InlineData("Fails", "it answered 500")]
    public async Task A_witness_that_fails_or_lies_holds_nobody_up_and_is_not_believed(string mood, string said)
    {
        var keys = await BegunAsync();
        await using var honest = await MoodyWitness.StartAsync("honest", keys);
        await using var moody = await MoodyWitness.StartAsync("moody", keys);
        moody.Mood = Enum.Parse<Mood>(mood);
        await using var gate = await StartAsync(1, [moody, honest]);
        await gate.GrowAsync(30);
        var log = (await gate.KeysAsync()).Log;
        var note = await UntilAsync(gate, log, 50);
        await EventuallyAsync(() => Task.FromResult(State(gate).Trouble?.Contains(said, StringComparison.Ordinal) == true), () => State(gate).Trouble ?? "no trouble");
        Assert.Equal(["honest"], Cosigners(note, honest, moody));
        Assert.DoesNotContain(await gate.Get<ICheckpointStore>().NewestLinesAsync(100, Cancellation), line => line.Witness == moody.Source.Id);
        Assert.Contains("<code>", await PageAsync(gate), StringComparison.Ordinal);

        // What it remembers from then is where the proof begins.
        var cosigned = await moody.CosignedAsync(keys.Origin);
        moody.Mood = Mood.Honest;
        moody.Requests.Clear();
        await gate.GrowAsync(30);
        await EventuallyAsync(() => Task.FromResult(State(gate).Trouble is null), () => State(gate).Trouble ?? "");
        Assert.True(await moody.CosignedAsync(keys.Origin) >= 50);
        if (cosigned > 0) Assert.Contains(moody.Requests, request => request.OldSize == cosigned);
        Assert.Equal(["honest", "moody"], Cosigners(await CosignedAsync(gate, log, moody), honest, moody));
    }

    [Fact]
    public async Task A_witness_that_is_down_gives_no_quorum_and_the_log_goes_on()
    {
        var keys = await BegunAsync();
        var away = await MoodyWitness.StartAsync("away", keys);
        var source = away.Source;
        await away.DisposeAsync();
        await using var gate = await StoredGateway.StartAsync(_folder.Path, Settings(1, source), more: Quick);
        await gate.GrowAsync(10);
        await EventuallyAsync(() => Task.FromResult(State(gate).Trouble is not null));
        using var missing = await gate.GetAsync($"{(await gate.KeysAsync()).Log}/witnessed", gate.Token);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(1, Lines(await gate.TextAsync($"{(await gate.KeysAsync()).Log}/checkpoint")));
    }

    [Fact]
    public async Task A_witness_that_has_cosigned_more_or_other_entries_is_told_to_people()
    {
        var keys = await BegunAsync();
        await using var witness = await MoodyWitness.StartAsync("moody", keys);
        witness.Mood = Mood.Ahead;
        await using var gate = await StartAsync(1, [witness]);
        await gate.GrowAsync(10);
        await EventuallyAsync(() => Task.FromResult(State(gate).Contradicts));
        Assert.Matches("^log rolled back: local \\d+ < 1000000 that witness `moody` has cosigned$", State(gate).Trouble!);
        Assert.Contains("gate_audit_witness_contradicts{witness=\"moody\"} 1", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
        var page = await PageAsync(gate);
        Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Contains("there are two histories", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quorum_that_is_missing_for_too_long_is_told_once_and_everywhere()
    {
        var keys = await BegunAsync();
        await using var witness = await MoodyWitness.StartAsync("moody", keys);
        witness.Mood = Mood.Fails;
        var (clock, lines) = (new ManualTimeProvider(), new LogLines());
        await using var gate = await StoredGateway.StartAsync(_folder.Path, Settings(1, witness.Source), more: services =>
        {
            Quick(services);
            services.AddSingleton(given => new WitnessBoard(given.GetRequiredService<WitnessSettings>(), given.GetRequiredService<IMeterFactory>(), clock));
            services.AddSingleton<ILoggerProvider>(lines);
        });
        await gate.GrowAsync(10);
        await EventuallyAsync(() => Task.FromResult(State(gate).Trouble is not null));
        Assert.Empty(await EntriesAsync(gate));
        clock.Advance(WitnessBoard.Patience + TimeSpan.FromMinutes(1));
        await EventuallyAsync(async () => (await EntriesAsync(gate)).Count > 0);
        Assert.Contains("gate_audit_quorum_behind_seconds 960", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("for more than 15 minutes without a quorum", await PageAsync(gate), StringComparison.Ordinal);
        // Twenty looks at the board, none of which may tell it a second time.
        await Task.Delay(20 * Tick, Cancellation);
        var entry = Assert.Single(await EntriesAsync(gate));
        Assert.Equal("moody", entry.GetProperty("attrs").GetProperty("witnesses")[0].GetString());
        Assert.Single(lines.All, line => line.Contains("no quorum of 1 witnesses", StringComparison.Ordinal));

        witness.Mood = Mood.Honest;
        await EventuallyAsync(() => Task.FromResult(lines.All.Any(line => line.Contains("again", StringComparison.Ordinal) && line.Contains("quorum", StringComparison.Ordinal))));
        Assert.DoesNotContain("role=\"alert\"", await PageAsync(gate), StringComparison.Ordinal);
    }

    internal static AuditSettings Settings(string folder, int quorum, params WitnessSource[] sources) =>
        AuditSettings.In(folder) with { Witnesses = new WitnessSettings { Sources = [.. sources], Quorum = quorum } };

    /// <summary>Has rounds come at once, so that a test need not wait.</summary>
    internal static void Quick(IServiceCollection services) => services.AddSingleton(given =>
        new WitnessClock(given.GetRequiredService<TimeProvider>(), given.GetRequiredService<ILogger<WitnessWork>>())
        {
            Tick = Tick,
            Round = TimeSpan.FromMilliseconds(300),
            Patience = TimeSpan.FromSeconds(1),
            StartPatience = TimeSpan.FromSeconds(1),
        });

    /// <summary>A log that there is, with its keys: what a witness' operator is given.</summary>
    internal static async Task<LogKeys> BegunAsync(string folder)
    {
        await using var gate = await StoredGateway.StartAsync(folder);
        await gate.GrowAsync(20);
        return LogKeys.Parse(await gate.TextAsync("/audit/v1/keys.json"));
    }

    internal static async Task EventuallyAsync(Func<Task<bool>> isSo, Func<string>? say = null)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += TimeSpan.FromMilliseconds(100))
        {
            if (await isSo()) return;
            await Task.Delay(100, Cancellation);
        }

        throw new TimeoutException(say?.Invoke() ?? "it did not come to be");
    }

    private AuditSettings Settings(int quorum, params WitnessSource[] sources) => Settings(_folder.Path, quorum, sources);

    private Task<LogKeys> BegunAsync() => BegunAsync(_folder.Path);

    private Task<StoredGateway> StartAsync(int quorum, MoodyWitness[] witnesses) =>
        StoredGateway.StartAsync(_folder.Path, Settings(quorum, [.. witnesses.Select(witness => witness.Source)]), more: Quick);

    private static WitnessState State(StoredGateway gate) => gate.Get<WitnessBoard>().All[0];

    private static int Lines(string note) => SignedNote.Parse(note).Signatures.Length;

    private static IEnumerable<string> Cosigners(SignedNote note, params MoodyWitness[] witnesses) => witnesses
        .Where(witness => note.Signatures.Any(line => line.KeyId == witness.Key.Id && witness.Key.Verify(note.Text, line.Signature.Span)))
        .Select(witness => witness.Source.Name);

    private static async Task<SignedNote> UntilAsync(StoredGateway gate, string log, long least)
    {
        SignedNote? found = null;
        await EventuallyAsync(async () =>
        {
            using var answer = await gate.GetAsync($"{log}/witnessed", gate.Token);
            if (!answer.IsSuccessStatusCode) return false;
            found = SignedNote.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
            return Checkpoint.Parse(found.Text).Size >= least;
        });
        return found!;
    }

    private static async Task<SignedNote> CosignedAsync(StoredGateway gate, string log, MoodyWitness witness)
    {
        SignedNote? found = null;
        await EventuallyAsync(async () =>
        {
            found = SignedNote.Parse(await gate.TextAsync($"{log}/checkpoint"));
            return found.Signatures.Any(line => line.KeyId == witness.Key.Id) && found.Signatures.Length == 3;
        });
        return found!;
    }

    private static async Task<List<JsonElement>> EntriesAsync(StoredGateway gate)
    {
        var size = (await gate.Get<IAuditReader>().HeadAsync(Cancellation)).Size;
        var leaves = await gate.Get<IAuditReader>().ReadAsync(0, (int)size, Cancellation);
        return [.. leaves.Select(leaf => JsonElement.Parse(leaf.Bytes.Span)).Where(leaf => leaf.GetProperty("type").GetString() == AuditTypes.WitnessStale)];
    }

    private static async Task<string> PageAsync(StoredGateway gate)
    {
        using var answer = await gate.GetAsync("/audit", gate.Token);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<byte[]> ExportAsync(StoredGateway gate, string token, string ends)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/audit/v1/export?from=1960-01-01T00:00:00Z&to={ends}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await gate.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    private static async Task<string> TextAsync(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(await zip.GetEntry(name)!.OpenAsync(Cancellation));
        return await reader.ReadToEndAsync(Cancellation);
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public string[] All
        {
            get
            {
                lock (_gate) return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate) _lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
