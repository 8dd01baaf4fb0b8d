using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges;

/// <summary>
/// The one way out to every forge: sends one request within the bounds of <see cref="ForgeHttpOptions"/>, counts it, remembers
/// answers for conditional requests, and lets a connection rest while its forge asks for it. Safe to use from many threads.
/// </summary>
public sealed class ForgeHttp
{
    /// <summary>The name of the client that the factory is asked for.</summary>
    public const string ClientName = "forges";

    /// <summary>
    /// The meter: <c>gate.forge.calls</c> and <c>gate.forge.duration</c> (seconds), by connection, forge, method and outcome.
    /// </summary>
    public const string MeterName = "GitOpsGate.Forges";

    private readonly ConcurrentDictionary<ConnectionName, Lane> _lanes = new();
    private readonly IHttpClientFactory _clients;
    private readonly TimeProvider _clock;
    private readonly ILogger<ForgeHttp> _log;
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;

    public ForgeHttp(
        IHttpClientFactory clients, TimeProvider clock, IMeterFactory meters, ILogger<ForgeHttp> log, ForgeHttpOptions options)
    {
        (_clients, _clock, _log, Options) = (clients, clock, log, options);
        var meter = meters.Create(MeterName);
        _calls = meter.CreateCounter<long>("gate.forge.calls", "{call}", "Calls to forges");
        _duration = meter.CreateHistogram<double>("gate.forge.duration", "s", "How long forges took to answer");
    }

    internal ForgeHttpOptions Options { get; }

    internal ILogger Log => _log;

    internal TimeProvider Clock => _clock;

    /// <summary>A link to one connection's forge.</summary>
    /// <param name="dress">Adds what this forge wants in every request: authorization, accepted media type, API version.</param>
    public ForgeLink Open(Connection connection, Action<HttpRequestHeaders, Connection> dress) => new(this, connection, dress);

    /// <summary>Sends one request and reads its whole answer, whatever its status; redirects are not followed here.</summary>
    /// <exception cref="ForgeTroubleException">No whole answer came, it was too large, or the forge asked to wait.</exception>
    internal async Task<RawAnswer> ExchangeAsync(ForgeRequest request, CancellationToken cancellation)
    {
        var lane = _lanes.GetOrAdd(request.Connection.Name, _ => new Lane(Options));
        lane.ThrowIfResting(_clock.GetUtcNow(), request.ToString());
        await lane.Slots.WaitAsync(cancellation);
        var started = _clock.GetTimestamp();
        var outcome = "no answer";
        try
        {
            var answer = await SendAsync(lane, request, cancellation);
            outcome = $"{answer.Status / 100}xx";
            var elapsed = (long)_clock.GetElapsedTime(started).TotalMilliseconds;
            _log.Answered(
                request.Connection.Name.Value, request.Method.Method, request.Address.AbsolutePath, answer.Status, elapsed);
            NoteRest(lane, request, answer);
            return answer;
        }
        catch (ForgeTroubleException trouble) when (outcome == "no answer")
        {
            _log.NoAnswer(request.Connection.Name.Value, request.Method.Method, request.Address.AbsolutePath, trouble.Message);
            throw;
        }
        finally
        {
            lane.Slots.Release();
            Count(request, outcome, _clock.GetElapsedTime(started));
        }
    }

    private void NoteRest(Lane lane, ForgeRequest request, RawAnswer answer)
    {
        if (answer.Rest is not { } rest) return;
        lane.RestUntil(_clock.GetUtcNow() + (rest < Options.LongestRest ? rest : Options.LongestRest));
        _log.Resting(request.Connection.Name.Value, rest.TotalSeconds);
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

    private async Task<RawAnswer> SendAsync(Lane lane, ForgeRequest request, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(Options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        var cached = request.Method == HttpMethod.Get ? lane.Cache.Find(request.Address.AbsoluteUri) : null;
        using var message = request.ToMessage(cached?.Tag);
        try
        {
            var client = _clients.CreateClient(ClientName);
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var answer = await RawAnswer.ReadAsync(response, request, cached, Options.AnswerLimit, either.Token);
            var rest = ForgeTrouble.RestAskedFor(answer.Status, response.Headers, answer.Peek(), _clock.GetUtcNow());
            answer = answer with { Rest = rest };
            if (request.Method == HttpMethod.Get && answer is { Status: 200, Tag: { } tag })
            {
                lane.Cache.Keep(request.Address.AbsoluteUri, new CachedAnswer(tag, answer.Body, answer.Link) { Total = answer.Total });
            }

            return answer;
        }
        catch (HttpRequestException trouble)
        {
            throw ForgeTrouble.Of(trouble, request.Method, request.ToString());
        }
        catch (IOException trouble)
        {
            var ended = new HttpRequestException(HttpRequestError.ResponseEnded, trouble.Message, trouble);
            throw ForgeTrouble.Of(ended, request.Method, request.ToString());
        }
        catch (OperationCanceledException trouble) when (!cancellation.IsCancellationRequested)
        {
            // The handler's own limit for making a connection ends as a cancellation around a timeout, before our timer has
            // fired.
            var connecting = !timer.IsCancellationRequested && trouble.InnerException is TimeoutException;
            throw ForgeTrouble.TimedOut(trouble, request.Method, request.ToString(), connecting);
        }
    }

    /// <summary>What is shared by all calls of one connection.</summary>
    private sealed class Lane(ForgeHttpOptions options)
    {
        private long _restsUntil;

        public SemaphoreSlim Slots { get; } = new(options.Concurrency);

        public AnswerCache Cache { get; } = new(options.CacheLimit);

        public void RestUntil(DateTimeOffset moment) => Interlocked.Exchange(ref _restsUntil, moment.UtcTicks);

        // Calling while a forge asks to wait makes it ask for longer, and may get the account banned.
        public void ThrowIfResting(DateTimeOffset now, string call)
        {
            var left = TimeSpan.FromTicks(Math.Max(0, Interlocked.Read(ref _restsUntil) - now.UtcTicks));
            if (left > TimeSpan.Zero)
            {
                throw new ForgeTroubleException($"{call} was not sent: the forge asked to wait", TroubleKind.Unavailable, left);
            }
        }
    }
}
