using GitOpsGate.Configuration;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>How a connection signs in, in words and without the secret.</summary>
internal static class SignInWords
{
    public static string Of(Connection connection) => connection switch
    {
        { App: { } app } => $"GitHub App `{app.Id}`",
        { OAuth: { } oauth } => $"OAuth client `{oauth.Key}`",
        { User: { } user } => $"token of `{user}`",
        _ => "token",
    };
}
