using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Forges.Tests;

/// <summary>
/// What every forge must hold, whatever it is: derive, say how its stage is set, and all of this runs for it. Each call outwards
/// is tried as failed, and as failed although it happened.
/// </summary>
public abstract partial class ForgeContract
{
    private const string HookUrl = "https://gate.example.org/hooks/c";
    private static readonly byte[] Body = "{\"what\":\"does not matter\"}"u8.ToArray();
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sets a stage of its own for one test.</summary>
    protected abstract Task<ForgeStage> SetAsync();

    [Fact]
    public async Task A_call_that_is_signed_with_either_secret_matches()
    {
        await using var stage = await SetAsync();
        Assert.Equal(SignatureCheck.Match, Check(stage, stage.Headers(Body, "first secret", Now)));
        Assert.Equal(SignatureCheck.Match, Check(stage, stage.Headers(Body, "second secret", Now)));
    }

    [Fact]
    public async Task A_call_that_is_signed_with_another_secret_or_over_other_bytes_does_not_match()
    {
        await using var stage = await SetAsync();
        Assert.Equal(SignatureCheck.Mismatch, Check(stage, stage.Headers(Body, "third secret", Now)));
        byte[] other = [.. Body, (byte)' '];
        Assert.Equal(
            stage.SignsBody ? SignatureCheck.Mismatch : SignatureCheck.Match,
            stage.Forge.Verify(stage.Connection, stage.Headers(Body, "first secret", Now), other, Now));
    }

    [Fact]
    public async Task A_call_that_is_not_signed_is_told_from_one_that_is_signed_wrongly()
    {
        await using var stage = await SetAsync();
        Assert.Equal(SignatureCheck.Missing, Check(stage, stage.UnsignedHeaders(Body)));
    }

    [Fact]
    public async Task A_connection_without_a_secret_lets_nobody_in()
    {
        await using var stage = await SetAsync();
        var open = stage.Connection with { WebhookSecrets = [], SigningTokens = [] };
        var empty = stage.Connection with { WebhookSecrets = [new Secret("")], SigningTokens = [] };
        foreach (var connection in new[] { open, empty })
        {
            foreach (var headers in new[] { stage.UnsignedHeaders(Body), stage.Headers(Body, "", Now), stage.Headers(Body, "first secret", Now) })
            {
                var check = stage.Forge.Verify(connection, headers, Body, Now);
                Assert.True(check is SignatureCheck.Missing or SignatureCheck.Mismatch, $"{check}");
            }
        }
    }

    [Fact]
    public async Task A_call_that_was_signed_long_ago_is_stale_where_the_forge_signs_the_time()
    {
        await using var stage = await SetAsync();
        var expected = stage.SignsTime ? SignatureCheck.Stale : SignatureCheck.Match;
        Assert.Equal(expected, Check(stage, stage.Headers(Body, "first secret", Now.AddMinutes(-6))));
    }

    [Fact]
    public async Task The_delivery_id_and_the_event_are_taken_from_the_headers_or_else_from_the_verified_body()
    {
        await using var stage = await SetAsync();
        var (forge, body) = (stage.Forge, stage.ExampleBody);
        var label = forge.LabelsInBody ? forge.LabelWithin(body) : forge.Label(stage.Headers(body, "first secret", Now));
        Assert.NotNull(label);
        Assert.NotEqual("", label.ForgeId);
        Assert.NotEqual("", label.Event);
        Assert.Null(stage.Forge.Label(new Dictionary<string, string>()));
        Assert.Null(stage.Forge.LabelWithin("{}"u8));
    }

    [Fact]
    public async Task A_change_request_is_described()
    {
        await using var stage = await SetAsync();
        var facts = await stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation);
        Assert.NotNull(facts);
        Assert.Equal(stage.Change, facts.Change.Key);
        Assert.Equal(stage.Head, facts.Change.Head);
        Assert.Equal(ChangeState.Open, facts.Change.State);
        Assert.Equal("alice", facts.Change.Author.Login);
        Assert.NotEqual("", facts.Change.Author.Id);
        Assert.Equal("main", facts.Change.TargetBranch);
        Assert.False(facts.Change.IsFromFork);
        Assert.Null(await stage.Forge.DescribeAsync(stage.Connection, stage.Change with { Number = 4711 }, Cancellation));
    }

    [Fact]
    public async Task A_wrong_token_is_told_from_a_change_request_that_is_not_there()
    {
        await using var stage = await SetAsync();
        var connection = stage.Stranger;
        var trouble = await TroubleAsync(() => stage.Forge.DescribeAsync(connection, stage.Change, Cancellation));
        Assert.Equal(TroubleKind.Forbidden, trouble.Kind);
        Assert.DoesNotContain("wrong", trouble.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task Reading_that_fails_is_trouble_that_passes(FaultKind kind)
    {
        await using var stage = await SetAsync();
        stage.Server.Faults.Add(new Fault(kind) { Path = stage.ChangeRead, Status = 502 });
        var trouble = await TroubleAsync(() => stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.NotNull(await stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation));
    }

    [Fact]
    public async Task A_forge_that_asks_to_wait_is_left_alone_until_then()
    {
        await using var stage = await SetAsync();
        stage.Server.Faults.Add(Fault.TooMany(retryAfter: 30) with { Path = stage.ChangeRead });
        var trouble = await TroubleAsync(() => stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation));
        Assert.Equal((TroubleKind.Unavailable, TimeSpan.FromSeconds(30)), (trouble.Kind, trouble.RetryAfter));
        var calls = stage.Server.Journal.Entries.Count;
        trouble = await TroubleAsync(() => stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Held), Cancellation));
        Assert.Equal(TroubleKind.Unavailable, trouble.Kind);
        Assert.InRange(trouble.RetryAfter!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
        Assert.Equal(calls, stage.Server.Journal.Entries.Count);
    }

    [Fact]
    public async Task Members_of_a_team_are_told_from_others()
    {
        await using var stage = await SetAsync();
        var alice = (await stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation))!.Change.Author;
        var stranger = new Person("stranger", "999999", PersonKind.User);
        var facts = await stage.Forge.MembersAsync(stage.Connection, stage.Repository, [stage.Team], [alice, stranger], Cancellation);
        Assert.Empty(facts.Gaps);
        Assert.Equal([(alice.Id, true), ("999999", false)], facts.Memberships.Select(one => (one.PersonId, one.IsMember)));
        Assert.All(facts.Memberships, one => Assert.Equal(stage.Team, one.Team));
    }

    [Fact]
    public async Task A_team_that_is_not_there_is_a_gap_and_not_an_empty_team()
    {
        await using var stage = await SetAsync();
        var alice = new Person("alice", "1", PersonKind.User);
        var facts = await stage.Forge.MembersAsync(stage.Connection, stage.Repository, [stage.UnknownTeam], [alice], Cancellation);
        Assert.Equal($"team:{stage.UnknownTeam}", Assert.Single(facts.Gaps).What);
        Assert.Empty(facts.Memberships);
    }

    [Fact]
    public async Task The_change_requests_of_a_commit_are_found()
    {
        await using var stage = await SetAsync();
        Assert.Equal([stage.Change], await stage.Forge.ChangesOfAsync(stage.Connection, stage.Repository, stage.Head, Cancellation));
        var unknown = CommitId.Parse(new string('a', 40));
        Assert.Empty(await stage.Forge.ChangesOfAsync(stage.Connection, stage.Repository, unknown, Cancellation));
    }

    [Theory]
    [InlineData(Verdict.Allowed, CheckState.Succeeded)]
    [InlineData(Verdict.Held, CheckState.Pending)]
    [InlineData(Verdict.Denied, CheckState.Failed)]
    [InlineData(Verdict.Errored, CheckState.Failed)]
    public async Task A_verdict_is_shown_and_only_allowed_is_green(Verdict verdict, CheckState expected)
    {
        await using var stage = await SetAsync();
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, verdict), Cancellation);
        Assert.Equal(expected, stage.StatusShown());
    }

    [Fact]
    public async Task A_verdict_that_is_reported_again_is_not_written_again()
    {
        await using var stage = await SetAsync();
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Held), Cancellation);
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Held), Cancellation);
        Assert.Equal(CheckState.Pending, stage.StatusShown());
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Allowed), Cancellation);
        Assert.Equal(CheckState.Succeeded, stage.StatusShown());
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied), Cancellation);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
        Assert.Equal(3, stage.Server.Journal.Count(stage.StatusWrite.Method, stage.StatusWrite.Path));
    }

    [Fact]
    public async Task A_summary_of_any_length_and_kind_can_be_reported()
    {
        await using var stage = await SetAsync();
        var summary = string.Concat(Enumerable.Repeat("zwölf 🚦\n", 60));
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied) with { Summary = summary }, Cancellation);
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied) with { Summary = summary }, Cancellation);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
        Assert.Equal(1, stage.Server.Journal.Count(stage.StatusWrite.Method, stage.StatusWrite.Path));
    }

    [Theory]
    [InlineData(FaultKind.Answer, 503, TroubleKind.Unavailable)]
    [InlineData(FaultKind.Answer, 403, TroubleKind.Forbidden)]
    [InlineData(FaultKind.Answer, 502, TroubleKind.Unclear)]
    [InlineData(FaultKind.DropRequest, 0, TroubleKind.Unclear)]
    public async Task Reporting_that_failed_shows_nothing_and_can_be_done_again(FaultKind fault, int status, TroubleKind kind)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.StatusWrite, fault, status);
        var trouble = await TroubleAsync(() => stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied), Cancellation));
        Assert.Equal(kind, trouble.Kind);
        Assert.Null(stage.StatusShown());
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied), Cancellation);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
    }

    [Theory]
    [InlineData(FaultKind.DropAnswer)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task Reporting_that_failed_but_happened_is_unclear_and_repeating_it_is_harmless(FaultKind fault)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.StatusWrite, fault, 0);
        var trouble = await TroubleAsync(() => stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied), Cancellation));
        Assert.Equal(TroubleKind.Unclear, trouble.Kind);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
        await stage.Forge.ReportAsync(stage.Connection, Report(stage, Verdict.Denied), Cancellation);
        Assert.Equal(CheckState.Failed, stage.StatusShown());
        Assert.Equal(1, stage.Server.Journal.Count(stage.StatusWrite.Method, stage.StatusWrite.Path));
    }

    [Fact]
    public async Task Explaining_again_updates_the_one_comment_in_place()
    {
        await using var stage = await SetAsync();
        var id = await ExplainAsync(stage, "held", null);
        Assert.Equal(id, await ExplainAsync(stage, "allowed", id));
        Assert.Equal(id, await ExplainAsync(stage, "allowed after a restart", null));
        Assert.Contains("allowed after a restart", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comment_that_was_deleted_is_written_anew()
    {
        await using var stage = await SetAsync();
        var id = await ExplainAsync(stage, "held", null);
        stage.DeleteGateComments();
        var fresh = await ExplainAsync(stage, "allowed", id);
        Assert.NotEqual(id, fresh);
        Assert.Contains("allowed", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_explanation_of_any_length_can_be_written()
    {
        await using var stage = await SetAsync();
        var id = await ExplainAsync(stage, string.Concat(Enumerable.Repeat("zwölf 🚦\n", 200_000)), null);
        Assert.Equal(id, await ExplainAsync(stage, "short", null));
        Assert.Single(stage.GateComments());
    }

    [Fact]
    public async Task The_gates_own_comment_is_no_evidence()
    {
        await using var stage = await SetAsync();
        await ExplainAsync(stage, "lgtm", null);
        var facts = await stage.Forge.DescribeAsync(stage.Connection, stage.Change, Cancellation);
        Assert.DoesNotContain(facts!.Comments, comment => comment.Body.Contains("lgtm", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FaultKind.Answer, 503, TroubleKind.Unavailable)]
    [InlineData(FaultKind.Answer, 403, TroubleKind.Forbidden)]
    [InlineData(FaultKind.DropRequest, 0, TroubleKind.Unclear)]
    public async Task Explaining_that_failed_writes_nothing_and_can_be_done_again(FaultKind fault, int status, TroubleKind kind)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.CommentWrite, fault, status);
        Assert.Equal(kind, (await TroubleAsync(() => ExplainAsync(stage, "held", null))).Kind);
        Assert.Empty(stage.GateComments());
        await ExplainAsync(stage, "held", null);
        Assert.Single(stage.GateComments());
    }

    [Theory]
    [InlineData(FaultKind.DropAnswer)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task Explaining_that_failed_but_happened_is_unclear_and_leaves_one_comment(FaultKind fault)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.CommentWrite, fault, 0);
        Assert.Equal(TroubleKind.Unclear, (await TroubleAsync(() => ExplainAsync(stage, "held", null))).Kind);
        await ExplainAsync(stage, "allowed", null);
        Assert.Contains("allowed", Assert.Single(stage.GateComments()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registering_twice_leaves_one_hook_with_the_first_secret()
    {
        await using var stage = await SetAsync();
        var first = await RegisterAsync(stage);
        var second = await RegisterAsync(stage);
        Assert.Equal((true, false), (first.Created, second.Created));
        Assert.Equal(first.Id, second.Id);
        Assert.Equal("first secret", Assert.Single(stage.HookSecrets(HookUrl)));
    }

    [Fact]
    public async Task Registering_without_a_secret_is_refused_before_anything_is_sent()
    {
        await using var stage = await SetAsync();
        var open = stage.Connection with { WebhookSecrets = [], SigningTokens = [] };
        var trouble = await TroubleAsync(() => stage.Forge.RegisterHookAsync(open, stage.Repository, HookUrl, Cancellation));
        Assert.Equal(TroubleKind.Refused, trouble.Kind);
        Assert.Empty(stage.HookSecrets(HookUrl));
    }

    [Theory]
    [InlineData(FaultKind.Answer)]
    [InlineData(FaultKind.DropRequest)]
    [InlineData(FaultKind.DropAnswer)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task Registering_that_failed_or_failed_but_happened_leaves_one_hook_when_it_is_done_again(FaultKind fault)
    {
        await using var stage = await SetAsync();
        AddFault(stage, stage.HookWrite, fault, 503);
        var trouble = await TroubleAsync(() => RegisterAsync(stage));
        Assert.Equal(fault == FaultKind.Answer ? TroubleKind.Unavailable : TroubleKind.Unclear, trouble.Kind);
        await RegisterAsync(stage);
        Assert.Single(stage.HookSecrets(HookUrl));
    }

    private static void AddFault(ForgeStage stage, (string Method, string Path) write, FaultKind kind, int status) =>
        stage.Server.Faults.Add(new Fault(kind) { Method = write.Method, Path = write.Path, Status = status });

    private static SignatureCheck Check(ForgeStage stage, IReadOnlyDictionary<string, string> headers) =>
        stage.Forge.Verify(stage.Connection, headers, Body, Now);

    private static StatusReport Report(ForgeStage stage, Verdict verdict) => new(
        stage.Repository, stage.Head, "feature", stage.Connection.StatusContext, verdict, $"it is {verdict}", "https://gate.example.org/r/1");

    private static Task<string> ExplainAsync(ForgeStage stage, string markdown, string? knownId) =>
        stage.Forge.ExplainAsync(stage.Connection, stage.Change, markdown, knownId, Cancellation);

    private static Task<HookRegistration> RegisterAsync(ForgeStage stage) =>
        stage.Forge.RegisterHookAsync(stage.Connection, stage.Repository, HookUrl, Cancellation);

    private static Task<ForgeTroubleException> TroubleAsync(Func<Task> call) => Assert.ThrowsAsync<ForgeTroubleException>(call);
}
