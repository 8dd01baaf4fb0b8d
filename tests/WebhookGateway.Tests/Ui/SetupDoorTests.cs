using System.Net;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>The form that connects: first what would be done, then doing it, and only for those who may.</summary>
public class SetupDoorTests
{
    private static readonly (string, string)[] Shop =
        [("connection", "github"), ("of", "repository"), ("path", "acme/shop"), ("protect", "yes"), ("branches", ""), ("act", "connect")];

    [Fact]
    public async Task An_admin_sees_what_would_be_done_and_then_does_it_and_takes_it_back()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var admin = await Browsing.AsAsync(gateway, Role.Admin);
        using var page = await admin.GetAsync("/connections");
        using var plan = await admin.SubmitAsync(page, "/connections/plan", Shop);
        Assert.Contains("a webhook would be registered on", await Browsing.TextAsync(plan), StringComparison.Ordinal);
        Assert.Contains("would be made to wait for the gate", await Browsing.TextAsync(plan), StringComparison.Ordinal);
        Assert.Empty(gateway.Forge.HookUrls);

        using var done = await admin.SubmitAsync(plan, "/connections/do", await FieldsAsync(plan));
        Assert.Contains("webhook registered on", await Browsing.TextAsync(done), StringComparison.Ordinal);
        Assert.Equal(["https://gate.example.org/hooks/github"], gateway.Forge.HookUrls);
        Assert.Equal(["main"], gateway.Forge.Protected);

        using var undo = await admin.SubmitAsync(page, "/connections/plan", [.. Shop[..^1], ("act", "disconnect")]);
        Assert.Contains("the webhook would be removed from", await Browsing.TextAsync(undo), StringComparison.Ordinal);
        using var undone = await admin.SubmitAsync(undo, "/connections/do", await FieldsAsync(undo));
        Assert.Contains("webhook removed from", await Browsing.TextAsync(undone), StringComparison.Ordinal);
        Assert.Empty(gateway.Forge.HookUrls);
        Assert.Empty(gateway.Forge.Protected);
        Assert.Equal(8, gateway.Rooms.EntriesOf(AuditTypes.ConfigChanged).Length);
    }

    [Fact]
    public async Task An_owners_repositories_are_connected_together_and_one_that_fails_keeps_no_other_from_it()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var admin = await Browsing.AsAsync(gateway, Role.Admin);
        using var page = await admin.GetAsync("/connections");
        using var plan = await admin.SubmitAsync(page, "/connections/plan", ("connection", "github"), ("of", "owner"), ("path", "acme"), ("act", "connect"));
        var text = await Browsing.TextAsync(plan);
        Assert.Contains("acme/docs", text, StringComparison.Ordinal);
        Assert.Contains("acme/shop", text, StringComparison.Ordinal);
        using var done = await admin.SubmitAsync(plan, "/connections/do", await FieldsAsync(plan));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(2, gateway.Forge.HookUrls.Count);
        using var nobody = await admin.SubmitAsync(page, "/connections/plan", ("connection", "github"), ("of", "owner"), ("path", "nobody"), ("act", "connect"));
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    public async Task Who_is_no_admin_has_no_such_form_and_a_forged_one_does_nothing(Role role)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var person = await Browsing.AsAsync(gateway, role);
        using var page = await person.GetAsync("/connections");
        Assert.DoesNotContain("/connections/plan", await Browsing.TextAsync(page), StringComparison.Ordinal);
        foreach (var path in (string[])["/connections/plan", "/connections/do"])
        {
            using var refused = await person.SubmitAsync(page, path, Shop);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            using var owners = await person.SubmitAsync(page, path, ("connection", "github"), ("of", "owner"), ("path", "acme"));
            Assert.Equal(HttpStatusCode.Forbidden, owners.StatusCode);
        }

        using var doctor = await person.GetAsync("/connections/doctor?connection=github&path=acme/shop");
        Assert.Equal(role == Role.Operator ? HttpStatusCode.OK : HttpStatusCode.Forbidden, doctor.StatusCode);
        Assert.Empty(gateway.Forge.HookUrls);
    }

    [Fact]
    public async Task A_form_of_another_site_does_nothing()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var admin = await Browsing.AsAsync(gateway, Role.Admin);
        using var forged = await admin.PostAsync("/connections/do", Shop);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Empty(gateway.Forge.HookUrls);
        Assert.Empty(gateway.Rooms.EntriesOf(AuditTypes.ConfigChanged));
    }

    [Theory]
    [InlineData("nowhere", "acme/shop", "", HttpStatusCode.NotFound)]
    [InlineData("github", "", "", HttpStatusCode.BadRequest)]
    [InlineData("github", "acme/shop?x=1", "", HttpStatusCode.BadRequest)]
    [InlineData("github", "acme/shop", "a?b", HttpStatusCode.BadRequest)]
    public async Task What_names_no_repository_is_told_so(string connection, string path, string branches, HttpStatusCode status)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var admin = await Browsing.AsAsync(gateway, Role.Admin);
        using var page = await admin.GetAsync("/connections");
        using var answer = await admin.SubmitAsync(page, "/connections/plan", ("connection", connection), ("path", path), ("branches", branches), ("act", "connect"));
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task The_doctor_answers_on_a_page_even_when_the_forge_does_not()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var @operator = await Browsing.AsAsync(gateway, Role.Operator);
        using var sick = await @operator.GetAsync("/connections/doctor?connection=github&path=acme%2Fshop");
        Assert.Contains("no webhook sends to", await Browsing.TextAsync(sick), StringComparison.Ordinal);
        gateway.Forge.Trouble = new ForgeTroubleException("the token is wrong", TroubleKind.Forbidden);
        using var away = await @operator.GetAsync("/connections/doctor?connection=github&path=acme%2Fshop");
        Assert.Equal(HttpStatusCode.OK, away.StatusCode);
        Assert.Contains("the token is wrong", await Browsing.TextAsync(away), StringComparison.Ordinal);
    }

    /// <summary>The hidden fields of the page's form that does it; its token is added by whoever sends it.</summary>
    private static async Task<(string, string)[]> FieldsAsync(HttpResponseMessage page)
    {
        var html = await Browsing.TextAsync(page);
        var form = html[html.IndexOf("action=\"/connections/do\"", StringComparison.Ordinal)..];
        return
        [
            .. Regex.Matches(form, "<input type=\"hidden\" name=\"([a-z]+)\" value=\"([^\"]*)\"", RegexOptions.NonBacktracking)
                .Select(field => (field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value))),
        ];
    }
}
