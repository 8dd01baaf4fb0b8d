using System.Net;
using System.Text.RegularExpressions;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Setup;
using MediatR;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>What holds for every act there is.</summary>
public partial class ActTests
{
    private static readonly Caller Viewer = new("a_1", "v", Role.Viewer);

    /// <summary>One of each; <see cref="No_act_is_forgotten_here"/> fails until a new act has its line.</summary>
    private static readonly object[] One =
    [
        new ReplayDelivery(Viewer, new DeliveryId(Guid.CreateVersion7(DateTimeOffset.UnixEpoch))),
        new RetryObligation(Viewer, 7),
        new ConnectRepository(Viewer, new RepositoryKey(new ConnectionName("github"), "acme/shop"), new SetupWish()),
        new DisconnectRepository(Viewer, new RepositoryKey(new ConnectionName("github"), "acme/shop"), new SetupWish()),
        new AdoptBranch(Viewer, new RepositoryKey(new ConnectionName("github"), "acme/shop"), "main", CommitId.Parse(new string('b', 40)), "hot fix"),
        new CreateToken(Viewer, "ci", Role.Admin, "a_2"),
        new StoreSecret(Viewer, "hub", new Secret("x")),
        new RemoveSecret(Viewer, "hub"),
        new RotateLogKey(Viewer),
        new RevokeLogKey(Viewer, "1a2b3c4d", "stolen", 7),
        new ExportEvidence(Viewer, "x_1", new ExportQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1))),
        new OpenSections(Viewer, 7),
        new RequestErasure(Viewer, "a_3", "gdpr-17-1", "asked by letter"),
        new ConfirmErasure(Viewer, new ErasureStanding("a_3", "gdpr-17-1", "a_4", IsHeld: false, null)),
        new HoldSubject(Viewer, "a_3", IsHeld: true, "a lawsuit"),
        new CreateAuditorLink(Viewer, "Ann", new ExportQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)), 30, "a_3"),
        new RevokeAuditorLink(Viewer, "a_3"),
        new DownloadEvidence(Viewer, "x_2", new ExportQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1))),
        new IssueAttestation(Viewer, new RulingId(Guid.CreateVersion7(DateTimeOffset.UnixEpoch)), AttestationPredicate.Decision),
    ];

    [Fact]
    public void No_act_is_forgotten_here()
    {
        var all = typeof(IAct<>).Assembly.GetTypes().Where(type => type.IsClass && IsAct(type)).OrderBy(type => type.Name);
        Assert.Equal(all, One.Select(act => act.GetType()).OrderBy(type => type.Name));
    }

    [Fact]
    public void Every_act_needs_a_role_and_declares_an_entry_of_the_registry()
    {
        foreach (dynamic act in One)
        {
            Role needs = act.Needs;
            AuditDraft entry = act.Entry;
            Assert.NotEqual(Role.None, needs);
            Assert.Contains(entry.Type, AuditTypes.All);
            Assert.NotNull(entry.Subject);
        }
    }

    [Fact]
    public async Task No_act_happens_for_somebody_without_its_role_and_each_attempt_is_recorded()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Rooms.DeadObligations.Add(7);
        foreach (var act in One)
        {
            object answer = await gateway.Get<IMediator>().Send((dynamic)act, TestContext.Current.CancellationToken);
            Assert.StartsWith("Forbidden", answer.GetType().Name, StringComparison.Ordinal);
        }

        Assert.Equal(One.Length, gateway.Rooms.Entries.Count(entry => entry.Outcome == AuditOutcome.Deny));
        Assert.Single(gateway.Rooms.DeadObligations);
        Assert.Empty(gateway.Forge.HookUrls);
    }

    [Fact]
    public async Task A_session_is_made_by_a_posted_token_and_ends_with_it()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var token = gateway.Rooms.AddToken(Role.Viewer);
        var (cookie, field) = await FormAsync(gateway);
        using var signedIn = await PostAsync(gateway, cookie, field, token);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        var set = signedIn.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("gate-session=", StringComparison.Ordinal));
        Assert.Matches("(?i)httponly", set);
        Assert.Matches("(?i)samesite=strict", set);
        var session = set.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, session));
        Assert.Single(gateway.Rooms.EntriesOf(AuditTypes.SessionStarted));
        gateway.Rooms.Revoke(token);
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync(gateway, session));
    }

    [Fact]
    public async Task A_sign_in_without_the_forms_own_mark_is_not_a_sign_in()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var answer = await PostAsync(gateway, "", "", gateway.Rooms.AddToken(Role.Admin));
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(one => one.StartsWith("gate-session", StringComparison.Ordinal)));
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningGateway gateway, string session)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
        request.Headers.Add("Cookie", session);
        using var answer = await gateway.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<(string Cookie, string Field)> FormAsync(RunningGateway gateway)
    {
        using var page = await gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/sign-in"));
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var cookie = page.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("gate-form=", StringComparison.Ordinal)).Split(';')[0];
        return (cookie, Field().Match(html).Groups["value"].Value);
    }

    private static Task<HttpResponseMessage> PostAsync(RunningGateway gateway, string cookie, string field, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token, ["__RequestVerificationToken"] = field }),
        };
        if (cookie.Length > 0) request.Headers.Add("Cookie", cookie);
        return gateway.SendAsync(request);
    }

    private static bool IsAct(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IAct<>));

    [GeneratedRegex("__RequestVerificationToken\"[^>]*value=\"(?<value>[^\"]+)\"")]
    private static partial Regex Field();
}
