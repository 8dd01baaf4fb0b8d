using System.CommandLine;
using System.Globalization;
using GitOpsGate.Exports;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit export</c> and <c>gate audit check</c>: evidence as one file, and its check without a gateway.</summary>
internal static class AuditExportCommand
{
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"];

    public static Command Make()
    {
        var from = new Option<string>("--from") { Description = "the period's first instant: a day (2026-01-31) or an instant in UTC (…T08:00:00Z)", Required = true };
        var to = new Option<string>("--to") { Description = "the instant after the period, likewise", Required = true };
        var environment = new Option<string?>("--environment") { Description = "report deployments to this environment alone" };
        var previous = new Option<long?>("--previous") { Description = "the size of an earlier checkpoint that the log is shown to continue" };
        var sample = new Option<int?>("--sample") { Description = "draw this many rows of the population, so that nobody can steer them" };
        var nonce = new Option<string?>("--nonce") { Description = "the auditor's own words that the sample is drawn from" };
        var disclose = new Option<bool>("--disclose") { Description = "disclose names, titles and reasons that are sealed; for admins alone" };
        var output = new Option<FileInfo>("--out") { Description = "where the zip is written", Required = true };
        return new Command("export", "download the evidence of a period") { from, to, environment, previous, sample, nonce, disclose, output }
            .Does(async (parsed, cancellation) =>
            {
                var query = new ExportQuery(Moment("--from", parsed.GetRequiredValue(from)), Moment("--to", parsed.GetRequiredValue(to)))
                {
                    Environment = parsed.GetValue(environment),
                    Previous = parsed.GetValue(previous),
                    Sample = parsed.GetValue(sample),
                    Nonce = parsed.GetValue(nonce),
                    Discloses = parsed.GetValue(disclose),
                };
                if (query.Problem is { } problem) throw new CommandFailure(ExitCode.Usage, problem);
                var file = parsed.GetRequiredValue(output);
                using var client = Common.Client(parsed);
                var bytes = await client.DownloadAsync(Address(query), file.FullName, cancellation);
                Terminal.Line($"{file.FullName}: {bytes} bytes; check it with `gate audit check {file.Name} --key …`");
                return ExitCode.Ok;
            });
    }

    public static Command MakeCheck()
    {
        var bundle = new Argument<FileInfo>("file") { Description = "the zip that `gate audit export` wrote" };
        var key = new Option<string?>("--key") { Description = "the log's key, known from elsewhere than the file (name+hash+base64), or a file: the keys.json that you keep" };
        var policy = PolicyFile.Option;
        var previous = new Option<FileInfo?>("--previous") { Description = "the checkpoint that you kept from the last audit" };
        var tsa = new Option<FileInfo?>("--tsa") { Description = "the root certificates of the time-stamp authority in PEM, known from elsewhere than the file" };
        var attestationKey = new Option<FileInfo?>("--attestation-key")
        {
            Description = "the gate's attestation key (PEM), which signs the list of files; by default the one in the file",
        };
        return new Command("check", "check a file of evidence, offline") { bundle, key, policy, previous, tsa, attestationKey }.Does(async (parsed, cancellation) =>
        {
            var kept = parsed.GetValue(previous) is { } file ? await ReadAsync(file, cancellation) : null;
            var authorities = parsed.GetValue(tsa) is { } roots ? await ReadAsync(roots, cancellation) : null;
            var pem = parsed.GetValue(attestationKey) is { } known ? await ReadAsync(known, cancellation) : null;
            var asked = parsed.GetValue(policy) is { } named ? PolicyFile.Read(named) : null;
            var keys = parsed.GetValue(key) is { } given ? AuditMirrorCommand.Keys(given, null) : PolicyFile.KeysOf(asked);
            var trust = new BundleTrust(keys, kept, authorities) { Policy = asked, AttestationKey = pem };
            var parts = await CheckAsync(parsed.GetRequiredValue(bundle), trust, cancellation);
            foreach (var part in parts) Tell(part);
            return parts.All(part => part.Failures.IsEmpty) ? ExitCode.Ok : ExitCode.No;
        });
    }

    /// <summary>Prints what a check found.</summary>
    internal static void Tell(CheckedPart part)
    {
        if (part.Failures.IsEmpty) Terminal.Line(part.Note.Length > 0 ? $"ok   {part.Name}: {part.Note}" : $"ok   {part.Name}");
        foreach (var failure in part.Failures) Terminal.Line($"FAIL {part.Name}: {failure}");
    }

    private static async Task<IReadOnlyList<CheckedPart>> CheckAsync(FileInfo bundle, BundleTrust trust, CancellationToken cancellation)
    {
        try
        {
            await using var file = bundle.OpenRead();
            return await BundleCheck.RunAsync(file, trust, cancellation);
        }
        catch (InvalidDataException trouble)
        {
            throw new CommandFailure(ExitCode.No, $"`{bundle.Name}`: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{bundle.Name}` cannot be read: {trouble.Message}");
        }
    }

    private static async Task<string> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(file.FullName, cancellation);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{file.Name}` cannot be read: {trouble.Message}");
        }
    }

    /// <summary>A day or an instant of an option.</summary>
    internal static DateTimeOffset Moment(string option, string text) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new CommandFailure(ExitCode.Usage, $"{option}: `{text}` is no day and no instant; `2026-01-31` or `2026-01-31T08:00:00Z` would be right");

    private static string Address(ExportQuery query)
    {
        (string Name, string? Value)[] parameters =
        [
            ("from", query.Begins), ("to", query.Ends), ("environment", query.Environment), ("previous", query.Previous?.ToString(CultureInfo.InvariantCulture)),
            ("sample", query.Sample?.ToString(CultureInfo.InvariantCulture)), ("nonce", query.Nonce), ("disclose", query.Discloses ? "true" : null),
        ];
        var given = parameters.Where(one => one.Value is not null).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}");
        return $"../../audit/v1/export?{string.Join('&', given)}";
    }
}
