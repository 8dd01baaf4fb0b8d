using System.Buffers;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Shows how the parser reads a module, without compiling it.</summary>
public static class RegoParse
{
    /// <summary>
    /// Writes the syntax tree of a module as JSON (UTF-8), shaped as <c>opa parse --format json</c> shapes it: package, imports,
    /// annotations, rules, comments. Nothing is written when the module cannot be parsed.
    /// </summary>
    /// <param name="file">The path that errors and locations name.</param>
    /// <param name="text">The text of the module.</param>
    /// <param name="version">The edition of the language.</param>
    /// <param name="includeLocations">Whether every node says where it stands: file, row, column from 1, and its source in
    /// Base64.</param>
    /// <param name="output">Where the JSON goes.</param>
    /// <param name="includeComments">Whether comments are listed, each with its text in Base64.</param>
    /// <param name="indented">Whether the JSON has line breaks and two spaces per level.</param>
    /// <returns>Why the module cannot be parsed; empty when it was written.</returns>
    public static IReadOnlyList<RegoError> ToJson(
        string file, string text, RegoVersion version, bool includeLocations, IBufferWriter<byte> output,
        bool includeComments = true, bool indented = false)
    {
        var (module, errors) = Parser.ParseModule(
            file, text, new ParserOptions(version, AllowExperimental: true, KeepSpans: includeLocations));
        if (module is null) return errors;
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions
        {
            Indented = indented,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 20_000,
        });
        try
        {
            new AstWriter(json, module, includeLocations).Write(includeComments);
        }
        catch (InsufficientExecutionStackException)
        {
            return [new RegoError(RegoErrorCodes.LimitDepth, "the module is nested too deeply", new PolicyPlace(file, 1, 1))];
        }

        json.Flush();
        return [];
    }
}
