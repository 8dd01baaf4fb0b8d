using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Testing;

/// <summary>
/// Runs other people's code that the gate is compared with: the scripts in <c>tests/Foreign</c>, by Node with the packages that
/// <c>package-lock.json</c> there pins, and by Debian's Python. <c>./check all</c> installs both; tests skip by name where they are absent.
/// </summary>
public static class ForeignCode
{
    /// <summary>Another Python on the path would not see Debian's packages.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static string Folder { get; } = Path.Combine(Shared.RepositoryRoot, "tests", "Foreign");

    /// <summary>Whether everything is checked, not only what is quick.</summary>
    public static bool IsThorough => Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all";

    /// <summary>Why a package cannot be run by Node, or null when it can.</summary>
    public static async Task<string?> WhyNoNodeAsync(string package)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", package))) return $"`{package}` is not installed; `./check all` does it";
        return await CanRunAsync("node", "--version") ? null : "`node` is not on the path";
    }

    /// <summary>Why a module cannot be run by Debian's Python, or null when it can.</summary>
    /// <param name="package">Debian's package that has it.</param>
    public static async Task<string?> WhyNoPythonAsync(string module, string package) =>
        File.Exists(Python) && await CanRunAsync(Python, "-c", $"import {module}") ? null : $"Debian's `{package}` is not installed; `./check all` does it";

    /// <summary>Runs a script of <see cref="Folder"/> by Node.</summary>
    /// <param name="input">What it reads, as JSON, from its standard input.</param>
    /// <returns>The JSON that it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static Task<JsonElement> NodeAsync<T>(string script, T input) => RunAsync("node", script, input);

    /// <summary>The same by Debian's Python.</summary>
    public static Task<JsonElement> PythonAsync<T>(string script, T input) => RunAsync(Python, script, input);

    private static async Task<JsonElement> RunAsync<T>(string program, string script, T input)
    {
        var (code, output, errors) = await RunAsync(program, [Path.Combine(Folder, script)], JsonSerializer.Serialize(input));
        return code == 0
            ? JsonElement.Parse(output)
            : throw new InvalidOperationException($"`{script}` ended with {code}:\n{errors}\n{output}");
    }

    private static async Task<bool> CanRunAsync(string program, params string[] arguments)
    {
        try
        {
            return (await RunAsync(program, arguments, "")).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program.
            return false;
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        // What is spoken to is on this machine, whatever proxy stands before the others.
        (start.Environment["NO_PROXY"], start.Environment["no_proxy"]) = ("127.0.0.1", "127.0.0.1");
        (start.Environment["PYTHONDONTWRITEBYTECODE"], start.Environment["PYTHONUTF8"]) = ("1", "1");
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
