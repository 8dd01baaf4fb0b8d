using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Bundles;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>
/// Asks an OPA server through its REST API (OPA documentation, "REST API"). It either put the policies there itself or trusts
/// those that the server loaded; in the latter case every decision is checked to come from the bundles that were there when it
/// connected.
/// </summary>
public sealed class OpaServerEngine : IPolicyEngine
{
    private readonly OpaRest _rest;
    private readonly ServerPolicies _policies;
    private readonly string? _provenance;

    private OpaServerEngine(OpaRest rest, ServerPolicies policies, string bundleRevision, string? provenance)
    {
        _rest = rest;
        _policies = policies;
        BundleRevision = bundleRevision;
        _provenance = provenance;
    }

    /// <inheritdoc/>
    public string Name => "opa";

    /// <inheritdoc/>
    public string BundleRevision { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Packages => _policies.Packages;

    /// <summary>
    /// Puts a bundle into a server and gives an engine over it. May be repeated; the last bundle that was put there stays.
    /// </summary>
    /// <param name="http">The room's client; credentials and certificates are its business.</param>
    /// <param name="options">Where the server is and how long it may take.</param>
    /// <param name="bundle">What the server is to have. Its tests are left out.</param>
    /// <param name="cancellation">Breaks off; the server may then have part of the bundle.</param>
    public static async Task<OpaConnection> PushAsync(
        HttpClient http, OpaServerOptions options, PolicyBundle bundle, CancellationToken cancellation)
    {
        var rest = new OpaRest(http, options);
        if (await new BundlePush(rest, bundle).RunAsync(cancellation) is { } wrong)
            return new OpaConnection.Failed(wrong.Code, Explain(wrong));
        return await ReadAsync(rest, _ => bundle.Revision, provenance: null, cancellation);
    }

    /// <summary>Gives an engine over what a server has loaded by itself.</summary>
    /// <param name="http">The room's client.</param>
    /// <param name="options">Where the server is and how long it may take.</param>
    /// <param name="expected">The bundle that the server is known to have, whose revision then stands beside decisions; null when
    /// nobody knows. Then it is the bundle's own revision when that is a <c>sha256:</c> address, and otherwise the address of the
    /// modules that the server shows, together with the names and revisions of its bundles.</param>
    /// <param name="cancellation">Breaks off.</param>
    public static async Task<OpaConnection> TrustAsync(
        HttpClient http, OpaServerOptions options, PolicyBundle? expected, CancellationToken cancellation)
    {
        var rest = new OpaRest(http, options);
        var health = await rest.GetAsync("/health?bundles", cancellation);
        if (health is OpaAnswer.Bad ill) return new OpaConnection.Failed(ill.Code, $"the server is not ready: {Explain(ill)}");
        ((OpaAnswer.Good)health).Document.Dispose();

        // A question about nothing, for what stands beside its answer.
        var asked = await rest.GetAsync("/v1/data/system/version?provenance=true", cancellation);
        if (asked is not OpaAnswer.Good good) return Failed((OpaAnswer.Bad)asked);
        string provenance;
        using (good.Document) provenance = ProvenanceOf(good.Document.RootElement);
        return await ReadAsync(rest, policies => expected?.Revision ?? AddressOf(policies, provenance), provenance, cancellation);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> RulesIn(string package) => _policies.RulesIn(package);

    /// <inheritdoc/>
    public async ValueTask<Decision> DecideAsync(string query, PolicyInput input, CancellationToken cancellation)
    {
        if (QueryPath.Parse(query) is not { } path)
            return new Decision.Failed("rego_parse_error", $"`{query}` is not a reference such as `data.kubernetes.deny`", null);
        using var content = new ReadOnlyMemoryContent(Question(input));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var url = QueryPath.ToUrl(path) + (_provenance is null ? "" : "?provenance=true");
        var answer = await _rest.SendAsync(HttpMethod.Post, url, content, cancellation);
        if (answer is OpaAnswer.Bad bad) return new Decision.Failed(bad.Code, bad.Message, bad.Place);
        using var document = ((OpaAnswer.Good)answer).Document;
        if (_provenance is not null && ProvenanceOf(document.RootElement) is var now && now != _provenance)
            return new Decision.Failed(OpaAnswer.RefusedCode,
                $"the server now has other bundles than when it was connected: `{now}`", null);
        return document.RootElement.TryGetProperty("result", out var result)
            ? new Decision.Value(Encoding.UTF8.GetBytes(result.GetRawText()))
            : new Decision.Undefined();
    }

    private static byte[] Question(PolicyInput input) => [.. "{\"input\":"u8, .. input.Json.Span, .. "}"u8];

    private static OpaConnection.Failed Failed(OpaAnswer.Bad bad) => new(bad.Code, Explain(bad));

    private static string Explain(OpaAnswer.Bad bad) => bad.Place is { } place
        ? $"{place.File}:{place.Row}: {bad.Message}" : bad.Message;

    private static async Task<OpaConnection> ReadAsync(
        OpaRest rest, Func<ServerPolicies, string> revision, string? provenance, CancellationToken cancellation)
    {
        var answer = await rest.GetAsync("/v1/policies", cancellation);
        if (answer is not OpaAnswer.Good good) return Failed((OpaAnswer.Bad)answer);
        using var document = good.Document;
        if (ServerPolicies.Read(document.RootElement) is not { } policies)
            return new OpaConnection.Failed(OpaAnswer.RefusedCode,
                "the server's list of policies is not one; is another server listening there");
        return new OpaConnection.Ready(new OpaServerEngine(rest, policies, revision(policies), provenance));
    }

    /// <summary>The server's bundles with their revisions as <c>name=revision</c>, in order; empty when it has none.</summary>
    private static string ProvenanceOf(JsonElement answer)
    {
        var revisions = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (answer.TryGetProperty("provenance", out var provenance) && provenance.ValueKind == JsonValueKind.Object
            && provenance.TryGetProperty("bundles", out var bundles) && bundles.ValueKind == JsonValueKind.Object)
        {
            foreach (var bundle in bundles.EnumerateObject())
            {
                var known = bundle.Value.ValueKind == JsonValueKind.Object
                    && bundle.Value.TryGetProperty("revision", out var revision);
                revisions[bundle.Name] = known ? bundle.Value.GetProperty("revision").ToString() : "";
            }
        }

        return string.Join(' ', revisions.Select(bundle => $"{bundle.Key}={bundle.Value}"));
    }

    private static string AddressOf(ServerPolicies policies, string provenance)
    {
        var only = provenance.Split(' ').Length == 1 ? provenance[(provenance.IndexOf('=', StringComparison.Ordinal) + 1)..] : "";
        if (only.Length == 71 && only.StartsWith("sha256:", StringComparison.Ordinal) && only[7..].All(char.IsAsciiHexDigitLower))
            return only;
        return BundleDigest.Of(policies.Files.Append(new BundleFile(".provenance", Encoding.UTF8.GetBytes(provenance))));
    }
}
