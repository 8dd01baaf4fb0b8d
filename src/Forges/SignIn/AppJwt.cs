using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>
/// Makes the token by which a GitHub App proves that it is itself: a JWT (RFC 7519) with RS256 (RFC 7518 §3.3). Source: docs.github.com,
/// "Generating a JSON Web Token (JWT) for a GitHub App".
/// </summary>
internal static class AppJwt
{
    // GitHub's clock and ours may differ by a minute; it takes ten minutes at most.
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(9);

    /// <exception cref="ForgeTroubleException">The connection's key is none.</exception>
    public static Lease<string> Make(ConnectionName connection, AppIdentity app, DateTimeOffset now)
    {
        using var key = app.OpenKey() ?? throw new ForgeTroubleException(
            $"the `privateKey` of connection `{connection}` is not the private key of an app; the `.pem` file that GitHub made would be right",
            TroubleKind.Forbidden);
        var ends = now + Life;
        var head = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["iat"] = (now - Back).ToUnixTimeSeconds(),
            ["exp"] = ends.ToUnixTimeSeconds(),
            ["iss"] = app.Id,
        };
        var signed = $"{Encode(head)}.{Encode(claims)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Lease<string>.Until($"{signed}.{Base64Url.EncodeToString(signature)}", now, ends);
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
