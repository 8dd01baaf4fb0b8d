using System.IO.Enumeration;
using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Yaml;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Bundles;

/// <summary>How a bundle is read.</summary>
public sealed record BundleOptions
{
    /// <summary>Default limits; YAML is read as the engine's own <c>yaml.unmarshal</c> does.</summary>
    public static BundleOptions Default { get; } = new();

    /// <summary>How much is read at most.</summary>
    public BundleLimits Limits { get; init; } = BundleLimits.Default;

    /// <summary>
    /// Turns a <c>data.yaml</c> (UTF-8) into JSON text (UTF-8), and throws <see cref="FormatException"/> for what is not YAML. With
    /// null a bundle with YAML data is refused: policies that silently miss their data would judge wrongly.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? YamlToJson { get; init; } = ReadYaml;

    /// <summary>
    /// Whether every <c>*.json</c>, <c>*.yaml</c> and <c>*.yml</c> is data at the path of its folder, as <c>opa test FOLDER</c> reads
    /// what is not a bundle; otherwise only files called <c>data</c> are.
    /// </summary>
    public bool TakesAllData { get; init; }

    /// <summary>
    /// Files and folders that are passed over: patterns of <c>*</c> and <c>?</c> that the name, or the path inside the bundle, matches.
    /// </summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>0 or 1: the syntax of modules where the manifest does not say.</summary>
    public int RegoVersion { get; init; } = 1;

    internal bool Ignores(string path) => Ignore.Any(pattern =>
        FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false)
        || path.Split('/').Any(part => FileSystemName.MatchesSimpleExpression(pattern, part, ignoreCase: false)));

    private static ReadOnlyMemory<byte> ReadYaml(ReadOnlyMemory<byte> yaml)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(yaml.Span);
            return Encoding.UTF8.GetBytes(RegoJson.ToText(YamlReader.Read(text)));
        }
        catch (Exception wrong) when (wrong is YamlException or DecoderFallbackException or InsufficientExecutionStackException)
        {
            throw new FormatException(wrong.Message, wrong);
        }
    }
}
