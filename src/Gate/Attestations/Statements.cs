using System.Globalization;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Dispatch;
using GitOpsGate.Rulings;

namespace GitOpsGate.Attestations;

/// <summary>Writes in-toto statements (v1) of rulings. Pure: the same facts give the same bytes.</summary>
internal static class Statements
{
    internal const string SlsaVersion = "1.2";

    /// <summary>The statement in UTF-8.</summary>
    public static byte[] Write(AttestationPredicate predicate, AttestedFacts facts) => Dsse.Write(json =>
    {
        json.WriteString("_type", Dsse.StatementType);
        json.WriteStartArray("subject");
        Subject(json, predicate, facts);
        json.WriteEndArray();
        json.WriteString("predicateType", predicate.Type);
        json.WriteStartObject("predicate");
        if (predicate == AttestationPredicate.Vsa) Summary(json, facts);
        else if (predicate == AttestationPredicate.Provenance) Provenance(json, facts);
        else Decision(json, facts);
        json.WriteEndObject();
    });

    private static void Subject(Utf8JsonWriter json, AttestationPredicate predicate, AttestedFacts facts)
    {
        json.WriteStartObject();
        json.WriteString("name", facts.Repository);
        json.WriteStartObject("digest");
        json.WriteString("gitCommit", predicate.IsOfMerge ? facts.Merged.Value : facts.Ruling.Revision.Head.Value);
        json.WriteEndObject();
        if (predicate.IsOfMerge)
        {
            json.WriteStartObject("annotations");
            Texts(json, "sourceRefs", [facts.Branch]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// A verification summary (SLSA 1.2). The gate sees neither the forge's history nor how long its protections were in force, so the level is 1; what it
    /// does enforce itself stands as properties of the organization. Who trusts its key maps these to levels of their own.
    /// </summary>
    private static void Summary(Utf8JsonWriter json, AttestedFacts facts)
    {
        var isPassed = facts.Ruling.Verdict == Verdict.Allowed;
        json.WriteStartObject("verifier");
        json.WriteString("id", $"{facts.PublicUrl}/slsa/v1");
        json.WriteEndObject();
        json.WriteString("timeVerified", Time(facts.Ruling.RuledAt));
        json.WriteString("resourceUri", facts.Repository);
        json.WriteStartObject("policy");
        json.WriteString("uri", $"{facts.PublicUrl}/rulings/{facts.Ruling.Id}");
        Digest(json, facts.Ruling.RulesDigest);
        json.WriteEndObject();
        json.WriteStartArray("inputAttestations");
        foreach (var input in facts.Inputs)
        {
            json.WriteStartObject();
            Digest(json, input);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("verificationResult", isPassed ? "PASSED" : "FAILED");
        Texts(json, "verifiedLevels", isPassed ? Levels(facts) : ["FAILED"]);
        json.WriteString("slsaVersion", SlsaVersion);
    }

    private static IEnumerable<string> Levels(AttestedFacts facts)
    {
        yield return "SLSA_SOURCE_LEVEL_1";
        yield return "ORG_SOURCE_GATE_ALLOWED";
        var others = facts.Approvals.Where(approval => approval.By != facts.Author).ToArray();
        if (others.Length > 0) yield return "ORG_SOURCE_APPROVED_BY_ANOTHER";
        if (others.Any(approval => approval.On == facts.Ruling.Revision.Head)) yield return "ORG_SOURCE_APPROVED_LAST_REVISION";
        if (facts.Ruling.Override is null) yield return "ORG_SOURCE_NO_OVERRIDE";
    }

    private static void Provenance(Utf8JsonWriter json, AttestedFacts facts)
    {
        json.WriteString("repository", facts.Repository);
        json.WriteString("ref", facts.Branch);
        json.WriteString("revision", facts.Merged.Value);
        if (facts.Move is { } move) Moved(json, move);
        json.WriteString("head", facts.Ruling.Revision.Head.Value);
        if (!facts.Ruling.MergeBase.IsNone) json.WriteString("mergeBase", facts.Ruling.MergeBase.Value);
        json.WriteString("activity", "merge");
        json.WriteString("change", facts.Change.Key.ToString());
        json.WriteString("author", facts.Author);
        if (facts.Merger is { } merger) json.WriteString("actor", merger);
        Texts(json, "reviewers", facts.Approvals.Select(approval => approval.By).Distinct().Order(StringComparer.Ordinal));
        if (facts.Change.MergedAt is { } at) json.WriteString("mergedAt", Time(at));
        json.WriteStartArray("controls");
        Controls(json, facts);
        json.WriteEndArray();
        Ruled(json, facts);
    }

    /// <summary>What the branch held before, and when the gate saw it move.</summary>
    internal static void Moved(Utf8JsonWriter json, AttestedMove move)
    {
        if (!move.Before.IsNone) json.WriteString("previous", move.Before.Value);
        json.WriteString("movedAt", Time(move.At));
        json.WriteBoolean("forced", move.IsForced);
    }

    // Those that this merge met; since when without a lapse is known only at the merge itself.
    private static void Controls(Utf8JsonWriter json, AttestedFacts facts)
    {
        foreach (var requirement in facts.Ruling.ForEverybody().Requirements.Where(one => one.State == RequirementState.Approved))
        {
            json.WriteStartObject();
            json.WriteString("name", requirement.Rule);
            json.WriteNumber("required", requirement.Required);
            Since(json, facts, BranchControls.NameOf(requirement));
            json.WriteEndObject();
        }

        if (facts.Move is null) return;
        foreach (var bundle in facts.Ruling.Bundles)
        {
            json.WriteStartObject();
            json.WriteString("name", BranchControls.NameOf(bundle));
            json.WriteString("revision", bundle.Revision);
            Since(json, facts, BranchControls.NameOf(bundle));
            json.WriteEndObject();
        }
    }

    private static void Since(Utf8JsonWriter json, AttestedFacts facts, string control)
    {
        if (facts.Move?.Controls.FirstOrDefault(held => held.Name == control) is not { } since) return;
        json.WriteString("since", Time(since.Since));
        json.WriteString("startRevision", since.From.Value);
    }

    private static void Decision(Utf8JsonWriter json, AttestedFacts facts)
    {
        var ruling = facts.Ruling;
        json.WriteString("change", facts.Change.Key.ToString());
        json.WriteString("head", ruling.Revision.Head.Value);
        if (!ruling.MergeBase.IsNone) json.WriteString("mergeBase", ruling.MergeBase.Value);
        json.WriteString("targetBranch", ruling.TargetBranch);
        json.WriteStartObject("evidence");
        Digest(json, ruling.EvidenceDigest);
        json.WriteEndObject();
        json.WriteStartArray("policies");
        foreach (var bundle in ruling.Bundles)
        {
            json.WriteStartObject();
            json.WriteString("name", bundle.Name);
            json.WriteString("engine", bundle.Engine);
            json.WriteString("revision", bundle.Revision);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (var finding in ruling.ForEverybody().Findings)
        {
            json.WriteStartObject();
            json.WriteString("rule", finding.Rule);
            json.WriteString("weight", RulingEntries.Word(finding.Weight));
            json.WriteBoolean("decides", finding.Decides);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("approvals");
        foreach (var approval in facts.Approvals)
        {
            json.WriteStartObject();
            json.WriteString("rule", approval.Rule);
            json.WriteString("by", approval.By);
            json.WriteString("at", Time(approval.At));
            json.WriteString("on", approval.On.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("author", facts.Author);
        if (facts.OverriddenBy is { } overrider) json.WriteString("overriddenBy", overrider);
        Ruled(json, facts);
    }

    /// <summary>Which ruling it is, and where the log has it.</summary>
    private static void Ruled(Utf8JsonWriter json, AttestedFacts facts)
    {
        json.WriteStartObject("ruling");
        json.WriteString("id", facts.Ruling.Id.ToString());
        json.WriteString("verdict", RulingEntries.Word(facts.Ruling.Verdict));
        json.WriteString("ruledAt", Time(facts.Ruling.RuledAt));
        json.WriteStartObject("rules");
        Digest(json, facts.Ruling.RulesDigest);
        json.WriteEndObject();
        json.WriteEndObject();
        Logged(json, facts.Log, facts.AuditIndex);
        json.WriteString("createdOn", Time(facts.Now));
    }

    /// <summary>Which log it stands in, and where, if that is known.</summary>
    internal static void Logged(Utf8JsonWriter json, Checkpoint log, long? seq)
    {
        json.WriteStartObject("log");
        json.WriteString("origin", log.Origin);
        if (seq is { } index) json.WriteNumber("seq", index);
        json.WriteNumber("size", log.Size);
        json.WriteBase64String("root", log.Root.Span);
        json.WriteEndObject();
    }

    private static void Digest(Utf8JsonWriter json, string sha256)
    {
        json.WriteStartObject("digest");
        json.WriteString("sha256", sha256);
        json.WriteEndObject();
    }

    internal static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
}
