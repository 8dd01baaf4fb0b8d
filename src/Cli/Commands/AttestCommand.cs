using System.CommandLine;
using GitOpsGate.Attestations;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate ruling attest</c>: signed statements of a ruling, for those who do not ask the gate.</summary>
internal static class AttestCommand
{
    public static Command Make()
    {
        var id = new Argument<string>("id") { Description = "the ruling's id" };
        var predicate = new Option<string>("--predicate")
        {
            Description = "decision (the ruling with all that it rests on), vsa (SLSA's verification summary of a merged revision) or provenance (how it came into its branch)",
            DefaultValueFactory = _ => AttestationPredicate.Decision.Word,
        };
        predicate.AcceptOnlyFromAmong([.. AttestationPredicate.All.Select(one => one.Word)]);
        var output = new Option<FileInfo?>("--out") { Description = "where the envelope is written; without it, to the standard output" };
        return new Command("attest", "sign a statement of a ruling: an in-toto statement in a DSSE envelope, JSON with and without --json") { id, predicate, output }
            .Does(async (parsed, cancellation) =>
            {
                using var client = Common.Client(parsed);
                var path = $"rulings/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/attestations?predicate={parsed.GetRequiredValue(predicate)}";
                if (parsed.GetValue(output) is not { } file)
                {
                    Terminal.Text(await client.PostForTextAsync(path, cancellation));
                    return ExitCode.Ok;
                }

                var bytes = await client.DownloadAsync(path, file.FullName, cancellation);
                Terminal.Line($"{file.FullName}: {bytes} bytes");
                return ExitCode.Ok;
            });
    }
}
