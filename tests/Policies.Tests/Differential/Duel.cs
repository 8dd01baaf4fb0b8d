using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>How often both engines were asked, and how they agreed.</summary>
internal sealed class DuelCount
{
    public int Modules { get; set; }

    /// <summary>Modules that both refuse.</summary>
    public int Refused { get; set; }

    /// <summary>Modules that OPA alone refuses, for types that cannot fit or for variables that it does not see: see docs/rego-differences.md.</summary>
    public int Stricter { get; set; }

    /// <summary>Modules that we alone refuse, as a later OPA does, for the type of what a function gives: see docs/rego-differences.md.</summary>
    public int Later { get; set; }

    /// <summary>Conflicts that OPA did not look at, because its index had ruled the rule out: see docs/rego-differences.md.</summary>
    public int Unseen { get; set; }

    public int Answers { get; set; }

    public int Values { get; set; }

    public int Undefined { get; set; }

    public int Errors { get; set; }

    public override string ToString() =>
        $"{Modules} modules ({Refused} refused by both, {Stricter} by OPA alone, {Later} by a later one), {Answers} answers: {Values} values, "
        + $"{Undefined} undefined, {Errors} errors ({Unseen} conflicts that OPA did not look at)";
}

/// <summary>
/// Puts a module and inputs to a running OPA and to our engine, and says where they differ: one refuses what the other takes, or the
/// same document has different values, or only one of them ends in an error.
/// </summary>
internal sealed class Duel(HttpClient http, Uri opa)
{
    private const string Undefined = "undefined";

    private static readonly string[] StricterThere = ["rego_type_error", "rego_unsafe_var_error"];

    public DuelCount Count { get; } = new();

    /// <summary>The base documents of modules that are compared; OPA is given them by <see cref="GiveAsync"/>.</summary>
    public RegoValue Data { get; private set; }

    /// <summary>Gives both the same base documents.</summary>
    public async Task GiveAsync(string data, CancellationToken cancellation)
    {
        using var body = new StringContent(data, Encoding.UTF8, "application/json");
        using var answer = await http.PutAsync(new Uri(opa, "v1/data"), body, cancellation);
        answer.EnsureSuccessStatusCode();
        Data = RegoJson.Parse(data);
    }

    /// <summary>Compares the documents of a package; one line for each difference.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(
        string module, string package, IReadOnlyList<string> inputs, CancellationToken cancellation)
    {
        Count.Modules++;
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("duel.rego", module)], Data, RegoOptions.Default);
        var refusal = await PutAsync(module, cancellation);
        if (engine is null && refusal is not null)
        {
            Count.Refused++;
            return [];
        }

        if (refusal is not null)
        {
            if (!StricterThere.Any(code => refusal.Contains(code, StringComparison.Ordinal))) return [$"only OPA refuses the module: {refusal}"];
            Count.Stricter++;
            return [];
        }

        if (engine is null)
        {
            if (!LaterTypes.Explain(module)) return [$"only we refuse the module: {errors[0]}"];
            Count.Later++;
            return [];
        }

        var differences = new List<string>();
        foreach (var input in inputs)
        {
            foreach (var rule in engine.RulesIn(package))
            {
                if (await DifferenceAsync(engine, $"{package}.{rule}", input, cancellation) is { } difference) differences.Add(difference);
            }
        }

        return differences;
    }

    private static string Shown(string text) => text.Length > 400 ? text[..400] + "…" : text;

    /// <summary>How the answers about one document differ; null when they do not.</summary>
    public async Task<string?> DifferenceAsync(RegoEngine engine, string path, string input, CancellationToken cancellation)
    {
        var theirs = await AskAsync(path, input, cancellation);
        var decision = await engine.DecideAsync(path, PolicyInput.FromJson(Encoding.UTF8.GetBytes(input)), cancellation);
        var ours = decision switch
        {
            Decision.Value value => Encoding.UTF8.GetString(value.Json.Span),
            Decision.Undefined => Undefined,
            Decision.Failed failed => $"error {failed.Code}: {failed.Message}",
            _ => "",
        };
        Count.Answers++;
        if (ours.StartsWith("error", StringComparison.Ordinal)) Count.Errors++;
        else if (ours == Undefined) Count.Undefined++;
        else Count.Values++;
        if (ours.StartsWith("error eval_conflict_error", StringComparison.Ordinal) && !theirs.StartsWith("error", StringComparison.Ordinal))
        {
            Count.Unseen++;
            return null;
        }

        return Same(theirs, ours) ? null : $"{path} for {input}: OPA says {Shown(theirs)}, we say {Shown(ours)}";
    }

    private static bool Same(string theirs, string ours)
    {
        if (theirs == ours) return true;
        if (theirs.StartsWith("error", StringComparison.Ordinal)) return ours.StartsWith("error", StringComparison.Ordinal) && Code(theirs) == Code(ours);
        if (theirs == Undefined || ours == Undefined || ours.StartsWith("error", StringComparison.Ordinal)) return false;
        return RegoJson.Parse(theirs).Equals(RegoJson.Parse(ours));
    }

    private static string Code(string error) => error.Split(':')[0];

    /// <summary>Gives OPA the module; why it refuses it, or null.</summary>
    private async Task<string?> PutAsync(string module, CancellationToken cancellation)
    {
        using var content = new StringContent(module, Encoding.UTF8, "text/plain");
        using var answer = await http.PutAsync(new Uri(opa, "v1/policies/duel"), content, cancellation);
        return answer.IsSuccessStatusCode ? null : Shown(await answer.Content.ReadAsStringAsync(cancellation));
    }

    private async Task<string> AskAsync(string path, string input, CancellationToken cancellation)
    {
        using var content = new StringContent($"{{\"input\": {input}}}", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(opa, $"v1/{path.Replace('.', '/')}"), content, cancellation);
        using var json = await answer.Content.ReadFromJsonAsync<JsonDocument>(cancellation);
        var root = json!.RootElement;
        if (answer.IsSuccessStatusCode) return root.TryGetProperty("result", out var result) ? result.GetRawText() : Undefined;
        var error = root.TryGetProperty("errors", out var many) ? many[0] : root;
        return $"error {error.GetProperty("code").GetString()}: {error.GetProperty("message").GetString()}";
    }
}
