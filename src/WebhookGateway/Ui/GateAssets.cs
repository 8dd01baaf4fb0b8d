using System.Security.Cryptography;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>
/// The few files that pages need, inside the assembly. An address changes with the content, so browsers may keep it for ever.
/// </summary>
public static class GateAssets
{
    public static GateAsset Style { get; } = GateAsset.Load("gate.css", "text/css; charset=utf-8");

    public static GateAsset Icon { get; } = GateAsset.Load("gate.svg", "image/svg+xml");

    public static IEndpointRouteBuilder MapGateAssets(this IEndpointRouteBuilder routes)
    {
        foreach (var asset in (GateAsset[])[Style, Icon])
        {
            routes.MapGet(asset.Address, (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return TypedResults.Bytes(asset.Content, asset.Type);
            }).AllowAnonymous().ExcludeFromDescription();
        }

        return routes;
    }
}

/// <summary>One embedded file and where it is served.</summary>
public sealed record GateAsset(string Address, string Type, byte[] Content)
{
    public static GateAsset Load(string name, string type)
    {
        using var stream = typeof(GateAsset).Assembly.GetManifestResourceStream($"Ui/{name}")
            ?? throw new InvalidOperationException($"the assembly was built without `{name}`");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var content = memory.ToArray();
        var digest = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
        return new GateAsset($"/assets/{digest}/{name}", type, content);
    }
}
