using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>
/// Records that the configuration or a bundle is another one than at the last start. What was seen last is a small file in the
/// data
/// folder; without it, everything is new.
/// </summary>
internal sealed class StartEntries(GateConfiguration configuration, BundleEngines engines, IGateStore store, TimeProvider clock)
{
    private string SeenPath => Path.Combine(configuration.DataFolder, "last-start");

    public async Task WriteAsync(CancellationToken cancellation)
    {
        var seen = File.Exists(SeenPath) ? (await File.ReadAllLinesAsync(SeenPath, cancellation)).ToHashSet(StringComparer.Ordinal) : [];
        var now = Now().ToImmutableArray();
        var entries = now.Where(one => !seen.Contains(one.Line)).Select(one => one.Entry).ToImmutableArray();
        if (entries.IsEmpty) return;
        await store.RecordAsync(new Record { Entries = entries, At = clock.GetUtcNow() }, cancellation);
        await File.WriteAllLinesAsync(SeenPath, now.Select(one => one.Line), cancellation);
    }

    private IEnumerable<(string Line, AuditDraft Entry)> Now()
    {
        yield return ($"config {configuration.Digest}", Draft(AuditTypes.ConfigChanged, "config", "gate.yaml", configuration.Digest));
        foreach (var (bundle, engine) in engines.Ready)
        {
            var draft = Draft(AuditTypes.PolicyActivated, "policy", bundle, engine.BundleRevision);
            yield return ($"bundle {bundle} {engine.BundleRevision}", draft with { Attributes = draft.Attributes.Add("engine", engine.Name) });
        }
    }

    private static AuditDraft Draft(string type, string kind, string name, string digest) => new()
    {
        Type = type,
        Outcome = AuditOutcome.Success,
        Subject = new AuditSubject(kind, name, digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest : "sha256:" + digest),
    };
}
