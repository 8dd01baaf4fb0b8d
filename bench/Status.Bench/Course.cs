using System.Text.Json;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.StatusBench;

/// <summary>What one case measured.</summary>
/// <param name="Milliseconds">From sending the webhook to the forge's getting the status, ascending.</param>
/// <param name="Missing">Events that were refused or led to no right status.</param>
/// <param name="ApiCalls">Calls of the forge's API for each event.</param>
/// <param name="GitCalls">Requests of git for each event.</param>
/// <param name="CpuPerThousand">CPU seconds of the gateway and its gits for 1,000 events.</param>
internal sealed record Figures(double[] Milliseconds, int Missing, double ApiCalls, double GitCalls, double CpuPerThousand)
{
    public string ToLine(string rules, int atOnce, int files, int latency) => JsonSerializer.Serialize(new
    {
        what = "status",
        rules,
        atOnce,
        files,
        forgeMs = latency,
        p50ms = At(0.50),
        p99ms = At(0.99),
        apiCallsPerEvent = Math.Round(ApiCalls, 2),
        gitRequestsPerEvent = Math.Round(GitCalls, 2),
        cpuSecondsPer1000 = Math.Round(CpuPerThousand, 1),
        missing = Missing,
    });

    private double At(double share) =>
        Milliseconds.Length == 0 ? -1 : Math.Round(Milliseconds[(int)Math.Min(Milliseconds.Length * share, Milliseconds.Length - 1)], 1);
}

/// <summary>Sends webhooks of new pull requests and waits for their statuses.</summary>
internal sealed class Course(FakeGitHub forge, ChildGateway gateway, HttpClient http)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends so many events, some at once: the next ones follow when all of these have their statuses.</summary>
    public async Task<Figures> RunAsync(Changes changes, int events, int atOnce)
    {
        var pulls = new List<GitHubPull>();
        for (var i = 0; i < events; i++) pulls.Add(await changes.OpenAsync());
        forge.Journal.Clear();
        var cpu = gateway.CpuSeconds;
        var took = new List<double?>();
        foreach (var group in pulls.Chunk(atOnce)) took.AddRange(await Task.WhenAll(group.Select(pull => OneAsync(changes, pull))));
        cpu = gateway.CpuSeconds - cpu;
        var api = forge.Journal.Entries.Count(entry => entry.Path.StartsWith("/api/", StringComparison.Ordinal));
        return new Figures(
            [.. took.OfType<double>().Order()],
            took.Count(one => one is null),
            (double)api / events,
            (double)(forge.Journal.Entries.Count - api) / events,
            cpu / events * 1000);
    }

    /// <summary>Milliseconds from the webhook to the status, or null when it does not come or is not what it should be.</summary>
    private async Task<double?> OneAsync(Changes changes, GitHubPull pull)
    {
        var call = forge.CallOf(pull, "opened", $"{gateway.Url}/hooks/bench", ChildGateway.Secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Url) { Content = new ByteArrayContent(call.Body) };
        foreach (var (name, value) in call.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        var began = TimeProvider.System.GetUtcNow();
        if (!await IsTakenAsync(request)) return null;
        var status = changes.StatusOf(pull);
        while (status is null && TimeProvider.System.GetUtcNow() - began < Patience)
        {
            await Task.Delay(2);
            status = changes.StatusOf(pull);
        }

        return status is { State: "success" } ? (status.At - began).TotalMilliseconds : null;
    }

    // One webhook that the gateway does not take is a missing status, and no reason to lose what the others measured.
    private async Task<bool> IsTakenAsync(HttpRequestMessage request)
    {
        try
        {
            using var answer = await http.SendAsync(request);
            if (!answer.IsSuccessStatusCode) Console.Error.WriteLine($"the gateway refused a webhook with {(int)answer.StatusCode}");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException problem)
        {
            Console.Error.WriteLine($"the gateway did not answer a webhook ({problem.HttpRequestError}): {problem}");
            return false;
        }
    }
}
