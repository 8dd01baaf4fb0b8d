using System.Globalization;
using System.Security.Cryptography;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// Puts batches into a bucket under the names of <see cref="BatchFiles"/>. The bucket stands in the path, as every
/// server that speaks S3's API understands it. An object appears whole or not at all, and a batch that comes again takes its own place.
/// </summary>
internal sealed class S3Sink(SinkSource source, TimeProvider clock) : ISink, IDisposable
{
    private readonly SinkHttp _http = new(source.AllowPrivate, clock);

    public string Name => source.Name;

    public async Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation)
    {
        if (source.Secret?.Missing is { } missing) return new SinkAnswer.NotKept($"`secret`: {missing}");
        foreach (var (name, content) in BatchFiles.Of(batch, source.View).All)
        {
            if (await PutAsync(name, content, cancellation) is SinkAnswer.NotKept failed) return failed;
        }

        return new SinkAnswer.Kept();
    }

    public void Dispose() => _http.Dispose();

    private async Task<SinkAnswer> PutAsync(string name, byte[] content, CancellationToken cancellation)
    {
        var path = $"{Uri.UnescapeDataString(source.Address!.AbsolutePath).TrimEnd('/')}/{name}";
        var (now, hash) = (_http.Now, Convert.ToHexStringLower(SHA256.HashData(content)));
        (string Name, string Value)[] headers =
        [
            ("host", source.Address.Authority), ("x-amz-content-sha256", hash),
            ("x-amz-date", now.UtcDateTime.ToString(SigV4.TimeFormat, CultureInfo.InvariantCulture)),
        ];
        var key = new SigV4Key(source.AccessKey, source.Secret!.Reveal(), source.Region, "s3");
        var authorization = SigV4.Authorization(new SigV4Request("PUT", path, [], headers, hash), key, now);
        var encoded = string.Join('/', path.Split('/').Select(SigV4.Encoded));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{source.Address.Scheme}://{source.Address.Authority}{encoded}") { Content = new ByteArrayContent(content) };
        foreach (var (header, value) in headers[1..]) request.Headers.TryAddWithoutValidation(header, value);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await _http.AskAsync(request, null, cancellation);
    }
}
