using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>Attestations and references in memory.</summary>
internal sealed class MemoryAttestations : IAttestations, IIdentities
{
    private readonly Lock _gate = new();
    private readonly List<IssuedAttestation> _issued = [];
    private readonly HashSet<string> _fulfilled = [];

    public Task AddAsync(IssuedAttestation attestation, AuditDraft entry, CancellationToken cancellation)
    {
        lock (_gate) _issued.Add(attestation);
        return Task.CompletedTask;
    }

    public Task<bool> FulfilAsync(
        string promise, ImmutableArray<(IssuedAttestation Attestation, AuditDraft Entry)> attestations, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_fulfilled.Add(promise)) return Task.FromResult(false);
            _issued.AddRange(attestations.Select(one => one.Attestation));
            return Task.FromResult(true);
        }
    }

    public Task<ImmutableArray<IssuedAttestation>> OfRulingAsync(RulingId ruling, CancellationToken cancellation) => ListAsync(one => one.Ruling == ruling);

    public Task<ImmutableArray<IssuedAttestation>> OfCommitAsync(CommitId commit, CancellationToken cancellation) => ListAsync(one => one.Commit == commit);

    public async Task<IssuedAttestation?> FindAsync(string sha256, CancellationToken cancellation) => (await ListAsync(one => one.Sha256 == sha256)).FirstOrDefault();

    public Task<ReadOnlyMemory<byte>> KeepSignatureAsync(
        string keyId, string sha256, ReadOnlyMemory<byte> signature, CancellationToken cancellation) => Task.FromResult(signature);

    public Task<string> ReferenceOfAsync(string forge, string personId, CancellationToken cancellation) => Task.FromResult($"a_{personId}");

    private Task<ImmutableArray<IssuedAttestation>> ListAsync(Func<IssuedAttestation, bool> which)
    {
        lock (_gate) return Task.FromResult<ImmutableArray<IssuedAttestation>>([.. _issued.Where(which)]);
    }
}
