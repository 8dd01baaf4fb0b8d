using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary><c>gate witness</c> as its operator runs it: a process that prints its key, cosigns, and is gone when it is asked to stop.</summary>
public class WitnessTests
{
    private static string Gate => Path.Combine(AppContext.BaseDirectory, "gate.dll");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_witness_is_started_from_the_command_line_cosigns_and_stops_with_it()
    {
        using var folder = new TempFolder();
        using var log = new Ed25519Signer("log.example.org/l", Ed25519PrivateKey.New());
        string[] arguments =
        [
            Gate, "witness", "--folder", Path.Combine(folder.Path, "w"), "--name", "w.example.org/w",
            "--log", log.Key.ToString(), "--listen", "127.0.0.1:0",
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        try
        {
            var key = NoteKey.Parse(await SaidAsync(process, "witness key: "));
            Assert.Equal("log.example.org/l", await SaidAsync(process, "watches: "));
            var address = await SaidAsync(process, "listens on: ");
            var text = new Checkpoint("log.example.org/l", 1, MerkleTree.LeafHash("one"u8)).ToString();
            var note = new SignedNote(text, [log.Sign(text, default)]);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            using var body = new StringContent($"old 0\n\n{note}", Encoding.UTF8);
            using var answer = await http.PostAsync(new Uri($"{address}/add-checkpoint"), body, Cancellation);
            var line = (await answer.Content.ReadAsStringAsync(Cancellation)).TrimEnd('\n');
            Assert.Equal(2, note.With(SignedNote.ParseLine(line)).Verify([log.Key, key]).Length);

            using var asking = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync(Cancellation);
            await Eventually.TrueAsync(() => IsGoneAsync(http, address), () => "the witness still answers");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.DoesNotContain("fault of this program", await errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_and_its_witness_are_verified_together_from_the_command_line()
    {
        using var folder = new TempFolder();
        await using var scene = await ForgeScene.StartAsync("github");
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("0")));
        await using var gateway = await Gateway.StartAsync(scene);
        await gateway.IdleAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Token);
        var (keys, policy) = (Path.Combine(folder.Path, "keys.json"), Path.Combine(folder.Path, "policy.txt"));
        await File.WriteAllTextAsync(keys, await http.GetStringAsync(new Uri($"{gateway.Url}/audit/v1/keys.json"), Cancellation), Cancellation);
        gateway.Kill();

        string[] arguments = [Gate, "witness", "--folder", Path.Combine(folder.Path, "w"), "--name", "w.example.org/w", "--log", keys, "--listen", "127.0.0.1:0"];
        using var witness = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        try
        {
            var (key, address) = (await SaidAsync(witness, "witness key: "), await SaidAsync(witness, "listens on: "));
            var config = Path.Combine(Path.GetDirectoryName(gateway.DataFolder)!, "gate.yaml");
            await File.AppendAllTextAsync(config, $"audit:\n  requireWitness: true\n  witnesses:\n    - {{name: firm, vkey: '{key}', url: '{address}', allowPrivate: true}}\n", Cancellation);
            await gateway.StartAgainAsync();
            await File.WriteAllTextAsync(policy, $"witness firm {key}\nquorum firm\n", Cancellation);
            Assert.StartsWith("verified: ", await GateAsync(gateway, 0, "audit", "verify", "--policy", policy), StringComparison.Ordinal);
            using var other = new Ed25519Signer("o.example.org/w", Ed25519PrivateKey.New(), isWitness: true);
            await File.WriteAllTextAsync(policy, $"witness firm {key}\nwitness other {other.Key}\ngroup both all firm other\nquorum both\n", Cancellation);
            Assert.Contains("quorum `both` asks for 2 of `firm`, `other`; given: `firm`", await GateAsync(gateway, 1, "audit", "verify", "--policy", policy), StringComparison.Ordinal);
        }
        finally
        {
            witness.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> GateAsync(Gateway gateway, int code, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Gate, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["GATE_URL"], start.Environment["GATE_TOKEN"]) = (gateway.Url, gateway.Token);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        var said = await output + await errors;
        Assert.True(process.ExitCode == code, $"gate {string.Join(' ', arguments)}: {process.ExitCode} {said}");
        return said;
    }

    private static async Task<string> SaidAsync(Process process, string what)
    {
        while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith(what, StringComparison.Ordinal)) return line[what.Length..];
        }

        throw new InvalidOperationException($"the witness did not say `{what}`");
    }

    private static async Task<bool> IsGoneAsync(HttpClient http, string address)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address), Cancellation);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
