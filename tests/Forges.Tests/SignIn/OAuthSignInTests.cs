using System.Text;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.SignIn;

/// <summary>An OAuth client signs in with tokens of two hours; a user's token goes as HTTP Basic.</summary>
public sealed class OAuthSignInTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _signed = [];
    private ScriptedForge _forge = null!;
    private SignInRoom _room = null!;
    private string _current = "";
    private int _made;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Connection Connection => _forge.Connection with
    {
        Forge = "bitbucket-cloud",
        Token = new Secret(""),
        OAuth = new OAuthIdentity("consumer", new Secret("s3cret:with:colons"), _forge.Url + "/site/oauth2/access_token"),
    };

    public async ValueTask InitializeAsync()
    {
        (_forge, _room) = (await ScriptedForge.StartAsync(), new SignInRoom(_clock));
        _forge.On("/site/oauth2/access_token", Exchange);
        _forge.On("/api/thing", Thing);
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _forge.DisposeAsync();
    }

    [Fact]
    public async Task A_client_gets_a_token_once_and_renews_it_shortly_before_its_end()
    {
        await ThingAsync();
        _clock.Advance(TimeSpan.FromMinutes(109));
        await ThingAsync();
        _clock.Advance(TimeSpan.FromMinutes(2));
        await ThingAsync();
        Assert.Equal(["Bearer bb-1", "Bearer bb-1", "Bearer bb-2"], _signed);
    }

    [Fact]
    public async Task A_token_that_is_not_taken_any_more_is_renewed_and_the_call_made_once_anew()
    {
        await ThingAsync();
        _current = "";
        await ThingAsync();
        Assert.Equal(["Bearer bb-1", "Bearer bb-1", "Bearer bb-2"], _signed);
    }

    [Theory]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    public async Task An_exchange_that_failed_or_failed_but_happened_is_made_again(FaultKind kind)
    {
        _forge.Faults.Add(new Fault(kind) { Path = "/site/oauth2" });
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => _room.Link(Connection).SendAsync(HttpMethod.Post, "/thing", null, Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Empty(_signed);
        await ThingAsync();
        Assert.Single(_signed);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_with_what_would_be_right_and_is_told_to_nobody()
    {
        var wrong = Connection with { OAuth = Connection.OAuth! with { Secret = new Secret("hunter2") } };
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(() => _room.Link(wrong).GetAsync("/thing", Cancellation));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
        Assert.Contains("`key` and `secret` should be those of the OAuth consumer", trouble.Message, StringComparison.Ordinal);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("consumer:hunter2"));
        foreach (var text in (string[])[.. _room.Log.Lines, trouble.ToString()])
        {
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            Assert.DoesNotContain(basic, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"expires_in":7200}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task An_answer_without_a_token_is_trouble_and_no_token(string body)
    {
        _forge.On("/site/oauth2/access_token", _ => ScriptedForge.Json(body));
        var trouble = await Assert.ThrowsAsync<ForgeTroubleException>(ThingAsync);
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.Empty(_signed);
    }

    [Fact]
    public async Task A_users_token_goes_with_his_name_whatever_the_forge_is_dressed_in()
    {
        _forge.On("/api/thing", Thing);
        var connection = _forge.Connection with { Token = new Secret("ATATT-1"), User = "ann@example.org" };
        await Assert.ThrowsAsync<ForgeTroubleException>(() => _room.Link(connection).GetAsync("/thing", Cancellation));
        Assert.Equal(["Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ann@example.org:ATATT-1"))], _signed);
    }

    private Task ThingAsync() => _room.Link(Connection).GetAsync("/thing", Cancellation);

    private IResult Exchange(HttpContext context)
    {
        var right = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("consumer:s3cret:with:colons"));
        var form = context.Request.ReadFormAsync(Cancellation).GetAwaiter().GetResult();
        if (context.Request.Headers.Authorization != right) return ScriptedForge.Json("""{"error":"unauthorized_client"}""", 400);
        if (form["grant_type"] != "client_credentials") return ScriptedForge.Json("""{"error":"unsupported_grant_type"}""", 400);
        _current = $"bb-{++_made}";
        return ScriptedForge.Json($$"""{"access_token":"{{_current}}","expires_in":7200,"token_type":"bearer"}""");
    }

    private IResult Thing(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        _signed.Add(header);
        return header == $"Bearer {_current}" ? ScriptedForge.Json("{}") : ScriptedForge.Json("{}", 401);
    }
}
