using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Policies.Bundles;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy build</c>: packs a folder into a bundle that any OPA reads.</summary>
internal static class PolicyBuildCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("path") { Description = "a folder, or a bundle to pack anew" };
        var output = new Option<string>("--output", "-o") { Description = "where the bundle is written", DefaultValueFactory = _ => "bundle.tar.gz" };
        var revision = new Option<string?>("--revision", "-r") { Description = "the revision that the manifest states" };
        var ignore = new Option<string[]>("--ignore") { Description = "names to leave out, such as `*_test.rego`; may be repeated" };
        var key = new Option<FileInfo?>("--signing-key") { Description = "sign with this key: an RSA or P-256 private key in PEM, or a file with a shared secret" };
        var id = new Option<string>("--signing-key-id") { Description = "the name under which the key is known", DefaultValueFactory = _ => "default" };
        var scope = new Option<string?>("--scope") { Description = "what the signature is for" };
        return new Command("build", "pack policies and data into a .tar.gz bundle") { path, output, revision, ignore, key, id, scope }
            .Does(async (parsed, cancellation) =>
            {
                var options = new BundleOptions { Ignore = parsed.GetValue(ignore) ?? [] };
                var bundle = await PolicyFiles.ReadAsync(parsed.GetRequiredValue(path), options, cancellation);
                if (parsed.GetValue(revision) is { } named) bundle = WithRevision(bundle, named, options);
                PolicyFiles.Compile(await PolicyFiles.LoadAsync(
                    new PolicySources([], [parsed.GetRequiredValue(path)], options.Ignore, IsV0: false), cancellation), Policies.Rego.RegoOptions.Default);
                var signatures = parsed.GetValue(key) is { } file
                    ? Sign(bundle, PolicyFiles.Read(file), parsed.GetRequiredValue(id), parsed.GetValue(scope))
                    : null;
                var target = parsed.GetRequiredValue(output);
                await using (var archive = File.Create(target))
                {
                    await BundleWriter.WriteAsync(bundle, signatures is null ? null : new ReadOnlyMemory<byte>(signatures), archive, cancellation);
                }

                if (parsed.GetValue(Common.Json))
                    Terminal.Json(JsonSerializer.SerializeToElement(new { output = target, revision = bundle.Revision, files = bundle.Files.Count, signed = signatures is not null }));
                else Terminal.Line($"{target}: {bundle.Files.Count} files, bundle revision {bundle.Revision}{(signatures is null ? "" : ", signed")}");
                return ExitCode.Ok;
            });
    }

    private static PolicyBundle WithRevision(PolicyBundle bundle, string revision, BundleOptions options)
    {
        var known = bundle.Files.FirstOrDefault(file => file.Path == ".manifest");
        var manifest = known is null ? new JsonObject { ["roots"] = new JsonArray("") } : JsonNode.Parse(known.Content.Span)!.AsObject();
        manifest["revision"] = revision;
        var written = new BundleFile(".manifest", Encoding.UTF8.GetBytes(manifest.ToJsonString()));
        return BundleReader.Read([.. bundle.Files.Where(file => file.Path != ".manifest"), written], options) is BundleReading.Complete(var made)
            ? made
            : throw new System.Diagnostics.UnreachableException("a bundle with another revision is a bundle");
    }

    private static byte[] Sign(PolicyBundle bundle, byte[] key, string id, string? scope)
    {
        var text = Encoding.UTF8.GetString(key).Trim();
        try
        {
            return text.Contains("-----BEGIN", StringComparison.Ordinal)
                ? BundleSigner.Sign(bundle, id, text, scope)
                : BundleSigner.SignWithSecret(bundle, id, text, scope);
        }
        catch (CryptographicException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"`--signing-key` cannot be used: {wrong.Message}");
        }
    }
}
