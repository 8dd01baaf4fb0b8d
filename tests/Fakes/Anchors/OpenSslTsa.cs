using System.Diagnostics;

namespace GitOpsGate.Fakes.Anchors;

/// <summary>A time-stamp authority (RFC 3161) of <c>openssl ts</c>, with a root and a signing certificate of its own.</summary>
public sealed class OpenSslTsa : IDisposable
{
    private readonly string _folder;
    private readonly SemaphoreSlim _turn = new(1);
    private int _files;

    private OpenSslTsa(string folder) => _folder = folder;

    /// <summary>The root certificate, a PEM file.</summary>
    public string RootPath => At("root.pem");

    public void Dispose() => _turn.Dispose();

    /// <summary>Makes one in a folder.</summary>
    public static async Task<OpenSslTsa> MakeAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var tsa = new OpenSslTsa(folder);
        await File.WriteAllTextAsync(tsa.At("ext"), "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n");
        await File.WriteAllTextAsync(tsa.At("serial"), "1000\n");
        await File.WriteAllTextAsync(tsa.At("tsa.cnf"), $"""
            [tsa]
            default_tsa = own
            [own]
            serial = {tsa.At("serial")}
            signer_cert = {tsa.At("tsa.pem")}
            certs = {tsa.At("root.pem")}
            signer_key = {tsa.At("tsa.key")}
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha256, sha512
            accuracy = secs:1
            ess_cert_id_alg = sha256

            """);
        string[] key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        await tsa.RunAsync(["req", "-x509", .. key, "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-subj", "/CN=Test root"]);
        await tsa.RunAsync(["req", .. key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test time stamps"]);
        await tsa.RunAsync(["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "20", "-extfile", "ext", "-out", "tsa.pem"]);
        return tsa;
    }

    /// <summary>Stamps a request, or answers that it is refused.</summary>
    public async Task<byte[]> ReplyAsync(byte[] query)
    {
        await _turn.WaitAsync();
        try
        {
            var number = _files++;
            await File.WriteAllBytesAsync(At($"{number}.tsq"), query);
            await RunAsync("ts", "-reply", "-config", "tsa.cnf", "-queryfile", $"{number}.tsq", "-out", $"{number}.tsr");
            return await File.ReadAllBytesAsync(At($"{number}.tsr"));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A request of somebody else: for these bytes, with another nonce.</summary>
    public async Task<byte[]> QueryAsync(byte[] bytes)
    {
        await File.WriteAllBytesAsync(At("data"), bytes);
        await RunAsync("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "other.tsq");
        return await File.ReadAllBytesAsync(At("other.tsq"));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var openssl = Process.Start(start)!;
        var (output, errors) = (openssl.StandardOutput.ReadToEndAsync(), openssl.StandardError.ReadToEndAsync());
        await openssl.WaitForExitAsync();
        var said = await output + await errors;
        if (openssl.ExitCode != 0) throw new InvalidOperationException($"openssl {string.Join(' ', arguments)}: {said}");
    }
}
