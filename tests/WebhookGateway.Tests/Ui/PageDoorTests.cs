using System.Net;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>Who comes to the pages, and what a browser sees where there is no page.</summary>
public partial class PageDoorTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/audit?at=7")]
    [InlineData("/nowhere")]
    public async Task A_stranger_is_sent_to_sign_in_and_the_address_goes_along(string path)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.SendAsync(Browses(path, ""));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var signIn = $"/sign-in?return={Uri.EscapeDataString(path)}";
        Assert.EndsWith(signIn, answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/audit?at=7", "/audit?at=7")]
    [InlineData("//evil.example.org", "/")]
    [InlineData("/\\evil.example.org", "/")]
    [InlineData("https://evil.example.org", "/")]
    public async Task Who_signs_in_comes_to_an_address_of_ours(string asked, string reached)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (answer, _) = await SignInAsync(gateway, gateway.Rooms.AddToken(Role.Viewer), asked);
        Assert.Equal(reached, answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_wrong_token_leads_back_without_losing_the_address()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (answer, _) = await SignInAsync(gateway, TokenText.New(), "/audit?at=7");
        Assert.Equal("/sign-in?problem=token&return=%2Faudit%3Fat%3D7", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task What_is_not_there_and_what_went_wrong_are_pages_too()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (_, cookies) = await SignInAsync(gateway, gateway.Rooms.AddToken(Role.Viewer), "/");
        using var missing = await gateway.SendAsync(Browses("/nowhere", cookies));
        await IsPageAsync(missing, HttpStatusCode.NotFound, "There is no page at this address.");
        using var odd = await gateway.SendAsync(Browses("/audit?at=seven", cookies));
        await IsPageAsync(odd, HttpStatusCode.BadRequest, "that the gate cannot read");
        using var ruling = await gateway.SendAsync(Browses($"/rulings/{Guid.Empty}", cookies));
        await IsPageAsync(ruling, HttpStatusCode.NotFound, "There is no ruling");
        gateway.Rooms.Fails = new IOException("the secret path /var/lib/gate is gone");
        using var broken = await gateway.SendAsync(Browses("/", cookies));
        var html = await IsPageAsync(broken, HttpStatusCode.InternalServerError, "What happened stands in its log");
        Assert.DoesNotContain("secret path", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_is_never_answered_with_a_page()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await gateway.AskAsync(HttpMethod.Get, "/api/v1/nothing", Role.Viewer);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_viewer_may_not_try_a_dead_letter_again()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.DeadObligations.Add(7);
        var (_, cookies) = await SignInAsync(gateway, gateway.Rooms.AddToken(Role.Viewer), "/");
        using var page = await gateway.SendAsync(Browses("/obligations", cookies));
        using var answer = await gateway.SendAsync(await PostAsync("/obligations/7/retry", page, cookies));
        await IsPageAsync(answer, HttpStatusCode.Forbidden, "Not allowed");
        Assert.Contains(7, gateway.Rooms.DeadObligations);
    }

    [Fact]
    public async Task A_form_without_its_token_does_nothing()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.DeadObligations.Add(7);
        var (_, cookies) = await SignInAsync(gateway, gateway.Rooms.AddToken(Role.Operator), "/");
        var forged = Browses("/obligations/7/retry", cookies);
        forged.Method = HttpMethod.Post;
        forged.Content = new FormUrlEncodedContent([]);
        using var answer = await gateway.SendAsync(forged);
        await IsPageAsync(answer, HttpStatusCode.BadRequest, "reload the page");
        Assert.Contains(7, gateway.Rooms.DeadObligations);
    }

    private static async Task<(HttpResponseMessage Answer, string Cookies)> SignInAsync(
        RunningGateway gateway, string token, string returnTo)
    {
        using var page = await gateway.SendAsync(Browses($"/sign-in?return={Uri.EscapeDataString(returnTo)}", ""));
        var cookies = CookiesOf(page);
        var answer = await gateway.SendAsync(await PostAsync("/sign-in", page, cookies, ("token", token), ("return", returnTo)));
        return (answer, $"{cookies}; {CookiesOf(answer)}");
    }

    private static async Task<HttpRequestMessage> PostAsync(
        string path, HttpResponseMessage page, string cookies, params (string Name, string Value)[] fields)
    {
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var request = Browses(path, cookies);
        request.Method = HttpMethod.Post;
        request.Content = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("__RequestVerificationToken", FormToken().Match(html).Groups[1].Value),
            .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
        return request;
    }

    private static HttpRequestMessage Browses(string path, string cookies)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        if (cookies.Length > 0) request.Headers.Add("Cookie", cookies);
        return request;
    }

    private static string CookiesOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies)
        ? string.Join("; ", cookies.Select(cookie => cookie.Split(';')[0]))
        : "";

    private static async Task<string> IsPageAsync(HttpResponseMessage answer, HttpStatusCode status, string says)
    {
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(says, html, StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        return html;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
