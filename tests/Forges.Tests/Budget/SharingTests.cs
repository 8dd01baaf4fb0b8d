using GitOpsGate.Forges.Tests.SignIn;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace GitOpsGate.Forges.Tests.Budget;

/// <summary>The same question at the same time is asked once, and nobody who waits is kept waiting by what can wait.</summary>
public sealed class SharingTests : IAsyncLifetime
{
    // What was begun stands in the queue by then; nothing tells that from outside.
    private static readonly TimeSpan Queued = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _clock = new();
    private ScriptedForge _forge = null!;
    private SignInRoom _room = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_forge, _room) = (await ScriptedForge.StartAsync(), new SignInRoom(_clock, new ForgeHttpOptions { Concurrency = 2 }));
        foreach (var path in (string[])["thing", "a", "b", "c"]) _forge.On($"/api/{path}", _ => ScriptedForge.Json("{}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        await _forge.DisposeAsync();
    }

    [Fact]
    public async Task Those_who_ask_while_a_call_is_under_way_share_the_next_one_so_that_no_answer_is_older_than_its_question()
    {
        var state = "old";
        var (sent, answer) = Hold("/api/thing", () => ScriptedForge.Json($$"""{"is":"{{state}}"}"""));
        var first = Link().GetAsync("/thing", Cancellation);
        await sent;
        // The forge has decided on its answer when this happens, and has not sent it yet.
        state = "new";
        var others = Enumerable.Range(0, 6).Select(_ => Link().GetAsync("/thing", Cancellation)).ToArray();
        answer();
        Assert.Equal("old", (await first).Text("is"));
        Assert.All(await Task.WhenAll(others), json => Assert.Equal("new", json.Text("is")));
        Assert.Equal(2, _forge.Journal.Count("GET"));
        var budget = _room.Http.Budgets.Of(_forge.Connection.Name);
        Assert.Equal((2, 5, 5), (budget.Calls, budget.Shared, budget.Saved));
    }

    [Fact]
    public async Task A_trouble_is_shared_too_and_the_next_question_is_asked_anew()
    {
        var status = 200;
        var (sent, answer) = Hold("/api/thing", () => ScriptedForge.Json("{}", status));
        var first = Link().GetAsync("/thing", Cancellation);
        await sent;
        status = 500;
        var others = Enumerable.Range(0, 2).Select(_ => Link().GetAsync("/thing", Cancellation)).ToArray();
        answer();
        await first;
        foreach (var other in others) await Assert.ThrowsAsync<ForgeTroubleException>(() => other);
        status = 200;
        await Link().GetAsync("/thing", Cancellation);
        Assert.Equal(3, _forge.Journal.Count("GET"));
    }

    [Fact]
    public async Task Who_gives_up_takes_the_call_from_nobody_and_a_call_that_nobody_wants_is_not_made()
    {
        var (sent, answer) = Hold("/api/thing", Nothing);
        using var givenUp = new CancellationTokenSource();
        var first = Link().GetAsync("/thing", Cancellation);
        await sent;
        var (impatient, patient) = (Link().GetAsync("/thing", givenUp.Token), Link().GetAsync("/thing", Cancellation));
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        answer();
        await Task.WhenAll(first, patient);
        Assert.Equal(2, _forge.Journal.Count("GET"));

        (sent, answer) = Hold("/api/a", Nothing);
        var alone = Link().GetAsync("/a", Cancellation);
        await sent;
        using var again = new CancellationTokenSource();
        var unwanted = Link().GetAsync("/a", again.Token);
        await again.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unwanted);
        answer();
        await alone;
        await Link().GetAsync("/a", Cancellation);
        Assert.Equal(2, _forge.Journal.Count("GET", "/api/a"));
    }

    [Fact]
    public async Task Who_wants_another_form_of_the_same_thing_gets_it_by_a_call_of_his_own()
    {
        var (sent, answer) = Hold("/api/thing", Nothing);
        var first = Link().GetAsync("/thing", Cancellation);
        await sent;
        var raw = _room.Http.Open(_forge.Connection, (headers, _) => headers.TryAddWithoutValidation("Accept", "text/plain"));
        await raw.GetAsync("/thing", Cancellation);
        answer();
        await first;
        Assert.Equal(2, _forge.Journal.Count("GET"));
    }

    [Fact]
    public async Task Background_work_waits_while_others_queue()
    {
        var held = new[] { Hold("/api/slow", Nothing), Hold("/api/slow?2", Nothing) };
        var slow = new[] { Link().GetAsync("/slow", Cancellation), Link().GetAsync("/slow?2", Cancellation) };
        foreach (var (sent, _) in held) await sent;
        Task[] background;
        using (ForgeWork.Background()) background = [Link().GetAsync("/b", Cancellation), Link().GetAsync("/c", Cancellation)];
        await Task.Delay(Queued, Cancellation);
        var interactive = Link().GetAsync("/a", Cancellation);
        await Task.Delay(Queued, Cancellation);
        held[0].Answer();
        await Task.WhenAll([slow[0], .. background, interactive]);
        Assert.Equal(["/api/slow", "/api/a"], _forge.Journal.Entries.Select(entry => entry.Path).Take(2));
        held[1].Answer();
        await slow[1];
    }

    [Fact]
    public async Task Background_work_never_fills_all_the_room()
    {
        var (sent, answer) = Hold("/api/b", Nothing);
        Task first;
        Task second;
        using (ForgeWork.Background()) first = Link().GetAsync("/b", Cancellation);
        await sent;
        using (ForgeWork.Background()) second = Link().GetAsync("/c", Cancellation);
        await Task.Delay(Queued, Cancellation);
        await Link().GetAsync("/a", Cancellation);
        Assert.Equal(["/api/a"], _forge.Journal.Entries.Select(entry => entry.Path));
        answer();
        await Task.WhenAll(first, second);
    }

    private static IResult Nothing() => ScriptedForge.Json("{}");

    // The first call's answer is decided on at once, and sent when it is let go.
    private (Task Sent, Action Answer) Hold(string path, Func<IResult> answer)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        _forge.On(path, _ =>
        {
            var decided = answer();
            if (Interlocked.Increment(ref calls) > 1) return decided;
            sent.SetResult();
            return new HeldResult(go.Task, decided);
        });
        return (sent.Task, go.SetResult);
    }

    private ForgeLink Link() => _room.Link(_forge.Connection);

    /// <summary>An answer that is decided on, and sent later.</summary>
    private sealed class HeldResult(Task letGo, IResult decided) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await letGo;
            await decided.ExecuteAsync(httpContext);
        }
    }
}
