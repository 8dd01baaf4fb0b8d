using System.Buffers;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Format;

/// <summary>Formats modules as <c>opa fmt</c> does: tabs, one blank line between rules, the author's line breaks.</summary>
public static class RegoFormat
{
    /// <summary>
    /// Formats a module. The result says the same and has the same comments; where that cannot be had, the text stays as it is.
    /// </summary>
    /// <param name="file">The path that errors name.</param>
    /// <param name="text">The text of the module.</param>
    /// <param name="version">The edition of the language; in <see cref="RegoVersion.V1"/> values are assigned with <c>:=</c>.</param>
    /// <returns>The text, with <c>\n</c> at the end of each line; or null and why the module cannot be parsed.</returns>
    public static (string? Text, IReadOnlyList<RegoError> Errors) Format(string file, string text, RegoVersion version)
    {
        var options = new ParserOptions(version, AllowExperimental: true, KeepSpans: true);
        try
        {
            var (module, errors) = Parser.ParseModule(file, text, options);
            if (module is null) return (null, errors);
            var formatted = new ModuleFormatter(module).Format();
            var (again, _) = Parser.ParseModule(file, formatted, options);
            return (again is not null && SaysTheSame(module, again) ? formatted : text, []);
        }
        catch (InsufficientExecutionStackException)
        {
            return (null, [new RegoError(RegoErrorCodes.LimitDepth, "the module is nested too deeply", new PolicyPlace(file, 1, 1))]);
        }
    }

    private static bool SaysTheSame(Module one, Module other) =>
        one.Comments.Select(c => c.Text.TrimEnd()).Order(StringComparer.Ordinal).SequenceEqual(
            other.Comments.Select(c => c.Text.TrimEnd()).Order(StringComparer.Ordinal))
        && RulesOf(one).AsSpan().SequenceEqual(RulesOf(other));

    private static byte[] RulesOf(Module module)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = 20_000 }))
        {
            new AstWriter(json, module, withLocations: false, isCanonical: true).Write(withComments: false);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
