using System.Text.RegularExpressions;
using GitOpsGate.Access;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests.Ui;

/// <summary>Somebody with a browser, who has signed in: sends forms with their tokens and cookies, and runs no script.</summary>
internal sealed partial class Browsing
{
    private readonly RunningGateway _gateway;
    private string _cookies = "";

    private Browsing(RunningGateway gateway) => _gateway = gateway;

    public static async Task<Browsing> AsAsync(RunningGateway gateway, Role role)
    {
        var browsing = new Browsing(gateway);
        using var page = await browsing.GetAsync("/sign-in");
        browsing._cookies = CookiesOf(page);
        using var answer = await browsing.SubmitAsync(page, "/sign-in", ("token", gateway.Rooms.AddToken(role)), ("return", "/"));
        browsing._cookies += $"; {CookiesOf(answer)}";
        return browsing;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _gateway.SendAsync(Request(HttpMethod.Get, path));

    /// <summary>Sends a form of a page.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(HttpResponseMessage page, string path, params (string Name, string Value)[] fields) =>
        await PostAsync(path, [.. fields, ("__RequestVerificationToken", FormToken().Match(await TextAsync(page)).Groups[1].Value)]);

    /// <summary>Sends fields that no page gave.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var request = Request(HttpMethod.Post, path);
        request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return _gateway.SendAsync(request);
    }

    public static Task<string> TextAsync(HttpResponseMessage page) => page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        if (_cookies.Length > 0) request.Headers.Add("Cookie", _cookies);
        return request;
    }

    private static string CookiesOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies)
        ? string.Join("; ", cookies.Select(cookie => cookie.Split(';')[0]))
        : "";

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
