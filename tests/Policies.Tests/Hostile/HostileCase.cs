using System.Globalization;
using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;

namespace GitOpsGate.Policies.Tests.Hostile;

/// <summary>
/// A policy that wants to hurt, and how it must end. Its first line is <c># wants: A|B</c>: the code of an error, <c>compile CODE</c>,
/// <c>ok</c> or <c>undefined</c>, for the document <c>data.hostile.p</c>. Texts are written short: a line <c>#&gt; N TEXT</c> stands
/// for N lines, in which <c>$n</c> counts from 1 and <c>$i</c> from 0; <c>⟦N;TEXT⟧</c> stands for the text N times, in which
/// <c>§</c> counts from 1 and <c>†</c> from 0.
/// </summary>
internal sealed record HostileCase(string Name, IReadOnlyList<string> Wants, string Module)
{
    /// <summary>Limits that end every case soon; time is left out, so that the machine's speed decides nothing.</summary>
    public static RegoLimits Tight { get; } = new()
    {
        Steps = 4_000_000,
        Time = TimeSpan.FromHours(1),
        AllocatedBytes = 96 << 20,
        ResultSize = 1 << 20,
        CompileTime = TimeSpan.FromHours(1),
        CompileBytes = 1 << 30,
    };

    public static IReadOnlyList<HostileCase> ReadAll(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.rego").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>How the policy ends: <c>ok</c>, <c>undefined</c>, an error's code, or <c>compile</c> and a code.</summary>
    public static string Outcome(string module, string query, RegoOptions options, CancellationToken cancellation)
    {
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("hostile.rego", module)], default, options);
        if (engine is null) return $"compile {errors[0].Code}";
        var decision = engine.DecideAsync(query, PolicyInput.FromJson("{}"u8.ToArray()), cancellation).AsTask().GetAwaiter().GetResult();
        return decision switch
        {
            Decision.Failed failed => failed.Code,
            Decision.Undefined => "undefined",
            _ => "ok",
        };
    }

    private static HostileCase Read(string path)
    {
        var text = File.ReadAllText(path);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var wants = text["# wants: ".Length..end].Split('|');
        return new HostileCase(Path.GetFileNameWithoutExtension(path), wants, Lines(Repeats(text)));
    }

    private static string Lines(string text)
    {
        var result = new StringBuilder();
        foreach (var line in text.Split('\n'))
        {
            if (!line.StartsWith("#> ", StringComparison.Ordinal))
            {
                result.Append(line).Append('\n');
                continue;
            }

            var space = line.IndexOf(' ', 3);
            var count = int.Parse(line.AsSpan(3, space - 3), CultureInfo.InvariantCulture);
            for (var n = 1; n <= count; n++) result.Append(Counted(line[(space + 1)..], "$n", "$i", n)).Append('\n');
        }

        return result.ToString();
    }

    private static string Repeats(string text)
    {
        var result = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('⟦', at);
            if (open < 0) return result.Append(text, at, text.Length - at).ToString();
            var close = text.IndexOf('⟧', open);
            var mark = text.IndexOf(';', open);
            var count = int.Parse(text.AsSpan(open + 1, mark - open - 1), CultureInfo.InvariantCulture);
            result.Append(text, at, open - at);
            for (var n = 1; n <= count; n++) result.Append(Counted(text[(mark + 1)..close], "§", "†", n));
            at = close + 1;
        }

        return result.ToString();
    }

    private static string Counted(string text, string fromOne, string fromZero, int n) => text
        .Replace(fromOne, n.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace(fromZero, (n - 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
