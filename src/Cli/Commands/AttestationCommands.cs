using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using GitOpsGate.Attestations;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate attestation</c>: those that the gate issued, and their check without a gateway.</summary>
internal static class AttestationCommands
{
    private const string StatementType = "application/vnd.in-toto+json";

    public static Command Make() => new("attestation", "what the gate has signed about commits") { List(), Get(), Verify() };

    private static Command List()
    {
        var commit = new Argument<string>("commit") { Description = "the full commit id" };
        return new Command("list", "the attestations of a commit, oldest first") { commit }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync($"attestations?commit={Uri.EscapeDataString(parsed.GetRequiredValue(commit))}", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Terminal.Table(["ISSUED", "PREDICATE", "SHA256"], [.. answer.List("items").Select(Row)]);
            return ExitCode.Ok;
        });
    }

    private static string[] Row(JsonElement one) => [Terminal.Moment(one.Member("issuedAt")), one.Text("predicate"), one.Text("sha256")];

    private static Command Get()
    {
        var digest = new Argument<string>("sha256") { Description = "the envelope's digest, as the log and `list` have it" };
        var output = new Option<FileInfo>("--out") { Description = "where the envelope is written", Required = true };
        return new Command("get", "download an attestation, byte for byte") { digest, output }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var file = parsed.GetRequiredValue(output);
            var bytes = await client.DownloadAsync($"attestations/{Uri.EscapeDataString(parsed.GetRequiredValue(digest))}", file.FullName, cancellation);
            Terminal.Line($"{file.FullName}: {bytes} bytes");
            return ExitCode.Ok;
        });
    }

    private static Command Verify()
    {
        var file = new Argument<FileInfo>("file") { Description = "the envelope (DSSE), byte for byte as it was issued" };
        var key = new Option<FileInfo>("--key") { Description = "the gate's attestation key (PEM), known from elsewhere than the file", Required = true };
        var commit = new Option<string?>("--commit") { Description = "the full commit id that it should be about" };
        var predicate = new Option<string?>("--predicate") { Description = "what it should say: decision, vsa or provenance" };
        predicate.AcceptOnlyFromAmong([.. AttestationPredicate.All.Select(one => one.Word)]);
        var log = new Option<string?>("--log") { Description = "a bundle of evidence, or the folder of a mirror, whose log should name it; needs --log-key" };
        var logKey = new Option<string?>("--log-key")
        {
            Description = "the log's key, known from elsewhere (name+hash+base64), or a file: the keys.json that you keep",
        };
        return new Command("verify", "check an attestation offline; exit code 1 when anything does not hold") { file, key, commit, predicate, log, logKey }
            .Does(async (parsed, cancellation) =>
            {
                var envelope = await ReadAsync(parsed.GetRequiredValue(file), cancellation);
                var asked = new Asked(parsed.GetValue(commit), parsed.GetValue(predicate), parsed.GetValue(log), parsed.GetValue(logKey));
                if ((asked.Log is null) != (asked.LogKey is null)) throw new CommandFailure(ExitCode.Usage, "--log and --log-key are given both or not at all");
                var pem = System.Text.Encoding.UTF8.GetString(await ReadAsync(parsed.GetRequiredValue(key), cancellation));
                return Tell([.. await CheckAsync(envelope, pem, asked, cancellation)], parsed.GetValue(Common.Json));
            });
    }

    private static async Task<List<CheckedPart>> CheckAsync(byte[] envelope, string pem, Asked asked, CancellationToken cancellation)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(envelope));
        var check = Envelope(envelope, pem);
        var parts = new List<CheckedPart> { check.IsGood ? Good("signature", $"sha256 {sha256}") : Bad("signature", check.Why) };
        // What was not signed by this key is not read any further.
        if (!check.IsGood) return parts;
        var statement = check.Type == StatementType ? StatementCheck.Of(check.Payload) : null;
        parts.Add(statement is null
            ? Bad("statement", $"the payload is no in-toto statement (v1) with a subject, but `{check.Type}`")
            : Good("statement", statement.PredicateType));
        if (statement is null) return parts;
        if (asked.Predicate is { } word) parts.Add(PredicatePart(statement, AttestationPredicate.Find(word)!));
        if (asked.Commit is { } commit) parts.Add(SubjectPart(statement, commit));
        if (asked.Log is { } log) parts.Add(await LogPartAsync(log, AuditMirrorCommand.Keys(asked.LogKey!, null), sha256, cancellation));
        return parts;
    }

    private static EnvelopeCheck Envelope(byte[] envelope, string pem)
    {
        try
        {
            return EnvelopeCheck.Of(envelope, pem);
        }
        catch (Exception trouble) when (trouble is ArgumentException or CryptographicException)
        {
            throw new CommandFailure(ExitCode.Usage, "--key: the file holds no PEM `PUBLIC KEY` block");
        }
    }

    private static CheckedPart PredicatePart(StatementCheck statement, AttestationPredicate asked) => statement.PredicateType == asked.Type
        ? Good("predicate", asked.Word)
        : Bad("predicate", $"it is `{statement.PredicateType}`; `{asked.Type}` would be right");

    private static CheckedPart SubjectPart(StatementCheck statement, string commit)
    {
        var named = statement.Subjects.SelectMany(subject => subject.Digests).Where(digest => digest.Key == "gitCommit").Select(digest => digest.Value).ToArray();
        return named.Contains(commit.ToLowerInvariant(), StringComparer.Ordinal)
            ? Good("subject", commit.ToLowerInvariant())
            : Bad("subject", $"it is about {(named.Length == 0 ? "no commit" : $"`{string.Join("`, `", named)}`")}, and not about `{commit}`");
    }

    private static async Task<CheckedPart> LogPartAsync(string path, LogKeys keys, string sha256, CancellationToken cancellation)
    {
        try
        {
            var trace = Directory.Exists(path)
                ? await AttestationTrace.InMirrorAsync(new MirrorFolder(Path.GetFullPath(path)), keys, sha256, cancellation)
                : await InBundleAsync(path, keys, sha256, cancellation);
            if (!trace.Failures.IsEmpty) return new CheckedPart("log", trace.Failures);
            return trace.Seq is { } seq ? Good("log", $"entry {seq} names it") : Bad("log", $"no entry of `{path}` names it as issued");
        }
        catch (InvalidDataException trouble)
        {
            return Bad("log", $"`{path}`: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{path}` cannot be read: {trouble.Message}");
        }
    }

    private static async Task<AttestationTrace> InBundleAsync(string path, LogKeys keys, string sha256, CancellationToken cancellation)
    {
        await using var bundle = File.OpenRead(path);
        return await AttestationTrace.InBundleAsync(bundle, keys, sha256, cancellation);
    }

    private static int Tell(ImmutableArray<CheckedPart> parts, bool isJson)
    {
        var holds = parts.All(part => part.Failures.IsEmpty);
        if (isJson)
        {
            Terminal.Json(JsonSerializer.SerializeToElement(new
            {
                verified = holds,
                checks = parts.Select(part => new { name = part.Name, note = part.Note, failures = part.Failures.ToArray() }).ToArray(),
            }));
        }
        else
        {
            foreach (var part in parts) AuditExportCommand.Tell(part);
        }

        return holds ? ExitCode.Ok : ExitCode.No;
    }

    private static CheckedPart Good(string name, string note) => new(name, []) { Note = note };

    private static CheckedPart Bad(string name, string why) => new(name, [why]);

    private static async Task<byte[]> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            return file.Length <= EnvelopeCheck.MaxBytes
                ? await File.ReadAllBytesAsync(file.FullName, cancellation)
                : throw new CommandFailure(ExitCode.Usage, $"`{file.Name}` has more than {EnvelopeCheck.MaxBytes} bytes");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{file.Name}` cannot be read: {trouble.Message}");
        }
    }

    /// <summary>What it is held against.</summary>
    private sealed record Asked(string? Commit, string? Predicate, string? Log, string? LogKey);
}
