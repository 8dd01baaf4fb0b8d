using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit mirror</c>: a verified copy of a transparency log in a folder.</summary>
internal static class AuditMirrorCommand
{
    public static Command Make()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "where the copy is, or will be; C2SP tlog-tiles, as any web server may give it out" };
        var key = new Option<string>("--key")
        {
            Description = "the log's key, known from elsewhere (name+hash+base64), or a file: the keys.json that you keep",
            Required = true,
        };
        var log = new Option<string?>("--log") { Description = "the address of any C2SP log, without token; by default the gateway's own log" };
        var origin = new Option<string?>("--origin") { Description = "the log's origin, where it is not its key's name" };
        var most = new Option<long>("--most") { Description = "how many new entries are taken at most", DefaultValueFactory = _ => MirrorCopy.UsualMost };
        var again = new Option<bool>("--again") { Description = "verify what is there already again, too, and get anew what is damaged" };
        var check = new Option<bool>("--check") { Description = "only verify the copy, offline" };
        return new Command("mirror", "copy the log into a folder, verified; each run goes on where the last one stopped") { folder, key, log, origin, most, again, check }
            .Does(async (parsed, cancellation) =>
            {
                var (keys, isCheck) = (Keys(parsed.GetRequiredValue(key), parsed.GetValue(origin)), parsed.GetValue(check));
                if (isCheck && parsed.GetValue(log) is not null) throw new CommandFailure(ExitCode.Usage, "`--check` asks nobody: leave `--log` away");
                var copy = new MirrorFolder(parsed.GetRequiredValue(folder).FullName);
                using var source = isCheck ? null : Source(parsed, parsed.GetValue(log), keys);
                var run = new MirrorCopy(source is null ? copy : source, copy, keys) { Most = parsed.GetValue(most), IsAgain = isCheck || parsed.GetValue(again) };
                Print(await RunAsync(run, isCheck ? null : copy, cancellation), parsed.GetValue(Common.Json), isCheck);
                return ExitCode.Ok;
            });
    }

    /// <summary>Reads a key as it is given, or the file with the keys that it names.</summary>
    public static LogKeys Keys(string given, string? origin)
    {
        try
        {
            var keys = LogKeys.Parse(File.Exists(given) ? File.ReadAllText(given) : given);
            return origin is null ? keys : keys with { Origin = origin };
        }
        catch (FormatException trouble)
        {
            throw new CommandFailure(ExitCode.Usage, $"--key: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"--key: `{given}` cannot be read: {trouble.Message}");
        }
    }

    // A token is for the gateway alone, and never goes to another log's address.
    private static HttpLogSource Source(ParseResult parsed, string? log, LogKeys keys) => log is not null
        ? new HttpLogSource(log, null)
        : new HttpLogSource(
            $"{parsed.GetRequiredValue(Common.Gateway).TrimEnd('/')}/audit/v1/log/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(keys.Origin)))}",
            parsed.GetValue(Common.Token) ?? Environment.GetEnvironmentVariable("GATE_TOKEN"));

    private static async Task<MirrorReport> RunAsync(MirrorCopy run, MirrorFolder? held, CancellationToken cancellation)
    {
        try
        {
            using var owner = held?.Hold();
            return await run.RunAsync(cancellation);
        }
        catch (LogRefusedException trouble)
        {
            throw new CommandFailure(ExitCode.No, trouble.Message);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Gateway, trouble.Message);
        }
    }

    private static void Print(MirrorReport report, bool isJson, bool isCheck)
    {
        if (isJson)
        {
            Terminal.Json(JsonSerializer.SerializeToElement(new Dictionary<string, object>
            {
                ["origin"] = report.Head.Origin,
                ["size"] = report.Head.Size,
                ["root"] = Convert.ToBase64String(report.Head.Root.Span),
                ["before"] = report.Before,
                ["files"] = report.Files,
                ["bytes"] = report.Bytes,
            }));
        }
        else if (isCheck)
        {
            Terminal.Line($"verified: {report.Head.Size} entries of {report.Head.Origin}, root {Convert.ToBase64String(report.Head.Root.Span)}");
        }
        else
        {
            Terminal.Line($"mirrored: {report.Head.Size} entries of {report.Head.Origin}, {report.Head.Size - report.Before} of them new ({report.Files} files, {report.Bytes} bytes)");
        }
    }
}
