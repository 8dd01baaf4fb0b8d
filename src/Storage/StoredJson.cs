using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>The domain's values as they stand in rows: see <see cref="StoredForm"/>.</summary>
internal static class StoredJson
{
    public static string Write<T>(T value) => StoredForm.Write(value);

    /// <exception cref="InvalidDataException">The stored text is not of that shape.</exception>
    public static T Read<T>(string json) => StoredForm.Read<T>(json);

    /// <summary>The word for a kind of obligation, as it is stored.</summary>
    public static string KindOf(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus => "status",
        Obligation.Explain => "comment",
        Obligation.Answer => "answer",
        Obligation.AnswerDeployment => "deployment",
        Obligation.Attest => "attest",
        Obligation.Send => "dispatch",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Write(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus status => Write<Obligation.ReportStatus>(status),
        Obligation.Explain comment => Write<Obligation.Explain>(comment),
        Obligation.Answer answer => Write<Obligation.Answer>(answer),
        Obligation.AnswerDeployment deployment => Write<Obligation.AnswerDeployment>(deployment),
        Obligation.Attest attest => Write<Obligation.Attest>(attest),
        Obligation.Send dispatch => Write<Obligation.Send>(dispatch),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <exception cref="InvalidDataException">The stored text is not of that kind.</exception>
    public static Obligation ReadObligation(string kind, string json) => kind switch
    {
        "status" => Read<Obligation.ReportStatus>(json),
        "comment" => Read<Obligation.Explain>(json),
        "answer" => Read<Obligation.Answer>(json),
        "deployment" => Read<Obligation.AnswerDeployment>(json),
        "attest" => Read<Obligation.Attest>(json),
        "dispatch" => Read<Obligation.Send>(json),
        _ => throw new InvalidDataException($"a stored obligation is of the kind `{kind}`, which this program does not know"),
    };
}
