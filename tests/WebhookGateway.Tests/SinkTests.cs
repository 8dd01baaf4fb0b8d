using System.Collections.Immutable;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The log on its way to sinks, from a gateway on a real database to a receiver on a real socket.</summary>
public class SinkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_entry_arrives_once_and_in_order_and_everybody_sees_how_far_it_is()
    {
        using var folder = new TempFolder();
        await using var receiver = await Receiver.StartAsync();
        await using var gate = await StoredGateway.StartAsync(folder.Path, sinks: [receiver.Source]);
        await gate.GrowAsync(1200);
        await receiver.UntilAsync(1200);
        Assert.Equal(Enumerable.Range(0, receiver.Sequence.Length).Select(at => (long)at), receiver.Sequence);
        await gate.GrowAsync(5);
        await receiver.UntilAsync(1205);
        using var sinks = await UntilAsync(gate, sink => sink.GetProperty("lag").GetInt64() == 0 && sink.GetProperty("next").GetInt64() >= 1205);
        var sink = sinks.RootElement.GetProperty("items")[0];
        Assert.Equal(("siem", "https", "jsonl", ""), (
            sink.GetProperty("name").GetString(), sink.GetProperty("kind").GetString(), sink.GetProperty("view").GetString(), sink.GetProperty("trouble").GetString()));
        Assert.Contains("gate_audit_sink_lag{sink=\"siem\"} 0", await gate.TextAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_kept_a_batch_and_lost_the_answer_gets_the_same_batch_again()
    {
        using var folder = new TempFolder();
        await using var receiver = await Receiver.StartAsync();
        receiver.LosesAnswers = true;
        await using var gate = await StoredGateway.StartAsync(folder.Path, sinks: [receiver.Source]);
        await gate.GrowAsync(10);
        using (await UntilAsync(gate, sink => sink.GetProperty("trouble").GetString()!.Length > 0))
        {
            receiver.LosesAnswers = false;
        }

        // The log grew meanwhile: what was on its way stays as it was.
        await gate.GrowAsync(10);
        await receiver.UntilAsync(20);
        Assert.True(receiver.Batches.Count > receiver.Batches.Select(batch => batch.Id).Distinct().Count());
        Assert.All(receiver.Batches.GroupBy(batch => batch.Id), same => Assert.Single(same.Select(batch => batch.Body).Distinct()));
        Assert.Equal(Enumerable.Range(0, receiver.Sequence.Length).Select(at => (long)at), receiver.Sequence);
        using var healed = await UntilAsync(gate, sink => sink.GetProperty("trouble").GetString()!.Length == 0);
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_the_last_acknowledgement_was_and_nothing_is_lost()
    {
        using var folder = new TempFolder();
        await using var receiver = await Receiver.StartAsync();
        await using (var gate = await StoredGateway.StartAsync(folder.Path, sinks: [receiver.Source]))
        {
            await gate.GrowAsync(700);
            await receiver.UntilAsync(700);
            receiver.LosesAnswers = true;
            await gate.GrowAsync(10);
            using var troubled = await UntilAsync(gate, sink => sink.GetProperty("trouble").GetString()!.Length > 0);
            await gate.GrowAsync(700);
        }

        receiver.LosesAnswers = false;
        var lost = receiver.Batches[^1];
        var before = receiver.Batches.Count;
        await using var again = await StoredGateway.StartAsync(folder.Path, sinks: [receiver.Source]);
        await receiver.UntilAsync(1410);
        Assert.Equal(lost, receiver.Batches[before]);
        Assert.Equal(Enumerable.Range(0, receiver.Sequence.Length).Select(at => (long)at), receiver.Sequence);
    }

    [Fact]
    public async Task A_sink_that_is_away_holds_up_neither_the_log_nor_another_sink()
    {
        using var folder = new TempFolder();
        using var files = new TempFolder();
        await using var receiver = await Receiver.StartAsync();
        var away = receiver.Source with { Name = "away", Address = new Uri("http://127.0.0.1:1/in") };
        var disk = new SinkSource { Name = "disk", Kind = SinkKind.Files, Folder = files.Path };
        await using var gate = await StoredGateway.StartAsync(folder.Path, sinks: [away, receiver.Source, disk]);
        await gate.GrowAsync(50);
        await receiver.UntilAsync(50);
        using var sinks = await UntilAsync(gate, sink => sink.GetProperty("trouble").GetString()!.Length > 0);
        Assert.True(sinks.RootElement.GetProperty("items")[0].GetProperty("lag").GetInt64() >= 50);
        await ArchiveHoldsAsync(files.Path, (await gate.KeysAsync()).Key);
    }

    /// <summary>Checks an archive as one does years later, with the key alone: each file's entries are what its checkpoint signs there.</summary>
    private static async Task ArchiveHoldsAsync(string folder, NoteKey key)
    {
        var next = 0L;
        foreach (var path in Directory.GetFiles(folder, "*.jsonl.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = path[..^".jsonl.gz".Length];
            var note = SignedNote.Parse(await File.ReadAllTextAsync(name + ".checkpoint", Cancellation));
            note.Verify([key]);
            using var text = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            var lines = (await text.ReadToEndAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            (long Index, byte[] Hash)[] leaves = [.. lines.Select((line, at) => (next + at, MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line))))];
            var proof = (await File.ReadAllLinesAsync(name + ".proof", Cancellation)).Select(Convert.FromBase64String).ToArray();
            var head = Checkpoint.Parse(note.Text);
            Assert.True(MultiProof.Verify(leaves, head.Size, proof, head.Root.Span), path);
            next += lines.Length;
        }

        Assert.True(next >= 50);
    }

    private static async Task<JsonDocument> UntilAsync(StoredGateway gate, Func<JsonElement, bool> isSo)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += TimeSpan.FromMilliseconds(100))
        {
            var sinks = JsonDocument.Parse(await gate.TextAsync("/api/v1/audit/sinks"));
            if (isSo(sinks.RootElement.GetProperty("items")[0])) return sinks;
            sinks.Dispose();
            await Task.Delay(100, Cancellation);
        }

        throw new TimeoutException(await gate.TextAsync("/api/v1/audit/sinks"));
    }

    /// <summary>A receiver that takes each batch once, by its id, as a careful one would.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Receiver(WebApplication app) => _app = app;

        public List<(string Id, string Body)> Batches { get; } = [];

        public volatile bool LosesAnswers;

        public SinkSource Source => new()
        {
            Name = "siem",
            Kind = SinkKind.Https,
            Address = new Uri(_app.Urls.First() + "/in"),
            Secret = new Secret("a secret of thirty-two characters"),
            AllowPrivate = true,
        };

        /// <summary>The numbers of the entries that it has, in the order in which they came.</summary>
        public ImmutableArray<long> Sequence
        {
            get
            {
                lock (Batches)
                {
                    return
                    [
                        .. Batches.DistinctBy(batch => batch.Id).SelectMany(batch => batch.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                            .Select(line => JsonElement.Parse(line).GetProperty("seq").GetInt64()),
                    ];
                }
            }
        }

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var receiver = new Receiver(app);
            app.MapPost("/in", receiver.TakeAsync);
            await app.StartAsync(Cancellation);
            return receiver;
        }

        public async Task UntilAsync(int count)
        {
            for (var waited = TimeSpan.Zero; waited < Patience && Sequence.Length < count; waited += TimeSpan.FromMilliseconds(100))
                await Task.Delay(100, Cancellation);
            Assert.True(Sequence.Length >= count, $"{Sequence.Length} of {count} entries came");
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            lock (Batches) Batches.Add((context.Request.Headers["webhook-id"].ToString(), body));
            if (LosesAnswers) context.Abort();
            else context.Response.StatusCode = (int)HttpStatusCode.NoContent;
        }
    }
}
