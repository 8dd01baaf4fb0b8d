using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>What <c>io.jwt.decode_verify</c> is told to hold a token against.</summary>
internal sealed class JwtConstraints : IDisposable
{
    public List<JwtKey> Keys { get; private set; } = [];

    public string? Algorithm { get; private set; }

    public string? Issuer { get; private set; }

    public string? Audience { get; private set; }

    /// <summary>The time, in seconds since 1970.</summary>
    public RegoValue Seconds { get; private set; }

    /// <summary>Reads the constraints; null, and why, when they make no sense.</summary>
    public static JwtConstraints? Read(RegoObject given, long nowNanoseconds, out string problem)
    {
        problem = "";
        var constraints = new JwtConstraints();
        var time = RegoValue.Of(nowNanoseconds);
        var sources = 0;
        for (var i = 0; i < given.Count; i++)
        {
            var (name, value) = (given.Keys[i].AsString?.Text ?? given.Keys[i].ToString(), given.Values[i]);
            if (name == "time" && value.Kind == RegoKind.Number)
            {
                time = value;
                continue;
            }

            if (value.AsString is not { } text || name is not ("cert" or "secret" or "alg" or "iss" or "aud"))
            {
                problem = name switch
                {
                    "time" => "token time constraint: must be a number",
                    "cert" or "secret" or "alg" or "iss" or "aud" => $"{name} constraint: must be a string",
                    _ => $"unknown token validation constraint: {name}",
                };
                return null;
            }

            if (name is "cert" or "secret") sources++;
            if (name == "cert")
            {
                if (JwtKey.Read(text.Text, out problem) is not { } keys) return null;
                constraints.Keys = keys;
            }
            else if (name == "secret")
            {
                constraints.Keys = [JwtKey.OfSecret(text.ToBytes())];
            }
            else
            {
                constraints.Set(name, text.Text);
            }
        }

        if (sources == 1)
        {
            constraints.Seconds = RegoArithmetic.Divide(time, RegoValue.Of(GoTime.PerSecond));
            return constraints;
        }

        problem = sources == 0 ? "no key constraint" : "duplicate key constraints";
        return null;
    }

    /// <summary>Whether claims hold now, for us, by the right issuer; null, and why, when they cannot be read.</summary>
    public bool? Accepts(RegoObject claims, out string problem)
    {
        problem = "";
        if (Issuer is not null && claims["iss"].AsString?.Text != Issuer) return false;
        var audience = claims["aud"];
        if (audience.IsDefined ? !IsFor(audience) : Audience is not null) return false;
        foreach (var (name, isBound) in new[] { ("exp", true), ("nbf", false) })
        {
            var limit = claims[name];
            if (!limit.IsDefined) continue;
            if (limit.Kind != RegoKind.Number)
            {
                problem = $"{name} value must be a number";
                return null;
            }

            var order = RegoOrder.Compare(Seconds, limit);
            if (isBound ? order >= 0 : order < 0) return false;
        }

        return true;
    }

    public void Dispose()
    {
        foreach (var key in Keys) key.Dispose();
    }

    private void Set(string name, string text)
    {
        if (name == "alg") Algorithm = text;
        else if (name == "iss") Issuer = text;
        else Audience = text;
    }

    private bool IsFor(RegoValue audience) => Audience is not null
        && (audience.AsArray is { } many ? many.Items.Contains(RegoValue.Of(Audience)) : audience.AsString?.Text == Audience);
}
