using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.Budget;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges;

/// <summary>
/// The one way out to every forge: signs one request in, sends it within the bounds of <see cref="ForgeHttpOptions"/> and of the account's
/// budget, counts it, and remembers answers for conditional requests. Safe to use from many threads.
/// </summary>
public sealed class ForgeHttp
{
    /// <summary>The name of the client that the factory is asked for.</summary>
    public const string ClientName = "forges";

    /// <summary>
    /// The meter: <c>gate.forge.calls</c> and <c>gate.forge.duration</c> (seconds), by connection, forge, method and outcome;
    /// <c>gate.forge.budget.left</c> by connection, account and resource; <c>gate.forge.calls.saved</c> by connection and how.
    /// </summary>
    public const string MeterName = "GitOpsGate.Forges";

    private const int Unauthorized = 401;

    private readonly ConcurrentDictionary<ConnectionName, Lane> _lanes = new();
    private readonly ForgeBudgets _budgets;
    private readonly ForgeWire _wire;
    private readonly TimeProvider _clock;
    private readonly ILogger<ForgeHttp> _log;
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;

    public ForgeHttp(
        IHttpClientFactory clients, TimeProvider clock, IMeterFactory meters, ILogger<ForgeHttp> log, ForgeHttpOptions options)
    {
        (Clients, _clock, _log, Options) = (clients, clock, log, options);
        var meter = meters.Create(MeterName);
        _calls = meter.CreateCounter<long>("gate.forge.calls", "{call}", "Calls to forges");
        _duration = meter.CreateHistogram<double>("gate.forge.duration", "s", "How long forges took to answer");
        _budgets = new ForgeBudgets(meter, options.LongestRest, clock);
        _wire = new ForgeWire(clients, clock, options);
        SignIn = new ForgeSignIn(CallAsync, clock);
    }

    /// <summary>How many calls forges still take.</summary>
    public IForgeBudgets Budgets => _budgets;

    internal ForgeHttpOptions Options { get; }

    internal IHttpClientFactory Clients { get; }

    internal ForgeSignIn SignIn { get; }

    internal ILogger Log => _log;

    internal TimeProvider Clock => _clock;

    /// <summary>A link to one connection's forge. Each call's path says by itself whom it is about, for a GitHub App.</summary>
    /// <param name="dress">
    /// Adds what this forge wants in every request: authorization, accepted media type, API version. The connection that it is given holds
    /// the token that signs in now.
    /// </param>
    public ForgeLink Open(Connection connection, Action<HttpRequestHeaders, Connection> dress) => new(this, connection, dress, null);

    /// <summary>The same, for calls whose paths do not say whom they are about.</summary>
    /// <param name="scope">Whom all calls are about; <see cref="SignInScope.App"/> for an app's own affairs.</param>
    public ForgeLink Open(Connection connection, Action<HttpRequestHeaders, Connection> dress, SignInScope scope) =>
        new(this, connection, dress, scope);

    /// <summary>Signs one request in, sends it and reads its whole answer, whatever its status; redirects are not followed here.</summary>
    /// <exception cref="ForgeTroubleException">
    /// Signing in failed, no whole answer came, it was too large, or the forge asked to wait.
    /// </exception>
    internal async Task<RawAnswer> ExchangeAsync(ForgeRequest request, CancellationToken cancellation)
    {
        var credential = await SignIn.ResolveAsync(request.Connection, request.Scope, cancellation);
        var answer = await ShareAsync(request with { Credential = credential }, cancellation);
        if (answer.Status != Unauthorized || credential.Drop is not { } drop) return answer;
        // The forge did nothing, because it does not take this token any more; a new one may do.
        drop();
        credential = await SignIn.ResolveAsync(request.Connection, request.Scope, cancellation);
        return await ShareAsync(request with { Credential = credential }, cancellation);
    }

    private Task<RawAnswer> ShareAsync(ForgeRequest request, CancellationToken cancellation)
    {
        if (request.Method != HttpMethod.Get) return CallAsync(request, cancellation);
        var what = new Question(request.Priority, request.Credential.Account, request.Address.AbsoluteUri, request.Dress);
        return LaneOf(request).Shared.AskAsync(
            what, token => CallAsync(request, token), () => _budgets.Shared(request.Connection.Name), cancellation);
    }

    private async Task<RawAnswer> CallAsync(ForgeRequest request, CancellationToken cancellation)
    {
        var (lane, ledger) = (LaneOf(request), _budgets.LedgerOf(request.Connection, request.Credential.Account));
        ledger.Admit(request);
        using var turn = request.IsRead ? default : await ledger.Writes.EnterAsync(cancellation);
        await lane.Slots.EnterAsync(request.Priority, cancellation);
        var started = _clock.GetTimestamp();
        var outcome = "not sent";
        try
        {
            // While it waited here, others may have been told to rest.
            ledger.Admit(request);
            outcome = "no answer";
            ledger.Sent();
            var answer = await SendAsync(lane, request, cancellation);
            outcome = $"{answer.Status / 100}xx";
            Note(ledger, request, answer, _clock.GetElapsedTime(started));
            return answer;
        }
        catch (ForgeTroubleException trouble) when (outcome == "no answer")
        {
            _log.NoAnswer(request.Connection.Name.Value, request.Method.Method, request.Address.AbsolutePath, trouble.Message);
            throw;
        }
        finally
        {
            lane.Slots.Leave(request.Priority);
            if (outcome != "not sent") Count(request, outcome, _clock.GetElapsedTime(started));
        }
    }

    private async Task<RawAnswer> SendAsync(Lane lane, ForgeRequest request, CancellationToken cancellation)
    {
        if (request.Method != HttpMethod.Get) return await _wire.SendAsync(request, null, cancellation);
        // What one account may see is not shown to another.
        var place = $"{request.Credential.Account} {request.Address.AbsoluteUri}";
        var answer = await _wire.SendAsync(request, lane.Cache.Find(place), cancellation);
        if (answer is not { Status: 200, Tag: { } tag }) return answer;
        var mayKeep = answer.IsUnchanged || request.Page is null || request.Page.MayKeep(request.Address, answer);
        if (mayKeep) lane.Cache.Keep(place, new CachedAnswer(tag, answer.Body, answer.Link));
        return answer;
    }

    private void Note(Ledger ledger, ForgeRequest request, RawAnswer answer, TimeSpan elapsed)
    {
        var name = request.Connection.Name;
        _log.Answered(name.Value, request.Method.Method, request.Address.AbsolutePath, answer.Status, (long)elapsed.TotalMilliseconds);
        _budgets.Answered(name, answer.IsUnchanged);
        if (ledger.Note(request, answer) is { } rest) _log.Resting(name.Value, rest.TotalSeconds);
    }

    private void Count(ForgeRequest request, string outcome, TimeSpan elapsed)
    {
        var tags = new System.Diagnostics.TagList
        {
            { "connection", request.Connection.Name.Value },
            { "forge", request.Connection.Forge },
            { "method", request.Method.Method },
            { "outcome", outcome },
        };
        _calls.Add(1, tags);
        _duration.Record(elapsed.TotalSeconds, tags);
    }

    private Lane LaneOf(ForgeRequest request) => _lanes.GetOrAdd(request.Connection.Name, _ => new Lane(Options));

    /// <summary>What is shared by all calls of one connection.</summary>
    private sealed class Lane(ForgeHttpOptions options)
    {
        public PriorityGate Slots { get; } = new(options.Concurrency);

        public AnswerCache Cache { get; } = new(options.CacheLimit);

        public SharedCalls Shared { get; } = new();
    }
}
