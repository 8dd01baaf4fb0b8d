using System.Text.Json;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Attestations;

/// <summary>All that statements of a push are written from that no ruling covers.</summary>
/// <param name="Log">The log, as long as it is when this is written: the push's entry is in it.</param>
/// <param name="Repository">As SLSA names one.</param>
internal sealed record UncoveredFacts(AttestedMove Move, Checkpoint Log, string PublicUrl, string Repository, DateTimeOffset Now)
{
    public string Branch => $"refs/heads/{Move.Branch}";
}

/// <summary>
/// Writes in-toto statements (v1) of pushes that no ruling covers: a verification summary that failed, and a provenance without a control. Nobody is
/// named, since only the forge knows who pushed. Pure: the same facts give the same bytes.
/// </summary>
internal static class UncoveredStatements
{
    /// <summary>The statement in UTF-8.</summary>
    public static byte[] Write(AttestationPredicate predicate, UncoveredFacts facts) => Dsse.Write(json =>
    {
        json.WriteString("_type", Dsse.StatementType);
        json.WriteStartArray("subject");
        json.WriteStartObject();
        json.WriteString("name", facts.Repository);
        json.WriteStartObject("digest");
        json.WriteString("gitCommit", facts.Move.Commit.Value);
        json.WriteEndObject();
        json.WriteStartObject("annotations");
        Statements.Texts(json, "sourceRefs", [facts.Branch]);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("predicateType", predicate.Type);
        json.WriteStartObject("predicate");
        if (predicate == AttestationPredicate.Vsa) Summary(json, facts);
        else Provenance(json, facts);
        json.WriteEndObject();
    });

    private static void Summary(Utf8JsonWriter json, UncoveredFacts facts)
    {
        json.WriteStartObject("verifier");
        json.WriteString("id", $"{facts.PublicUrl}/slsa/v1");
        json.WriteEndObject();
        json.WriteString("timeVerified", Statements.Time(facts.Move.At));
        json.WriteString("resourceUri", facts.Repository);
        json.WriteStartObject("policy");
        json.WriteString("uri", $"{facts.PublicUrl}/unmanaged");
        json.WriteEndObject();
        json.WriteString("verificationResult", "FAILED");
        Statements.Texts(json, "verifiedLevels", ["FAILED"]);
        json.WriteString("slsaVersion", Statements.SlsaVersion);
    }

    private static void Provenance(Utf8JsonWriter json, UncoveredFacts facts)
    {
        json.WriteString("repository", facts.Repository);
        json.WriteString("ref", facts.Branch);
        json.WriteString("revision", facts.Move.Commit.Value);
        Statements.Moved(json, facts.Move);
        json.WriteString("activity", "push");
        json.WriteStartArray("controls");
        json.WriteEndArray();
        Statements.Logged(json, facts.Log, seq: null);
        json.WriteString("createdOn", Statements.Time(facts.Now));
    }
}
