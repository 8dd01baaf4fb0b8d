namespace GitOpsGate.Configuration;

/// <summary>By what a connection signs in: exactly one of a token, a user's token, a GitHub App, an OAuth client.</summary>
internal sealed record SignIn(Secret Token)
{
    public AppIdentity? App { get; init; }

    public OAuthIdentity? OAuth { get; init; }

    public string? User { get; init; }
}

/// <summary>Reads <c>token</c>, <c>user</c>, <c>app</c> and <c>oauth</c> of a connection.</summary>
/// <param name="secretOf">The secret under a key, or null when there is none or it cannot be resolved (which is a problem by then).</param>
internal sealed class SignInReader(Func<Fields, string, Secret?> secretOf)
{
    private const string OAuthAddress = "https://bitbucket.org/site/oauth2/access_token";

    private static readonly Secret None = new("");
    private static readonly string[] Ways = ["token", "app", "oauth"];

    public SignIn Read(Fields fields, string forge)
    {
        var given = Ways.Where(key => fields.Part(key) is not null).ToArray();
        if (given.Length > 1)
        {
            fields.Refuse(fields.LineOf(given[1]), $"a connection signs in by one of `{string.Join("`, `", given)}`, not by all of them");
        }

        var user = fields.Text("user");
        if (user is not null) CheckUser(fields, forge, user);
        return given switch
        {
            ["app", ..] => new SignIn(None) { App = App(fields, forge) },
            ["oauth", ..] => new SignIn(None) { OAuth = OAuth(fields, forge) },
            _ => new SignIn(fields.Needed("token", "env:NAME").Length > 0 ? secretOf(fields, "token") ?? None : None) { User = user },
        };
    }

    private static void CheckUser(Fields fields, string forge, string user)
    {
        var line = fields.LineOf("user");
        if (forge.Length > 0 && !forge.StartsWith("bitbucket", StringComparison.Ordinal))
        {
            fields.Refuse(line, $"`user` is for Bitbucket; with forge `{forge}` a `token` alone would be right");
        }

        if (fields.Part("token") is null) fields.Refuse(line, "`user` signs in with a `token`: the user's API token");
        // RFC 7617 §2: the first colon ends the user's name.
        if (user.Length == 0 || user.Any(letter => letter == ':' || char.IsControl(letter)))
        {
            fields.Refuse(line, "`user` should be a name or an e-mail address, without a colon");
        }
    }

    private AppIdentity? App(Fields fields, string forge)
    {
        if (forge is not ("github" or "")) fields.Refuse(fields.LineOf("app"), $"`app` is GitHub's; with forge `{forge}` a `token` would be right");
        if (fields.Inner("app") is not { } app) return null;
        var id = app.Needed("id", "Iv23liABCDEF");
        var key = app.Needed("privateKey", "file:app.pem").Length > 0 ? secretOf(app, "privateKey") : null;
        app.Done();
        if (id.Length == 0 || key is null) return null;
        var identity = new AppIdentity(id, key);
        // What the gate's own store holds is not known yet.
        if (SecretSource.IsStored(app.Text("privateKey"))) return identity;
        using var opened = identity.OpenKey();
        if (opened is null)
        {
            app.Refuse(
                app.LineOf("privateKey"),
                "`privateKey` is not the private key of an app; the `.pem` file that GitHub made would be right: "
                + "RSA, 2048 bits or more, not encrypted");
        }

        return identity;
    }

    private OAuthIdentity? OAuth(Fields fields, string forge)
    {
        if (forge is not ("bitbucket-cloud" or ""))
        {
            fields.Refuse(fields.LineOf("oauth"), $"`oauth` is Bitbucket Cloud's; with forge `{forge}` a `token` would be right");
        }

        if (fields.Inner("oauth") is not { } oauth) return null;
        var key = oauth.Needed("key", "aBcDeFgHiJ");
        var secret = oauth.Needed("secret", "env:NAME").Length > 0 ? secretOf(oauth, "secret") : null;
        var address = GateFileParts.Url(oauth, "address", oauth.Text("address") ?? OAuthAddress);
        oauth.Done();
        return key.Length > 0 && secret is not null ? new OAuthIdentity(key, secret, address) : null;
    }
}
