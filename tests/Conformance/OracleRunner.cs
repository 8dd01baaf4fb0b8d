using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Conformance;

/// <summary>Parses and compiles sources and compares with the oracle.</summary>
internal static class OracleRunner
{
    /// <summary>How far the engine comes with a source: <c>ok</c>, or the stage that finds errors.</summary>
    public static (string Stage, IReadOnlyList<RegoError> Errors) Run(OracleCase one)
    {
        if (one.IsModule)
        {
            var sources = one.Modules.Select((text, i) => new RegoModuleSource($"test-{i}.rego", text)).ToList();
            foreach (var source in sources)
            {
                var (_, wrong) = Parser.ParseModule(source.File, source.Text, new ParserOptions(RegoVersion.V1));
                if (wrong.Count > 0) return ("parse", wrong);
            }

            var (engine, errors) = RegoEngine.Compile(sources, default, RegoOptions.Default);
            return engine is null ? ("compile", errors) : ("ok", []);
        }

        var (_, badQuery) = Parser.ParseQuery("", one.Modules[0], new ParserOptions(RegoVersion.V1));
        if (badQuery.Count > 0) return ("parse", badQuery);
        var (query, unsafeQuery) = RegoEngine.Compile([], default, RegoOptions.Default).Engine!.Prepare(one.Modules[0]);
        return query is null ? ("compile", unsafeQuery) : ("ok", []);
    }
}
