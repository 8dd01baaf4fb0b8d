using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Testing;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Policies.Tests.OpaServer;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>
/// The cases of OPA's own suite are put to our engine and to a real OPA, and the answers are held against each other: to what a case
/// asks, and then to the question for everything, which also looks at the rules that no case asks for.
/// </summary>
public sealed class SuiteDuelTests(ITestOutputHelper output)
{
    private static int Step => Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 1 : 10;

    [Theory]
    [InlineData("v1-open.jsonl", 0.81)]
    [InlineData("v0-open.jsonl", 0.91, "--v0-compatible")]
    public async Task Cases_of_the_suite_are_answered_as_a_real_OPA_answers_them(string file, double floor, params string[] arguments)
    {
        var path = Shared.Locate(Path.Combine("rego", file));
        Assert.SkipWhen(path is null, $"the reference data `rego/{file}` is not here");
        using var http = new HttpClient(new SocketsHttpHandler());
        using var opa = await RealOpa.StartAsync(http, arguments);
        var duel = new SuiteDuel(http, opa.Address);
        foreach (var question in SuiteQuestion.Read(path!).Where((_, at) => at % Step == 0))
            await duel.CompareAsync(question, TestContext.Current.CancellationToken);

        output.WriteLine($"{file}: {duel}");
        Assert.True(duel.Differences.Count == 0, $"{duel}\n{string.Join('\n', duel.Differences.Take(20))}");
        Assert.True(duel.Agreed >= floor * duel.Run, $"too few cases were held against each other: {duel}");
        Assert.True(duel.WholeValues + duel.WholeErrors >= 0.95 * duel.Agreed, $"too few cases were asked for everything: {duel}");
    }
}

/// <summary>Puts cases to a running OPA and to our engine, and counts how the answers agree.</summary>
internal sealed class SuiteDuel(HttpClient http, Uri opa)
{
    // The later OPA's syntax trees have a field more. The cases ask whether there is a tree; the question for everything sees it.
    private static readonly string[] LaterTrees = ["graphql/test-graphql-is-valid#5", "graphql/test-graphql-parse#5"];

    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);

    private string _data = "";

    public int Run { get; private set; }

    public int Values { get; private set; }

    public int Errors { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Cases that this OPA does not answer as they want and that we do, because a later OPA changed the language.</summary>
    public int Later { get; private set; }

    /// <summary>Cases whose every document is the same too.</summary>
    public int WholeValues { get; private set; }

    /// <summary>Cases where the question for everything ends in the same error on both sides.</summary>
    public int WholeErrors { get; private set; }

    public int Agreed => Values + Errors + Refused;

    public List<string> Differences { get; } = [];

    /// <summary>Asks both, and takes the modules away again.</summary>
    public async Task CompareAsync(SuiteQuestion question, CancellationToken cancellation)
    {
        Run++;
        var given = new Stack<string>();
        try
        {
            var (refusal, reason) = await GiveAsync(question, given, cancellation);
            if (reason is not null)
                _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
            else if (await IsSameAsync(question, refusal, cancellation) && refusal is null)
                await CompareWholeAsync(question.Whole(), cancellation);
        }
        finally
        {
            // The last one first: OPA keeps a module while another calls its functions.
            while (given.TryPop(out var module))
                (await http.DeleteAsync(new Uri(opa, $"v1/policies/{module}"), cancellation)).EnsureSuccessStatusCode().Dispose();
        }
    }

    public override string ToString() =>
        $"{Run} run, {Values} same values, {Errors} both errors, {Refused} both refused, {Later} later, {_leftOut.Values.Sum()} left out "
        + $"({string.Join("; ", _leftOut.Select(reason => $"{reason.Value}: {reason.Key}"))}); "
        + $"asked for everything, {WholeValues} same values, {WholeErrors} both errors";

    private async Task<bool> IsSameAsync(SuiteQuestion question, SuiteOutcome? refusal, CancellationToken cancellation)
    {
        var ours = Ours(question, cancellation);
        var theirs = refusal ?? await AnswerAsync(question, cancellation);
        if (!ours.Agrees(theirs))
        {
            if (question.IsLater && question.IsWanted(ours) && !question.IsWanted(theirs)) Later++;
            else Differences.Add($"{question.Id}: OPA says {theirs}, we say {ours}");
            return false;
        }

        if (ours.Refusal is not null) Refused++;
        else if (ours.Code is not null) Errors++;
        else Values++;
        return true;
    }

    private async Task CompareWholeAsync(SuiteQuestion question, CancellationToken cancellation)
    {
        if (LaterTrees.Any(id => question.Id.EndsWith(id, StringComparison.Ordinal))) return;
        var ours = Ours(question, cancellation);
        var theirs = await AnswerAsync(question, cancellation);
        if (!ours.Agrees(theirs)) Differences.Add($"{question.Id}, asked for everything: OPA says {theirs}, we say {ours}");
        else if (ours.Code is not null) WholeErrors++;
        else WholeValues++;
    }

    private static SuiteOutcome Ours(SuiteQuestion question, CancellationToken cancellation)
    {
        var answer = RegoJson.Parse(RegoSuite.Answer(question.Line, new RegoSuiteOptions(), cancellation)).AsObject!;
        if (answer["compile_error"].IsDefined) return SuiteOutcome.Refused(answer["compile_error"].Text);
        if (answer["error"].AsObject is { } error) return SuiteOutcome.Failed(error["code"].Text, error["text"].Text);
        return SuiteOutcome.Of(question, answer["results"]);
    }

    /// <summary>Gives OPA the data and the modules: its refusal, or why it cannot be asked; neither when it took them.</summary>
    private async Task<(SuiteOutcome? Refusal, string? Reason)> GiveAsync(
        SuiteQuestion question, Stack<string> given, CancellationToken cancellation)
    {
        if (question.Id.EndsWith("units/test-parse-bytes-errors#7", StringComparison.Ordinal))
            return (null, "OPA 1.4 works for ten seconds on an exponent that later ones refuse");
        if (question.Modules.Any(module => module.Contains("opa.runtime", StringComparison.Ordinal)))
            return (null, "opa.runtime gives what only the server has");
        if (question.IsStrict && (question.Document() is null || question.InputTerm is not null))
            return (null, "strict built-in errors can be had for a document and a JSON input only");
        await GiveAsync(question.Data, cancellation);
        var refusal = await GiveAsync(question.Modules, given, cancellation);
        if (refusal is null) return (null, null);
        if (refusal.Contains("rego_compile_error: conflicting rule for data path", StringComparison.Ordinal))
            return (null, "the server takes no rule in the place of a document");
        return refusal.Contains("undefined function data.", StringComparison.Ordinal)
            ? (null, "modules that call each other cannot be given one by one")
            : (SuiteOutcome.Refused(refusal), null);
    }

    private async Task GiveAsync(string data, CancellationToken cancellation)
    {
        if (_data == data) return;
        using var content = new StringContent(data, Encoding.UTF8, "application/json");
        (await http.PutAsync(new Uri(opa, "v1/data"), content, cancellation)).EnsureSuccessStatusCode().Dispose();
        _data = data;
    }

    /// <summary>
    /// Gives the modules, again and again while that helps: OPA refuses one that calls a function of a module that is not there yet.
    /// </summary>
    private async Task<string?> GiveAsync(IReadOnlyList<string> modules, Stack<string> given, CancellationToken cancellation)
    {
        var left = modules.Select((text, at) => (Name: $"test-{at}.rego", Text: text)).ToList();
        string? refusal = null;
        while (left.Count > 0)
        {
            var before = left.Count;
            foreach (var module in left.ToArray())
            {
                using var content = new StringContent(module.Text, Encoding.UTF8, "text/plain");
                using var answer = await http.PutAsync(new Uri(opa, $"v1/policies/{module.Name}"), content, cancellation);
                if (!answer.IsSuccessStatusCode)
                {
                    refusal = (await ErrorAsync(answer, cancellation)).Text;
                    continue;
                }

                given.Push(module.Name);
                left.Remove(module);
            }

            if (left.Count == before) return refusal;
        }

        return null;
    }

    private async Task<SuiteOutcome> AnswerAsync(SuiteQuestion question, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(question, cancellation);
        }
        catch (HttpRequestException broken) when (broken.InnerException is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded })
        {
            // A built-in that panics ends the request; the server lives on.
            return SuiteOutcome.Failed("panic", "the request ended without an answer");
        }
    }

    private async Task<SuiteOutcome> AskAsync(SuiteQuestion question, CancellationToken cancellation)
    {
        // Strict built-in errors can be had where documents are asked for, and only there.
        var document = question.IsStrict ? question.Document() : null;
        var address = document is { } asked ? $"v1/{asked.Path}?strict-builtin-errors=true" : "v1/query";
        var query = question.InputTerm is { } term ? $"{question.Query} with input as {term}" : question.Query;
        List<string> fields = [];
        if (document is null) fields.Add($"\"query\": {JsonSerializer.Serialize(query)}");
        if (question.Input is { } input) fields.Add($"\"input\": {input}");
        using var content = new StringContent($"{{{string.Join(", ", fields)}}}", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(opa, address), content, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            var (code, text) = await ErrorAsync(answer, cancellation);
            return code.StartsWith("eval_", StringComparison.Ordinal) ? SuiteOutcome.Failed(code, text) : SuiteOutcome.Refused(text);
        }

        var found = RegoJson.Parse(await answer.Content.ReadAsStringAsync(cancellation)).AsObject!["result"];
        if (document is null || !found.IsDefined) return SuiteOutcome.Of(question, found);
        var binding = new RegoObjectBuilder();
        binding.Set(document.Value.Variable, found);
        return SuiteOutcome.Of(question, RegoValue.ArrayOf(RegoValue.Of(binding.Build())));
    }

    /// <summary>The first error that OPA tells, and its text as OPA's own suite has it.</summary>
    private static async Task<(string Code, string Text)> ErrorAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var json = await answer.Content.ReadFromJsonAsync<JsonDocument>(cancellation);
        var error = json!.RootElement.TryGetProperty("errors", out var many) ? many[0] : json.RootElement;
        var code = error.GetProperty("code").GetString()!;
        var text = $"{code}: {error.GetProperty("message").GetString()}";
        return error.TryGetProperty("location", out var place)
            ? (code, $"{place.GetProperty("file").GetString()}:{place.GetProperty("row").GetInt32()}: {text}")
            : (code, text);
    }
}
