using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Signs requests as AWS asks for it (Signature Version 4). The time is an operand, so the same operands give the same signature.
/// </summary>
internal static class AwsBuiltins
{
    private const string BodyHash = "x-amz-content-sha256";
    private const string Unsigned = "disable_payload_signing";

    private static readonly string[] RequestKeys = ["method", "url"];
    private static readonly string[] ConfigKeys = ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];

    // Headers that those on the way may change.
    private static readonly HashSet<string> NotSigned = new(StringComparer.Ordinal)
    {
        "authorization", "user-agent", "x-amzn-trace-id",
    };

    public static void AddTo(BuiltinTable table)
    {
        var named = RegoType.ObjectOf(RegoType.String, RegoType.Any);
        table.Add("providers.aws.sign_req", [named, named, RegoType.Number], RegoType.Object, Sign,
            guarded: [RegoType.Object, RegoType.Object, RegoType.Number]);
    }

    private static RegoValue Sign(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (request, config) = (operands[0].AsObject!, operands[1].AsObject!);
        if (Missing(request, RequestKeys) is { } lacking)
            return context.FailOperand(1, $"missing required request parameters(s): {lacking}");
        if (Missing(config, ConfigKeys) is { } unset)
            return context.FailOperand(2, $"missing required AWS config parameters(s): {unset}");
        if (Listed(ConfigKeys.Where(key => config[key].AsString is null)) is { } wrong)
            return context.FailOperand(2, $"invalid values for required AWS config parameters(s): {wrong}");
        if (config[Unsigned] is { IsDefined: true, Kind: not RegoKind.Boolean })
            return context.FailOperand(2, $"invalid value for '{Unsigned}' in AWS config");
        if (!operands[2].TryInteger(out var time))
            return context.FailOperand(3, "could not convert time_ns value into a unix timestamp");
        if (request["method"].AsString is null || request["url"].AsString is null
            || !Uri.TryCreate(request["url"].Text, UriKind.Absolute, out var url))
        {
            var unusable = Listed(RequestKeys.Where(key => request[key].AsString is null)) ?? "{\"url\"}";
            return context.FailOperand(1, $"invalid values for required request parameters(s): {unusable}");
        }

        var body = Body(request);
        context.Budget.CheckSize(body.Length);
        context.Budget.Charge(1_000 + (body.Length / 64));
        var moment = DateTimeOffset.UnixEpoch.AddTicks((time / 100) - (time % 100 < 0 ? 1 : 0));
        var headers = Signed(request, config, url, body, moment);
        var result = request.With(RegoValue.Of("headers"), RegoValue.Of(headers));
        return RegoValue.Of(result);
    }

    private static string? Missing(RegoObject given, string[] keys) => Listed(keys.Where(key => !given[key].IsDefined));

    private static string? Listed(IEnumerable<string> keys)
    {
        var text = string.Join(", ", keys.Select(key => $"\"{key}\""));
        return text.Length == 0 ? null : $"{{{text}}}";
    }

    private static byte[] Body(RegoObject request)
    {
        if (request["raw_body"].AsString is { } raw) return raw.ToBytes();
        return request["body"] is { IsDefined: true } body ? Encoding.UTF8.GetBytes(RegoJson.ToText(body, escapeHtml: true)) : [];
    }

    private static RegoObject Signed(RegoObject request, RegoObject config, Uri url, byte[] body, DateTimeOffset moment)
    {
        var stamp = moment.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var hash = config[Unsigned].IsTrue ? "UNSIGNED-PAYLOAD" : Convert.ToHexStringLower(SHA256.HashData(body));
        var all = new RegoObjectBuilder();
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (request["headers"].AsObject is { } given)
        {
            for (var i = 0; i < given.Count; i++)
            {
                // As OPA does, which empties headers that are no strings.
                var (name, value) = (given.Keys[i].AsString?.Text ?? "", given.Values[i].AsString?.Text ?? "");
                all.Set(name, RegoValue.Of(value));
                if (!NotSigned.Contains(name.ToLowerInvariant())) signed[name.ToLowerInvariant()] = value;
            }
        }

        var own = new List<KeyValuePair<string, string>>
        {
            new("host", url.IsDefaultPort ? url.Host : url.Authority),
            new("x-amz-date", stamp),
        };
        if (config["aws_service"].Text is "s3" or "glacier") own.Add(new(BodyHash, hash));
        if (config["aws_session_token"].AsString is { } session) own.Add(new("x-amz-security-token", session.Text));
        foreach (var (name, value) in own)
        {
            all.Set(name, RegoValue.Of(value));

            // As OPA does, which signs the caller's header and sends its own.
            if (name != BodyHash || !signed.ContainsKey(name)) signed[name] = value;
        }

        all.Set("Authorization", RegoValue.Of(Authorization(request["method"].Text, url, signed, hash, config)));
        return all.Build();
    }

    private static string Authorization(
        string method, Uri url, SortedDictionary<string, string> headers, string bodyHash, RegoObject config)
    {
        var (region, service) = (config["aws_region"].Text, config["aws_service"].Text);
        var names = string.Join(';', headers.Keys);
        var canonical = new StringBuilder(method).Append('\n')
            .Append(url.AbsolutePath == "/" && !url.OriginalString.EndsWith('/') ? "" : url.AbsolutePath).Append('\n')
            .Append(url.Query.TrimStart('?')).Append('\n');
        foreach (var (name, value) in headers) canonical.Append(name).Append(':').Append(value).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(bodyHash);

        var stamp = headers["x-amz-date"];
        var scope = $"{stamp[..8]}/{region}/{service}/aws4_request";
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
        var text = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}";
        var key = Encoding.UTF8.GetBytes("AWS4" + config["aws_secret_access_key"].Text);
        foreach (var part in (string[])[stamp[..8], region, service, "aws4_request", text])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return $"AWS4-HMAC-SHA256 Credential={config["aws_access_key"].Text}/{scope},SignedHeaders={names},"
            + $"Signature={Convert.ToHexStringLower(key)}";
    }
}
