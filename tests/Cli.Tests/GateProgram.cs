using System.Diagnostics;

namespace GitOpsGate.Cli.Tests;

/// <summary>Runs the command line as a person does: a process, its arguments, what it prints, its exit code.</summary>
internal static class GateProgram
{
    public static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunWithAsync("", arguments);

    /// <summary>The same, with a text on standard input.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunWithAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "gate.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var name in (string[])["GATE_URL", "GATE_TOKEN"]) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}

/// <summary>A folder of files for one test.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-cli-");

    public string Path => _folder.FullName;

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
