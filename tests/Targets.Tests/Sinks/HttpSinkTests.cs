using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Sinks;
using Xunit;

namespace GitOpsGate.Targets.Tests.Sinks;

/// <summary>The sinks that speak HTTP, against a receiver on a real socket.</summary>
public class HttpSinkTests
{
    private const string Secret = "a secret of thirty-two characters";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_signed_batch_is_the_view_and_any_2xx_keeps_it()
    {
        await using var receiver = await SinkReceiver.StartAsync();
        receiver.Status = 202;
        var batch = SinkSample.Batch();
        Assert.IsType<SinkAnswer.Kept>(await receiver.Sink(SinkKind.Https, "/in", Secret).SendAsync(batch, Cancellation));
        var got = Assert.Single(receiver.Received);
        Assert.Equal(EntryView.Jsonl.Write(batch.Leaves, batch.Place), got.Body);
        Assert.Equal((batch.Id, "application/x-ndjson"), (got.Headers["webhook-id"], got.Headers["content-type"]));
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{batch.Id}.{got.Headers["webhook-timestamp"]}."), .. got.Body];
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), signed)), got.Headers["webhook-signature"]);
    }

    [Theory]
    [InlineData(SinkKind.Https)]
    [InlineData(SinkKind.Otlp)]
    [InlineData(SinkKind.S3)]
    public async Task What_failed_is_not_kept_and_says_why(SinkKind kind)
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var sink = receiver.Sink(kind, "/bucket", Secret);
        (receiver.Status, receiver.RetryAfter, receiver.Answer) = (503, "7", "too\nbusy");
        var answer = Assert.IsType<SinkAnswer.NotKept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        Assert.Equal(("the receiver answered 503: toobusy", TimeSpan.FromSeconds(7)), (answer.Why, answer.RetryAfter));
        (receiver.Status, receiver.RetryAfter, receiver.Location) = (307, null, receiver.Address + "/elsewhere");
        answer = Assert.IsType<SinkAnswer.NotKept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        Assert.Contains("redirects are not followed", answer.Why, StringComparison.Ordinal);
        Assert.DoesNotContain(receiver.Received, got => got.Path == "/elsewhere");
        var nobody = SinkRegistration.Make(SinkSample.Source(kind, "http://127.0.0.1:1/bucket", new Secret(Secret)), TimeProvider.System);
        Assert.StartsWith("no answer came", Assert.IsType<SinkAnswer.NotKept>(await nobody.SendAsync(SinkSample.Batch(), Cancellation)).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SinkKind.Https)]
    [InlineData(SinkKind.Otlp)]
    [InlineData(SinkKind.S3)]
    public async Task What_failed_but_happened_comes_again_as_the_same(SinkKind kind)
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var sink = receiver.Sink(kind, "/bucket", Secret);
        receiver.LosesAnswers = true;
        Assert.IsType<SinkAnswer.NotKept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        // The network's client may have asked once more by itself: that is a repeat like ours.
        var before = receiver.Received.ToArray();
        receiver.LosesAnswers = false;
        Assert.IsType<SinkAnswer.Kept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        var after = receiver.Received[before.Length];
        Assert.All(before, got => Assert.Equal((after.Path, Convert.ToHexString(after.Body)), (got.Path, Convert.ToHexString(got.Body))));
        if (kind == SinkKind.Https) Assert.Equal(after.Headers["webhook-id"], before[0].Headers["webhook-id"]);
    }

    [Theory]
    [InlineData(SinkKind.Https)]
    [InlineData(SinkKind.Otlp)]
    [InlineData(SinkKind.S3)]
    public async Task A_private_address_is_refused_unless_it_is_meant(SinkKind kind)
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var sink = SinkRegistration.Make(SinkSample.Source(kind, receiver.Address + "/bucket", new Secret(Secret), allowPrivate: false), TimeProvider.System);
        var answer = Assert.IsType<SinkAnswer.NotKept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        Assert.Contains("`allowPrivate: true`", answer.Why, StringComparison.Ordinal);
        Assert.Empty(receiver.Received);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("whsec_!!!")]
    public async Task Nothing_is_sent_unsigned(string secret)
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var answer = Assert.IsType<SinkAnswer.NotKept>(await receiver.Sink(SinkKind.Https, "/in", secret).SendAsync(SinkSample.Batch(), Cancellation));
        Assert.Contains("`secret`", answer.Why, StringComparison.Ordinal);
        Assert.Empty(receiver.Received);
    }

    [Fact]
    public async Task A_collector_gets_a_log_record_for_each_entry()
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var batch = SinkSample.Batch(outcome: GitOpsGate.Audit.AuditOutcome.Deny);
        receiver.Answer = "{\"partialSuccess\":{\"rejectedLogRecords\":\"0\"}}";
        Assert.IsType<SinkAnswer.Kept>(await receiver.Sink(SinkKind.Otlp, "/v1/logs", "t0ken").SendAsync(batch, Cancellation));
        var got = Assert.Single(receiver.Received);
        Assert.Equal(("/v1/logs", "Bearer t0ken", "application/json"), (got.Path, got.Headers["authorization"], got.Headers["content-type"]));
        using var json = JsonDocument.Parse(got.Body);
        var records = json.RootElement.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords");
        Assert.Equal(batch.Leaves.Length, records.GetArrayLength());
        foreach (var (record, leaf) in records.EnumerateArray().Zip(batch.Leaves))
        {
            Assert.Equal(Encoding.UTF8.GetString(leaf.Bytes.Span), record.GetProperty("body").GetProperty("stringValue").GetString());
            Assert.Equal((13, "config.changed"), (record.GetProperty("severityNumber").GetInt32(), record.GetProperty("eventName").GetString()));
            var said = record.GetProperty("attributes").EnumerateArray()
                .ToDictionary(one => one.GetProperty("key").GetString()!, one => one.GetProperty("value").GetProperty("stringValue").GetString());
            Assert.Equal((leaf.Index.ToString(), Convert.ToHexStringLower(leaf.Hash.Span)), (said["gog.seq"], said["gog.leaf_sha256"]));
        }
    }

    [Theory]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"too old\"}}", "rejected 2 records: too old")]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":1}}", "rejected 1 records")]
    public async Task A_collector_that_rejects_a_part_has_not_kept_the_batch(string said, string why)
    {
        await using var receiver = await SinkReceiver.StartAsync();
        receiver.Answer = said;
        var answer = Assert.IsType<SinkAnswer.NotKept>(await receiver.Sink(SinkKind.Otlp, "/v1/logs", null).SendAsync(SinkSample.Batch(), Cancellation));
        Assert.EndsWith(why, answer.Why, StringComparison.Ordinal);
    }
}
