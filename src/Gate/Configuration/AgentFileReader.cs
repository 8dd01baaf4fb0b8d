using System.Security.Cryptography;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Configuration;

/// <summary>Reads <c>agent.yaml</c>, and says all that is wrong with it at once.</summary>
public static class AgentFileReader
{
    /// <summary>Reads the file at a path, with secrets from this process' environment and files beside it.</summary>
    public static FileReading<AgentConfiguration> ReadFile(string path) => GateFileReader.ReadFile(path, Read);

    /// <summary>Reads the bytes of an <c>agent.yaml</c>.</summary>
    /// <param name="path">Where it stands; relative paths inside it start at its folder.</param>
    public static FileReading<AgentConfiguration> Read(string path, ReadOnlyMemory<byte> bytes, SecretSource secrets)
    {
        var problems = new List<FileProblem>();
        var warnings = new List<FileProblem>();
        var name = Path.GetFileName(path);
        if (new YamlFile(name, problems).Read(bytes.Span) is not { } map) return new(null, [.. problems], []);

        var fields = new Fields(name, map, problems);
        var parts = new GateFileParts(Path.GetDirectoryName(Path.GetFullPath(path))!, secrets, warnings);
        var folder = parts.PathOf(fields.Needed("path", "/srv/www/shop"));
        var configuration = new AgentConfiguration
        {
            GatewayUrl = Gateway(fields),
            Target = fields.Needed("target", "shop-web"),
            Token = Needed(fields, parts, "token", "env:GATE_AGENT_TOKEN"),
            PublicKey = Key(fields, Needed(fields, parts, "publicKey", "file:warrant.pub")),
            Path = folder,
            StateFile = parts.PathOf(fields.Text("state") ?? Path.Combine(folder, ".gate", "agent.json")),
            Keep = fields.Number("keep", 5, 1, 100),
            Poll = TimeSpan.FromSeconds(fields.Number("pollSeconds", 30, 1, 3600)),
            Drift = TimeSpan.FromSeconds(fields.Number("driftSeconds", 300, 10, 86400)),
            MaxBytes = (long)fields.Number("maxMegabytes", 512, 1, 16384) << 20,
        };
        fields.Done();
        return new(problems.Count == 0 ? configuration : null, RuleFileReader.Sorted(problems), RuleFileReader.Sorted(warnings));
    }

    private static string Gateway(Fields fields)
    {
        var url = GateFileParts.Url(fields, "gateway", fields.Needed("gateway", "https://gate.example.org"));
        var isPlain = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri is { Scheme: "http", IsLoopback: false };
        if (isPlain) fields.Refuse(fields.LineOf("gateway"), "`gateway` should be `https`: the token would be readable on the way");
        return url;
    }

    private static Secret Needed(Fields fields, GateFileParts parts, string key, string example)
    {
        var reference = fields.Needed(key, example);
        return reference.Length > 0 && parts.SecretOf(fields, key) is { } secret ? secret : new Secret("");
    }

    private static string Key(Fields fields, Secret secret)
    {
        var pem = secret.Reveal();
        if (pem.Length == 0) return pem;
        try
        {
            using var key = ECDsa.Create();
            key.ImportKey(pem);
            if (key.KeySize == 256 && pem.Contains("PUBLIC KEY", StringComparison.Ordinal)) return pem;
        }
        catch (ArgumentException)
        {
            // Said below, with what would be right.
        }
        catch (CryptographicException)
        {
            // As above.
        }

        fields.Refuse(fields.LineOf("publicKey"), "`publicKey` should be the gate's key, a PEM `PUBLIC KEY` block of a P-256 key");
        return "";
    }
}
