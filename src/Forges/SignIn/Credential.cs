using System.Net.Http.Headers;
using System.Text;
using GitOpsGate.Configuration;

namespace GitOpsGate.Forges.SignIn;

/// <summary>What signs one call in. It never prints its token.</summary>
internal sealed class Credential(string token)
{
    /// <summary>For the wire and for git alone.</summary>
    public string Token => token;

    /// <summary>Whom the token belongs to, where the forge wants both as HTTP Basic; null otherwise.</summary>
    public string? User { get; init; }

    /// <summary>Whose budget of calls it draws from, in words for people; empty where the connection has only one.</summary>
    public string Account { get; init; } = "";

    /// <summary>Forgets a token that the forge does not take any more; null where it was given and there is none but this.</summary>
    public Action? Drop { get; init; }

    /// <summary>The connection as those see it who dress a request: with the token that signs in now.</summary>
    public Connection Worn(Connection connection) => connection with { Token = new Secret(token) };

    /// <summary>Signs with HTTP Basic (RFC 7617) where the forge wants a user's name beside the token.</summary>
    public void Sign(HttpRequestHeaders headers)
    {
        if (User is { } user) headers.Authorization = Basic(user, token);
    }

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
