using System.Collections.Immutable;
using System.Security.Cryptography;

namespace GitOpsGate.Configuration;

/// <summary>Reads <c>gate.yaml</c>, and says all that is wrong with it at once.</summary>
public static class GateFileReader
{
    /// <summary>Reads the file at a path, with secrets from this process' environment and files beside it.</summary>
    public static FileReading<GateConfiguration> ReadFile(string path) => ReadFile(path, Read);

    internal static FileReading<T> ReadFile<T>(string path, Func<string, ReadOnlyMemory<byte>, SecretSource, FileReading<T>> read)
        where T : class
    {
        var full = Path.GetFullPath(path);
        var name = Path.GetFileName(full);
        try
        {
            if (!File.Exists(full)) return new(null, [new FileProblem(name, 0, $"the file is not there: `{full}`")], []);
            if (new FileInfo(full).Length > YamlFile.MaxBytes)
            {
                return new(null, [new FileProblem(name, 0, $"the file has more than {YamlFile.MaxBytes} bytes")], []);
            }

            return read(full, File.ReadAllBytes(full), SecretSource.OfProcess(Path.GetDirectoryName(full)!));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return new(null, [new FileProblem(name, 0, $"the file cannot be read: `{full}`")], []);
        }
    }

    /// <summary>Reads the bytes of a <c>gate.yaml</c>.</summary>
    /// <param name="path">Where it stands; relative paths inside it start at its folder.</param>
    public static FileReading<GateConfiguration> Read(string path, ReadOnlyMemory<byte> bytes, SecretSource secrets)
    {
        var problems = new List<FileProblem>();
        var warnings = new List<FileProblem>();
        var name = Path.GetFileName(path);
        if (new YamlFile(name, problems).Read(bytes.Span) is not { } map) return new(null, [.. problems], []);

        var fields = new Fields(name, map, problems);
        var reader = new GateFileParts(Path.GetDirectoryName(Path.GetFullPath(path))!, secrets, warnings);
        var connections = reader.Connections(fields);
        var bundles = reader.Bundles(fields);
        var targets = reader.Targets(fields);
        var dataFolder = reader.PathOf(fields.Text("data") ?? "data");
        var configuration = new GateConfiguration
        {
            PublicUrl = GateFileParts.Url(fields, "publicUrl", fields.Needed("publicUrl", "https://gate.example.org")),
            DataFolder = dataFolder,
            Audit = Audit(fields, reader, AuditSettings.In(dataFolder)),
            PostgreSql = reader.EarlySecret(fields, "postgres"),
            Connections = connections,
            Bundles = bundles,
            ServerRules = Rules(fields, bundles),
            Targets = targets,
            Environments = GateFileParts.Environments(fields, connections, targets),
            AttestsMerges = AttestsMerges(fields),
            Reconcile = ReconcileReader.Read(fields),
            Retention = RetentionReader.Read(fields),
            Stored = secrets.Stored,
            Files = secrets.Files,
            Digest = Convert.ToHexStringLower(SHA256.HashData(bytes.Span)),
        };
        fields.Done();
        return new(problems.Count == 0 ? configuration : null, RuleFileReader.Sorted(problems), RuleFileReader.Sorted(warnings));
    }

    private static AuditSettings Audit(Fields fields, GateFileParts reader, AuditSettings usual)
    {
        if (fields.Inner("audit") is not { } audit) return usual;
        var settings = new AuditSettings(
            audit.Text("key") is { } key ? reader.PathOf(key) : usual.KeyPath, audit.Text("anchor") is { } anchor ? reader.PathOf(anchor) : usual.AnchorPath)
        {
            SecondKeyPath = audit.Text("secondKey") is { } second ? reader.PathOf(second) : null,
            Sinks = new SinkReader(reader.SecretOf, reader.PathOf).Read(audit),
            Anchors = new AnchorReader(reader.SecretOf, reader.PathOf).Read(audit),
            Witnesses = WitnessReader.Read(audit),
        };
        audit.Done();
        return settings;
    }

    private static bool AttestsMerges(Fields fields)
    {
        if (fields.Inner("attestations") is not { } attestations) return true;
        var atMerge = attestations.Flag("atMerge", otherwise: true);
        attestations.Done();
        return atMerge;
    }

    private static RuleFile Rules(Fields fields, ImmutableArray<BundleSource> bundles) => fields.Inner("rules") is { } rules
        ? RuleFileReader.Rules(rules, [.. bundles.Select(bundle => bundle.Name)], isServer: true)
        : RuleFile.Empty;
}
