using System.Buffers.Text;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Policies.Bundles;
using GitOpsGate.Policies.Tests.OpaServer;
using Xunit;

namespace GitOpsGate.Policies.Tests.Bundles;

public sealed class BundleSignatureTests : IDisposable
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly (string Path, string Content)[] _files =
        [("p.rego", "package p\n"), ("data.json", "{ \"b\": [1.50, \"<é>\"], \"a\": {} }")];

    private BundleKey RsaKey => new("main", "RS256", _rsa.ExportSubjectPublicKeyInfoPem());

    private BundleKey EcKey => new("main", "ES256", _ec.ExportSubjectPublicKeyInfoPem());

    [Fact]
    public void A_bundle_without_signatures_is_unsigned() =>
        Assert.IsType<BundleVerification.Unsigned>(BundleSignature.Verify(Bundle(_files), [RsaKey]));

    [Fact]
    public void A_signature_over_exactly_these_files_is_trusted_whatever_their_spacing()
    {
        Assert.Equal(new BundleVerification.Trusted("main"),
            BundleSignature.Verify(Signed(Payload(), "RS256", _files), [RsaKey]));
        Assert.Equal(new BundleVerification.Trusted("main"), BundleSignature.Verify(Signed(Payload(), "ES256", _files), [EcKey]));
        (string, string)[] reindented = [_files[0], ("data.json", "{\"a\":{},\"b\":[1.50,\"<é>\"]}")];
        Assert.Equal(new BundleVerification.Trusted("main"),
            BundleSignature.Verify(Signed(Payload(), "RS256", reindented), [RsaKey]));
    }

    [Fact]
    public void A_changed_an_added_and_a_missing_file_are_noticed()
    {
        Assert.Equal("`p.rego` is not what was signed",
            Reason(Signed(Payload(), "RS256", ("p.rego", "package q\n"), _files[1]), RsaKey));
        Assert.Equal("`q.rego` is not signed",
            Reason(Signed(Payload(), "RS256", [.. _files, ("q.rego", "package q\n")]), RsaKey));
        Assert.Equal("`data.json` was signed and is missing", Reason(Signed(Payload(), "RS256", _files[0]), RsaKey));
    }

    [Fact]
    public void The_key_decides_about_algorithm_name_and_scope()
    {
        var signed = Signed(Payload(), "RS256", _files);
        Assert.Equal("the signature is made with `RS256`; key `main` is for `ES256`", Reason(signed, EcKey));
        Assert.Equal("the signature is made with `none`; key `main` is for `RS256`",
            Reason(Signed(Payload(), "none", _files), RsaKey));
        Assert.Equal("no trusted key is called `main`", Reason(signed, RsaKey with { Id = "other" }));
        Assert.Equal("no trusted key is called `main`", Reason(signed));
        Assert.Equal("the signature is for the scope `write`; `read` would be right",
            Reason(signed, RsaKey with { Scope = "read" }));
        Assert.IsType<BundleVerification.Trusted>(BundleSignature.Verify(signed, [RsaKey with { Scope = "write" }]));
        using var stranger = RSA.Create(2048);
        var other = RsaKey with { Pem = stranger.ExportSubjectPublicKeyInfoPem() };
        Assert.Equal("the signature is not that of key `main`", Reason(signed, other));
        Assert.Equal("the signature is not that of key `main`", Reason(signed, RsaKey with { Pem = "no key" }));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("no JSON")]
    [InlineData("""{"signatures": []}""")]
    [InlineData("""{"signatures": ["a.b"]}""")]
    [InlineData("""{"signatures": ["a.b.?"]}""")]
    [InlineData("""{"signatures": ["YQ.YQ.YQ"]}""")]
    [InlineData("""{"signatures": ["W10.W10.YQ"]}""")]
    public void Signatures_that_are_none_are_rejected(string signatures) =>
        Assert.NotEmpty(Reason(Bundle([.. _files, (".signatures.json", signatures)]), RsaKey));

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_bundle_that_OPA_signed_is_trusted(string algorithm)
    {
        using var folder = new ScratchFolder();
        foreach (var (path, content) in _files) folder.Write("bundle/" + path, content);
        folder.Write("bundle/sub/data.json", "{\"k\": true}");
        folder.Write("key.pem", algorithm == "RS256" ? _rsa.ExportRSAPrivateKeyPem() : _ec.ExportECPrivateKeyPem());
        var archive = Path.Combine(folder.Path, "b.tar.gz");
        var (code, output) = await RealOpa.RunAsync(
            "build", "-b", Path.Combine(folder.Path, "bundle"), "--signing-key", Path.Combine(folder.Path, "key.pem"),
            "--signing-alg", algorithm, "-o", archive);
        Assert.True(code == 0, output);
        var reading = await BundleReader.ReadAsync(archive, BundleOptions.Default, TestContext.Current.CancellationToken);
        var bundle = Assert.IsType<BundleReading.Complete>(reading).Bundle;

        // OPA calls a key `default` unless it is told otherwise.
        var key = (algorithm == "RS256" ? RsaKey : EcKey) with { Id = "default" };
        Assert.Equal(new BundleVerification.Trusted("default"), BundleSignature.Verify(bundle, [key]));
    }

    [Fact]
    public void A_shared_secret_signs_and_a_public_key_is_none()
    {
        var signatures = Encoding.UTF8.GetString(BundleSigner.SignWithSecret(Bundle(_files), "main", "a shared secret", "write"));
        var signed = Bundle([.. _files, (".signatures.json", signatures)]);
        var key = new BundleKey("main", "HS256", "a shared secret", "write");
        Assert.Equal(new BundleVerification.Trusted("main"), BundleSignature.Verify(signed, [key]));
        Assert.IsType<BundleVerification.Rejected>(BundleSignature.Verify(signed, [key with { Pem = "another" }]));
        Assert.IsType<BundleVerification.Rejected>(BundleSignature.Verify(signed, [key with { Pem = "" }]));
        Assert.IsType<BundleVerification.Rejected>(BundleSignature.Verify(signed, [RsaKey]));

        // Who has the public key may not sign with it as if it were a secret.
        var forged = Encoding.UTF8.GetString(BundleSigner.SignWithSecret(Bundle(_files), "main", RsaKey.Pem, null));
        Assert.IsType<BundleVerification.Rejected>(
            BundleSignature.Verify(Bundle([.. _files, (".signatures.json", forged)]), [RsaKey, RsaKey with { Algorithm = "HS256" }]));
    }

    [Fact]
    public async Task What_we_sign_we_trust_and_so_does_OPA()
    {
        using var folder = new ScratchFolder();
        foreach (var pem in new[] { _rsa.ExportPkcs8PrivateKeyPem(), _ec.ExportECPrivateKeyPem() })
        {
            var isRsa = pem.StartsWith("-----BEGIN PRIVATE KEY", StringComparison.Ordinal);
            var signatures = Encoding.UTF8.GetString(BundleSigner.Sign(Bundle(_files), "main", pem, "write"));
            var key = (isRsa ? RsaKey : EcKey) with { Scope = "write" };
            var signed = Bundle([.. _files, (".signatures.json", signatures)]);
            Assert.Equal(new BundleVerification.Trusted("main"), BundleSignature.Verify(signed, [key]));
            var archive = Path.Combine(folder.Path, "signed.tar.gz");
            await PackAsync(archive, signed.Files);
            folder.Write("key.pem", key.Pem);
            string[] verify =
            [
                "build", "-b", archive, "-o", Path.Combine(folder.Path, "b.tar.gz"),
                    "--scope", "write",
                "--verification-key", Path.Combine(folder.Path, "key.pem"), "--verification-key-id", "main", "--signing-alg",
                    key.Algorithm,
            ];
            var (code, output) = await RealOpa.RunAsync(verify);
            Assert.True(code == 0, output);
            await PackAsync(archive,
                signed.Files.Select(file => file.Path == "p.rego" ? file with { Content = "package q\n"u8.ToArray() } : file));
            Assert.NotEqual(0, (await RealOpa.RunAsync(verify)).Code);
        }

        Assert.Throws<CryptographicException>(() => BundleSigner.Sign(Bundle(_files), "main", "no key", null));
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    private static async Task PackAsync(string path, IEnumerable<BundleFile> files)
    {
        await using var archive = File.Create(path);
        await using var zip = new GZipStream(archive, CompressionMode.Compress);
        await using var tar = new TarWriter(zip);
        foreach (var file in files)
        {
            var entry =
                new PaxTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = new MemoryStream(file.Content.ToArray()) };
            await tar.WriteEntryAsync(entry, TestContext.Current.CancellationToken);
        }
    }

    private static string Reason(PolicyBundle bundle, params BundleKey[] keys) =>
        Assert.IsType<BundleVerification.Rejected>(BundleSignature.Verify(bundle, keys)).Reason;

    private static PolicyBundle Bundle(params (string Path, string Content)[] files)
    {
        var reading =
            BundleReader.Read([.. files.Select(file => new BundleFile(file.Path, Encoding.UTF8.GetBytes(file.Content)))],
            BundleOptions.Default);
        return Assert.IsType<BundleReading.Complete>(reading).Bundle;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The payload over the files as they were when they were signed.</summary>
    private static string Payload() =>
        $$"""
        {"files": [{"name": "p.rego", "hash": "{{Hash("package p\n")}}", "algorithm": "SHA-256"},
        {"name": "data.json", "hash": "{{Hash("{\"a\":{},\"b\":[1.50,\"<é>\"]}")}}", "algorithm": "SHA-256"}], "keyid": "main", "scope": "write"}
        """;

    private PolicyBundle Signed(string payload, string algorithm, params (string Path, string Content)[] files)
    {
        var text = Part($$"""{"alg": "{{algorithm}}"}""") + "." + Part(payload);
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "RS256" => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => _ec.SignData(bytes, HashAlgorithmName.SHA256),
            _ => [],
        };
        return Bundle([.. files, (".signatures.json", $$"""{"signatures": ["{{text}}.{{Base64Url.EncodeToString(signature)}}"]}""")]);
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
