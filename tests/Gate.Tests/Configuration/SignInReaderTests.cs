using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Configuration;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

/// <summary>How a connection signs in: exactly one way, checked before anything starts.</summary>
public sealed class SignInReaderTests
{
    private static readonly PbeParameters Lock = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    private static readonly string Key = NewKey(2048, key => key.ExportRSAPrivateKeyPem());

    [Fact]
    public void An_app_an_oauth_client_and_a_users_token_are_read()
    {
        var app = Connection("github", "app: {id: Iv23li, privateKey: env:KEY}")!;
        Assert.Equal(("Iv23li", Key, ""), (app.App!.Id, app.App.PrivateKey.Reveal(), app.Token.Reveal()));
        using (var key = app.App.OpenKey()) Assert.Equal(2048, key!.KeySize);

        var oauth = Connection("bitbucket-cloud", "oauth: {key: consumer, secret: env:TOKEN}")!;
        Assert.Equal(
            ("consumer", "one", "https://bitbucket.org/site/oauth2/access_token"),
            (oauth.OAuth!.Key, oauth.OAuth.Secret.Reveal(), oauth.OAuth.Address));

        var user = Connection("bitbucket-cloud", "user: ann@example.org\n    token: env:TOKEN")!;
        Assert.Equal(("ann@example.org", "one"), (user.User, user.Token.Reveal()));
        Assert.Null(Connection("github", "token: env:TOKEN")!.User);
    }

    [Theory]
    [InlineData("github", "statusContext: gate", "`token` is missing")]
    [InlineData("github", "token: env:TOKEN\n    app: {id: a, privateKey: env:KEY}", "by one of `token`, `app`, not by all of them")]
    [InlineData("gitlab", "app: {id: a, privateKey: env:KEY}", "`app` is GitHub's; with forge `gitlab` a `token` would be right")]
    [InlineData("github", "oauth: {key: a, secret: env:TOKEN}", "`oauth` is Bitbucket Cloud's")]
    [InlineData("github", "user: ann\n    token: env:TOKEN", "`user` is for Bitbucket")]
    [InlineData("bitbucket-cloud", "user: ann\n    oauth: {key: a, secret: env:TOKEN}", "`user` signs in with a `token`")]
    [InlineData("bitbucket-cloud", "user: \"ann:lee\"\n    token: env:TOKEN", "without a colon")]
    [InlineData("github", "app: {privateKey: env:KEY}", "`id` is missing")]
    [InlineData("github", "app: {id: a}", "`privateKey` is missing")]
    [InlineData("github", "app: {id: a, privateKey: env:ABSENT}", "environment variable `ABSENT` is not set")]
    [InlineData("github", "app: {id: a, privateKey: env:KEY, keyId: 5}", "key `keyId` is not known")]
    [InlineData("github", "app: env:KEY", "`app` should be a map of keys")]
    [InlineData("github", "app: {id: a, privateKey: env:TOKEN}", "`privateKey` is not the private key of an app; the `.pem` file that GitHub made")]
    [InlineData("github", "app: {id: a, privateKey: env:PUBLIC}", "`privateKey` is not the private key of an app")]
    [InlineData("github", "app: {id: a, privateKey: env:SHORT}", "`privateKey` is not the private key of an app")]
    [InlineData("github", "app: {id: a, privateKey: env:LOCKED}", "`privateKey` is not the private key of an app")]
    [InlineData("github", "app: {id: a, privateKey: env:SPOILT}", "`privateKey` is not the private key of an app")]
    [InlineData("bitbucket-cloud", "oauth: {key: a, secret: env:TOKEN, address: elsewhere}", "`address` should be an address")]
    public void A_fault_is_named_with_what_would_be_right_and_never_with_the_secret(string forge, string signIn, string says)
    {
        var reading = Read(forge, signIn);
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Message.Contains(says, StringComparison.Ordinal));
        Assert.All(reading.Problems, problem => Assert.DoesNotContain(Key.Split('\n')[1][..20], problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_of_pkcs_8_is_taken_as_well()
    {
        using var key = new AppIdentity("a", new Secret(NewKey(2048, key => key.ExportPkcs8PrivateKeyPem()))).OpenKey();
        Assert.NotNull(key);
    }

    private static Connection? Connection(string forge, string signIn)
    {
        var reading = Read(forge, signIn);
        Assert.Empty(reading.Problems);
        return reading.Value!.Connections[0];
    }

    private static FileReading<GateConfiguration> Read(string forge, string signIn)
    {
        var connection = $"name: hub\n    forge: {forge}\n    webhookSecrets: env:TOKEN\n    {signIn}\n";
        var text = $"publicUrl: https://gate.example.org\nconnections:\n  - {connection}";
        return GateFileReader.Read("/etc/gate/gate.yaml", Encoding.UTF8.GetBytes(text), new SecretSource(Environment, "/etc/gate"));
    }

    private static string? Environment(string name) => name switch
    {
        "TOKEN" => "one",
        "KEY" => Key,
        "PUBLIC" => NewKey(2048, key => key.ExportRSAPublicKeyPem()),
        "SHORT" => NewKey(1024, key => key.ExportRSAPrivateKeyPem()),
        "LOCKED" => NewKey(2048, key => key.ExportEncryptedPkcs8PrivateKeyPem("pass", Lock)),
        "SPOILT" => Key.Replace(Key.Split('\n')[3], "AAAA", StringComparison.Ordinal),
        _ => null,
    };

    private static string NewKey(int bits, Func<RSA, string> export)
    {
        using var key = RSA.Create(bits);
        return export(key);
    }
}
