using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Conformance;

/// <summary>Runs cases by OPA's own rules: how a case is put to the engine, and when its answer is right.</summary>
internal static class SuiteRunner
{
    private static readonly BuiltinTable Builtins = BuiltinTable.StandardAnd(static table =>
        table.Add("test.sleep", [RegoType.String], RegoType.Null, static (_, _) => RegoValue.Null));

    /// <summary>Runs a case; null when the answer is right, otherwise why it is wrong.</summary>
    public static string? Run(SuiteCase one, CancellationToken cancellation)
    {
        var options = new RegoOptions
        {
            Version = one.Version,
            StrictBuiltinErrors = one.IsStrict,
            AllowExperimental = one.IsExperimental,
            Clock = TimeProvider.System,
        };
        var sources = one.Modules.Select((text, i) => new RegoModuleSource($"test-{i}.rego", text));
        var (engine, errors) = RegoEngine.Compile(sources, one.Data, options, Builtins);
        if (engine is null) return $"compile: {errors[0]}";
        var (query, wrong) = engine.Prepare(one.Query);
        if (query is null) return $"query: {wrong[0]}";
        var answers = query.Evaluate(one.InputTerm is null ? one.Input : TermOf(engine, one.InputTerm), cancellation);
        return Judge(one, answers);
    }

    private static RegoValue TermOf(RegoEngine engine, string term)
    {
        var (query, errors) = engine.Prepare($"input_term = {term}");
        return query is null
            ? throw new InvalidOperationException(errors[0].ToString())
            : query.Evaluate(default, CancellationToken.None).Answers[0]["input_term"];
    }

    private static string? Judge(SuiteCase one, RegoAnswers got)
    {
        if (one.WantsError)
        {
            if (got.Error is not { } error) return $"an error is wanted: {one.WantedErrorCode} {one.WantedError}";
            if (one.WantedErrorCode is { } code && code != error.Code) return $"code {code} is wanted, got {error}";
            if (one.WantedError is { } text && !error.ToString().Contains(text, StringComparison.Ordinal))
            {
                return $"error text `{text}` is wanted, got `{error}`";
            }
        }
        else if (got.Error is { } unwanted)
        {
            return $"error: {unwanted}";
        }

        return one.WantedResult.IsDefined ? Compare(one, got) : null;
    }

    private static string? Compare(SuiteCase one, RegoAnswers got)
    {
        var wanted = RegoSet.Of(one.WantedResult.AsArray!.Items);
        var results = new List<RegoValue>();
        foreach (var answer in got.Answers)
        {
            var entries = new RegoObjectBuilder();
            foreach (var (name, value) in answer)
            {
                if (one.IgnoresGenerated && name.StartsWith("__localq", StringComparison.Ordinal)) continue;
                var json = RegoJson.Parse(RegoJson.ToText(value));
                if (one.SortsBindings && json.AsArray is { } array) json = RegoValue.ArrayOf([.. array.Items.ToArray().Order()]);
                entries.Set(name, json);
            }

            results.Add(RegoValue.Of(entries.Build()));
        }

        var found = RegoSet.Of([.. results]);
        return RegoValue.Of(found).Equals(RegoValue.Of(wanted))
            ? null
            : $"{Shortened(one.WantedResult.ToString())} is wanted, got {Shortened(RegoValue.Of(found).ToString())}";
    }

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..300];
}
