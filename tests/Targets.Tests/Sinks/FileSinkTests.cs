using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Exports.Views;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Sinks;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests.Sinks;

/// <summary>Files and objects: named by their entries alone, whole or absent, signed as AWS documents it.</summary>
public class FileSinkTests
{
    private const string Entries = "2026/06/01/10/000000000005-000000000007.jsonl.gz";
    private const string Proof = "2026/06/01/10/000000000005-000000000007.proof";
    private const string Checkpoint = "2026/06/01/10/000000000005-000000000007.checkpoint";

    // AWS's documented example key (Amazon S3 API Reference, "Signature Calculations for the Authorization Header").
    private static readonly SigV4Key Example = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3");
    private static readonly DateTimeOffset ExampleTime = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Nothing = Convert.ToHexStringLower(SHA256.HashData([]));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_lies_in_the_hour_of_its_first_entry_with_its_checkpoint()
    {
        using var folder = new TempFolder();
        var batch = SinkSample.Batch();
        Assert.IsType<SinkAnswer.Kept>(await Sink(folder.Path).SendAsync(batch, Cancellation));
        // The same once more, as after an answer that was lost.
        Assert.IsType<SinkAnswer.Kept>(await Sink(folder.Path).SendAsync(SinkSample.Batch(), Cancellation));
        Assert.IsType<SinkAnswer.Kept>(await Sink(folder.Path).SendAsync(SinkSample.Batch(8, 1), Cancellation));
        string[] names = [Checkpoint, Entries, Proof];
        Assert.Equal(
            [.. names, .. names.Select(name => name.Replace("5-000000000007", "8-000000000008", StringComparison.Ordinal))],
            System.IO.Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Path, file)).Order(StringComparer.Ordinal));
        Assert.Equal(EntryView.Jsonl.Write(batch.Leaves, batch.Place), Unpacked(await File.ReadAllBytesAsync(Path.Combine(folder.Path, Entries), Cancellation)));
        Assert.Equal(SinkSample.Checkpoint, await File.ReadAllTextAsync(Path.Combine(folder.Path, Checkpoint), Cancellation));
    }

    [Fact]
    public async Task What_cannot_be_written_is_not_kept()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "2026"), "in the way", Cancellation);
        var answer = Assert.IsType<SinkAnswer.NotKept>(await Sink(folder.Path).SendAsync(SinkSample.Batch(), Cancellation));
        Assert.StartsWith("the files cannot be written", answer.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_gets_the_entries_last_and_each_object_is_signed()
    {
        await using var receiver = await SinkReceiver.StartAsync();
        var batch = SinkSample.Batch();
        Assert.IsType<SinkAnswer.Kept>(await receiver.Sink(SinkKind.S3, "/acme-audit/the%20log/", "s3cret").SendAsync(batch, Cancellation));
        Assert.Equal([.. ((string[])[Checkpoint, Proof, Entries]).Select(name => $"/acme-audit/the%20log/{name}")], receiver.Received.Select(got => got.Path));
        Assert.Equal(EntryView.Jsonl.Write(batch.Leaves, batch.Place), Unpacked(receiver.Received[2].Body));
        Assert.All(receiver.Received, got => Assert.Equal(Expected(got, "s3cret"), got.Headers["authorization"]));
    }

    [Theory]
    [InlineData("test.txt", "range", "bytes=0-9", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    public void The_documented_download_has_the_documented_signature(string file, string header, string value, string signature)
    {
        var request = new SigV4Request("GET", "/" + file, [], Headers(Nothing, (header, value)), Nothing);
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=" + signature,
            SigV4.Authorization(request, Example, ExampleTime));
    }

    [Fact]
    public void The_documented_upload_has_the_documented_signature()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData("Welcome to Amazon S3."u8));
        var headers = Headers(hash, ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"));
        var said = SigV4.Authorization(new SigV4Request("PUT", "/test$file.text", [], headers, hash), Example, ExampleTime);
        Assert.EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void The_documented_questions_have_the_documented_signatures(string query, string signature)
    {
        (string, string)[] parts = [.. query.Split('&').Select(part => part.Split('=')).Select(part => (part[0], part[1]))];
        var said = SigV4.Authorization(new SigV4Request("GET", "/", parts, Headers(Nothing), Nothing), Example, ExampleTime);
        Assert.EndsWith("Signature=" + signature, said, StringComparison.Ordinal);
    }

    private static (string, string)[] Headers(string hash, params (string, string)[] more) =>
        [("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", hash), ("x-amz-date", "20130524T000000Z"), .. more];

    private static ISink Sink(string folder) => SinkRegistration.Make(SinkSample.Source(SinkKind.Files, null) with { Folder = folder }, TimeProvider.System);

    /// <summary>The header as a server makes it again from what it got.</summary>
    private static string Expected(Got got, string secret)
    {
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(got.Body)), got.Headers["x-amz-content-sha256"]);
        var (time, day) = (got.Headers["x-amz-date"], got.Headers["x-amz-date"][..8]);
        var canonical = $"PUT\n{got.Path}\n\nhost:{got.Headers["host"]}\nx-amz-content-sha256:{got.Headers["x-amz-content-sha256"]}\nx-amz-date:{time}\n\n"
            + $"host;x-amz-content-sha256;x-amz-date\n{got.Headers["x-amz-content-sha256"]}";
        var scope = $"{day}/eu-central-1/s3/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { day, "eu-central-1", "s3", "aws4_request" }.Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secret), (known, next) => HMACSHA256.HashData(known, Encoding.UTF8.GetBytes(next)));
        Assert.InRange(DateTime.ParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture), new DateTime(2026, 1, 1), new DateTime(2100, 1, 1));
        return $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature="
            + Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
