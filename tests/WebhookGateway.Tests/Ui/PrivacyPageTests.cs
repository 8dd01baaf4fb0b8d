using System.Net;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>An erasure by two admins with browsers, on a real database: forms, cookies, no script.</summary>
public partial class PrivacyPageTests
{
    private const string Why = "Zoë asked for it at night";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_admins_erase_a_person_and_a_hold_keeps_them_from_it()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var zoe = await gate.IdentityAsync("github", "9001");
        await gate.SealAsync(zoe, Why);
        var (one, other) = (await Visitor.SignedInAsync(gate, Role.Admin), await Visitor.SignedInAsync(gate, Role.Admin));

        var found = await one.SubmitAsync("/privacy", "/privacy/find", ("subject", " github:9001 "));
        Assert.Equal((HttpStatusCode.Found, $"/privacy?reference={zoe}"), (found.Code, found.Location));
        var page = await one.GetAsync(found.Location);
        Assert.Contains("1 sealed section", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("9001", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/privacy/confirm", page.Text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Conflict, (await one.SubmitAsync(found.Location, "/privacy/erase", ("reference", zoe), ("reason", " "), ("basis", "gdpr-17-1"))).Code);
        Assert.Equal(HttpStatusCode.Conflict, (await one.SubmitAsync(found.Location, "/privacy/erase", ("reference", zoe), ("reason", "by letter"), ("basis", "No Basis"))).Code);
        var asked = await one.SubmitAsync(found.Location, "/privacy/erase", ("reference", zoe), ("reason", "by letter"), ("basis", "gdpr-17-1"));
        Assert.Equal((HttpStatusCode.Found, $"/privacy?reference={zoe}&notice=asked"), (asked.Code, asked.Location));
        // Whoever asked is told to wait, and cannot confirm with a form that nobody gave; nor does asking again confirm.
        Assert.Contains("another admin confirms it", (await one.GetAsync(asked.Location)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await one.SubmitAsync(found.Location, "/privacy/confirm", ("reference", zoe))).Code);
        Assert.Equal(HttpStatusCode.Conflict, (await other.SubmitAsync(found.Location, "/privacy/erase", ("reference", zoe), ("reason", "by letter"), ("basis", "gdpr-17-1"))).Code);

        Assert.Equal($"/privacy?reference={zoe}&notice=held", (await other.SubmitAsync(found.Location, "/privacy/hold", ("reference", zoe), ("reason", "a lawsuit"))).Location);
        Assert.Contains("release it first", (await other.GetAsync(found.Location)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await other.SubmitAsync(found.Location, "/privacy/confirm", ("reference", zoe))).Code);
        Assert.Equal($"/privacy?reference={zoe}&notice=released", (await other.SubmitAsync(found.Location, "/privacy/release", ("reference", zoe), ("reason", "it is over"))).Location);

        Assert.Contains("/privacy/confirm", (await other.GetAsync(found.Location)).Text, StringComparison.Ordinal);
        var erased = await other.SubmitAsync(found.Location, "/privacy/confirm", ("reference", zoe));
        Assert.Equal(HttpStatusCode.OK, erased.Code);
        Assert.Contains("1 sealed section", erased.Text, StringComparison.Ordinal);
        Assert.Contains("erased", (await one.GetAsync("/privacy")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await one.SubmitAsync("/privacy", "/privacy/find", ("subject", "github:9001"))).Code);
        var log = await gate.TextAsync("/audit/v1/events");
        foreach (var (type, count) in ((string, int)[])[(AuditTypes.PrivacyRequested, 6), (AuditTypes.PrivacyErased, 6), (AuditTypes.HoldPlaced, 2), (AuditTypes.HoldReleased, 2)])
            Assert.Equal(count, Regex.Count(log, Regex.Escape($"\"{type}\""), RegexOptions.NonBacktracking));
        Assert.DoesNotContain("by letter", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    public async Task Nobody_else_sees_or_does_any_of_it(Role role)
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var zoe = await gate.IdentityAsync("github", "9001");
        var visitor = await Visitor.SignedInAsync(gate, role);
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.GetAsync("/privacy")).Code);
        foreach (var path in (string[])["/privacy/find", "/privacy/erase", "/privacy/confirm", "/privacy/hold", "/privacy/release"])
            Assert.Equal(HttpStatusCode.Forbidden, (await visitor.SubmitAsync("/audit", path, ("reference", zoe), ("subject", zoe), ("reason", "x"), ("basis", "x"))).Code);
        Assert.DoesNotContain("/privacy", (await visitor.GetAsync("/audit")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_and_a_name_in_the_place_of_a_reference_do_nothing()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        var zoe = await gate.IdentityAsync("github", "9001");
        var admin = await Visitor.SignedInAsync(gate, Role.Admin);
        foreach (var path in (string[])["/privacy/find", "/privacy/erase", "/privacy/confirm", "/privacy/hold", "/privacy/release"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await admin.PostAsync(path, ("reference", zoe), ("subject", zoe), ("reason", "x"), ("basis", "x"))).Code);
            if (!path.EndsWith("find", StringComparison.Ordinal))
                Assert.Equal(HttpStatusCode.NotFound, (await admin.SubmitAsync("/privacy", path, ("reference", "github:9001"), ("reason", "x"), ("basis", "x"))).Code);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/privacy?reference=github:9001")).Code);
        Assert.DoesNotContain("privacy.requested", await gate.TextAsync("/audit/v1/events"), StringComparison.Ordinal);
    }

    /// <summary>Somebody with a browser.</summary>
    private sealed partial class Visitor(StoredGateway gate)
    {
        private string _cookies = "";

        public static async Task<Visitor> SignedInAsync(StoredGateway gate, Role role)
        {
            var visitor = new Visitor(gate);
            await visitor.SubmitAsync("/sign-in", "/sign-in", ("token", await gate.AddTokenAsync(role)), ("return", "/"));
            return visitor;
        }

        public Task<Seen> GetAsync(string path) => SendAsync(HttpMethod.Get, path, []);

        /// <summary>Sends a form that a page gave.</summary>
        public async Task<Seen> SubmitAsync(string from, string path, params (string Name, string Value)[] fields)
        {
            var token = FormToken().Match((await GetAsync(from)).Text).Groups[1].Value;
            return await SendAsync(HttpMethod.Post, path, [.. fields, ("__RequestVerificationToken", token)]);
        }

        public Task<Seen> PostAsync(string path, params (string Name, string Value)[] fields) => SendAsync(HttpMethod.Post, path, fields);

        private async Task<Seen> SendAsync(HttpMethod method, string path, (string Name, string Value)[] fields)
        {
            var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
            if (_cookies.Length > 0) request.Headers.Add("Cookie", _cookies);
            if (method == HttpMethod.Post) request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
            using var answer = await gate.SendAsync(request);
            if (answer.Headers.TryGetValues("Set-Cookie", out var cookies))
                _cookies = string.Join("; ", [.. _cookies.Length > 0 ? [_cookies] : Array.Empty<string>(), .. cookies.Select(cookie => cookie.Split(';')[0])]);
            return new Seen(answer.StatusCode, answer.Headers.Location?.OriginalString ?? "", await answer.Content.ReadAsStringAsync(Cancellation));
        }

        [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
        private static partial Regex FormToken();
    }

    private sealed record Seen(HttpStatusCode Code, string Location, string Text);
}
