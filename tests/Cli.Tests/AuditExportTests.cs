using System.Collections.Immutable;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Changes;
using GitOpsGate.Dispatch;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>Evidence on the command line: downloaded from a gateway, checked without one.</summary>
public class AuditExportTests
{
    private static readonly string[] Asked = ["audit", "export", "--from", "2026-06-01", "--to", "2026-06-02T12:30:00Z"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_genuine_bundle_holds_and_a_forged_one_is_named_with_its_file()
    {
        using var folder = new TestFolder();
        var log = new SmallLog();
        var path = Path.Combine(folder.Path, "bundle.zip");
        await using (var zip = File.Create(path)) await log.WriteAsync(zip);
        var (code, output, errors) = await GateProgram.RunAsync("audit", "check", path, "--key", log.Key.ToString());
        Assert.True(code == 0, output + errors);
        Assert.Equal(12, output.Split('\n').Count(line => line.StartsWith("ok   ", StringComparison.Ordinal)));
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            zip.GetEntry("log/entries.jsonl")!.Delete();
            await using var entries = zip.CreateEntry("log/entries.jsonl").Open();
            await entries.WriteAsync(Encoding.UTF8.GetBytes("{}\n"), Cancellation);
        }

        (code, output, _) = await GateProgram.RunAsync("audit", "check", path, "--key", log.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains("FAIL root from leaves: log/entries.jsonl", output, StringComparison.Ordinal);
        Assert.Contains("FAIL sequence: log/entries.jsonl:1: ", output, StringComparison.Ordinal);
        Assert.Contains("FAIL manifest: log/entries.jsonl: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_names_the_log_and_asks_for_cosignatures()
    {
        using var folder = new TestFolder();
        var log = new SmallLog();
        var path = Path.Combine(folder.Path, "bundle.zip");
        await using (var zip = File.Create(path)) await log.WriteAsync(zip);
        var (code, output, errors) = await GateProgram.RunAsync("audit", "check", path, "--policy", folder.Write("none", $"log {log.Key}\nquorum none\n"));
        Assert.True(code == 0, output + errors);
        Assert.Contains("ok   quorum", output, StringComparison.Ordinal);
        using var witness = new Ed25519Signer("w.example.org/w", Ed25519PrivateKey.FromSeed(new byte[32]), isWitness: true);
        var strict = folder.Write("strict", $"witness firm {witness.Key}\nquorum firm\n");
        (code, output, _) = await GateProgram.RunAsync("audit", "check", path, "--key", log.Key.ToString(), "--policy", strict);
        Assert.Equal(1, code);
        Assert.Contains("FAIL quorum: log/checkpoint: quorum asks for witness `firm`; given: none", output, StringComparison.Ordinal);
        foreach (var (arguments, says) in ((string[], string)[])
            [([], "`--key` is missing"), (["--policy", strict], "it names 0 logs"), (["--policy", folder.Write("no", "trust me")], "--policy: line 1 of the policy"), (["--policy", strict + "x"], "cannot be read")])
        {
            (code, _, errors) = await GateProgram.RunAsync(["audit", "check", path, .. arguments]);
            Assert.Equal(2, code);
            Assert.Contains(says, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_cannot_be_checked_says_why()
    {
        using var folder = new TestFolder();
        var (file, key) = (folder.Write("no.zip", "no zip"), new SmallLog().Key.ToString());
        var (code, _, errors) = await GateProgram.RunAsync("audit", "check", file, "--key", key);
        Assert.Equal(1, code);
        Assert.Contains("`no.zip`", errors, StringComparison.Ordinal);
        (code, _, errors) = await GateProgram.RunAsync("audit", "check", file + "x", "--key", key);
        Assert.Equal(2, code);
        Assert.Contains("cannot be read", errors, StringComparison.Ordinal);
        (code, _, errors) = await GateProgram.RunAsync("audit", "check", file, "--key", "k");
        Assert.Equal(2, code);
        Assert.Contains("--key: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_is_downloaded_whole_and_nothing_is_left_of_a_refused_one()
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "evidence.zip");
        using var listener = Listening(out var address);
        var (asked, (code, output, errors)) = await AnsweredAsync(listener, address, 200, "application/zip", "PK and more", "--environment", "prod west", "--out", path);
        Assert.True(code == 0, output + errors);
        Assert.Equal("POST /audit/v1/export?from=2026-06-01T00%3A00%3A00.000Z&to=2026-06-02T12%3A30%3A00.000Z&environment=prod%20west", asked);
        Assert.Equal("PK and more", await File.ReadAllTextAsync(path, Cancellation));
        File.Delete(path);
        (_, (code, _, errors)) = await AnsweredAsync(listener, address, 403, "application/problem+json", """{"detail":"this needs the role `Operator`"}""", "--out", path);
        Assert.Equal(3, code);
        Assert.Contains("this needs the role `Operator`", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Theory]
    [InlineData("--from", "yesterday", "--to", "2026-01-01")]
    [InlineData("--from", "2026-01-02", "--to", "2026-01-01")]
    [InlineData("--from", "2026-01-01", "--to", "2026-01-02", "--sample", "3")]
    public async Task A_query_that_cannot_be_answered_is_not_even_asked(params string[] wrong)
    {
        var (code, _, errors) = await GateProgram.RunAsync(["audit", "export", "--gateway", "http://127.0.0.1:1", "--out", "never.zip", .. wrong]);
        Assert.Equal(2, code);
        Assert.NotEmpty(errors);
    }

    private static HttpListener Listening(out string address)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();
        var listener = new HttpListener();
        listener.Prefixes.Add(address + "/");
        listener.Start();
        return listener;
    }

    private static async Task<(string Asked, (int Code, string Output, string Errors) Ended)> AnsweredAsync(
        HttpListener listener, string address, int status, string type, string body, params string[] more)
    {
        var running = GateProgram.RunAsync([.. Asked, "--gateway", address, "--token", "t", .. more]);
        var context = await listener.GetContextAsync();
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body), Cancellation);
        context.Response.Close();
        return ($"{context.Request.HttpMethod} {context.Request.RawUrl}", await running);
    }

    /// <summary>A log of a few entries, fewer than a tile holds.</summary>
    private sealed class SmallLog : IAuditReader, ICheckpointStore, ISealedSections, IAttestations
    {
        private static readonly DateTimeOffset June = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        private static readonly AttestationSigner Attester = new(EnvelopeSigner.NewKey());
        private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.New();
        private readonly AuditLeaf[] _leaves = [.. Enumerable.Range(0, 9).Select(Leaf)];

        public NoteKey Key => NoteKey.Of("gate.example.org/audit/t_1", NoteAlgorithm.Ed25519, _key.PublicKey.Span);

        public async Task WriteAsync(Stream zip)
        {
            using var signer = new Ed25519Signer(Key.Name, _key);
            var proofs = new AuditProofs(this);
            var text = new Checkpoint(Key.Name, _leaves.Length, await proofs.RootAsync(_leaves.Length, Cancellation)).ToString();
            var note = new SignedNote(text, [signer.Sign(text, June)]);
            await new EvidenceExport(this, proofs, this, this, new BundleCompany(new AttestationFiles(this, Attester))).WriteAsync(note, LogKeys.Of(Key), new ExportQuery(June.AddDays(2), June.AddDays(5)), zip, Cancellation);
        }

        public Task<ImmutableArray<AuditLeaf>> ReadAsync(long from, int count, CancellationToken cancellation) =>
            Task.FromResult<ImmutableArray<AuditLeaf>>([.. _leaves.Skip((int)from).Take(count)]);

        public Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellation) =>
            Task.FromResult<ReadOnlyMemory<byte>?>(_leaves.Take(path.Width).SelectMany(leaf => leaf.Hash.ToArray()).ToArray());

        public Task<ReadOnlyMemory<byte>> KeepSignatureAsync(
            string keyId, string sha256, ReadOnlyMemory<byte> signature, CancellationToken cancellation) => Task.FromResult(signature);

        public Task<IssuedAttestation?> FindAsync(string sha256, CancellationToken cancellation) => throw new NotSupportedException();

        public Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<bool> FulfilAsync(
            string promise, ImmutableArray<(IssuedAttestation Attestation, AuditDraft Entry)> attestations, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<IssuedAttestation>> OfCommitAsync(CommitId commit, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<OpenedSection>> OpenAsync(ImmutableArray<AuditLeaf> leaves, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<AuditHead> HeadAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<string?> OriginAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<AuditLeaf>> OfAsync(string correlation, int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<AuditLeaf>> UnmanagedAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StoredCheckpoint?> NewestAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StoredCheckpoint?> AtMostAsync(long size, CancellationToken cancellation) => throw new NotSupportedException();

        public Task AddAsync(StoredCheckpoint checkpoint, CancellationToken cancellation) => throw new NotSupportedException();

        public Task AddLineAsync(long size, string witness, DateTimeOffset at, string line, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<string>> LinesAsync(long size, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<ImmutableArray<WitnessLine>> NewestLinesAsync(int most, CancellationToken cancellation) => throw new NotSupportedException();

        private static AuditLeaf Leaf(int index)
        {
            var draft = new AuditDraft { Type = AuditTypes.ConfigChanged, Outcome = AuditOutcome.Success, Subject = new AuditSubject("config", "gate.yaml") };
            var id = Ulid.Create(June, new byte[Ulid.ChanceLength]);
            var numbers = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
            var bytes = new PlacedEntry(index, id, June.AddDays(index), "t_1", draft, numbers).ToBytes();
            return new AuditLeaf(index, bytes, MerkleTree.LeafHash(bytes.Span));
        }
    }
}
