using System.Text;

namespace GitOpsGate.Exports.Views;

/// <summary>
/// Entries as rows of RFC 4180. People stand in columns of opaque references; what is sealed is named as <c>withheld</c>, so that it is told apart
/// from what is not there. The columns' version stands in the ending of files: a column that is added comes last and makes another one.
/// </summary>
internal static class CsvView
{
    private static readonly (string Column, Func<ViewedEntry, string> Cell)[] Cells =
    [
        ("seq", entry => entry.Fields.Text("seq")),
        ("id", entry => entry.Fields.Text("id")),
        ("leaf_sha256", entry => entry.Fields.Hash),
        ("time", entry => entry.Fields.Time),
        ("occurred", entry => entry.Fields.Text("occurred")),
        ("type", entry => entry.Fields.Type),
        ("outcome", entry => entry.Fields.Text("outcome")),
        ("tenant", entry => entry.Fields.Text("tenant")),
        ("actor_kind", entry => entry.Fields.Text("actor", "kind")),
        ("actor_ref", entry => entry.Fields.Text("actor", "ref")),
        ("subject_kind", entry => entry.Fields.Text("subject", "kind")),
        ("subject_ref", entry => entry.Fields.Subject),
        ("subject_digest", entry => entry.Fields.Text("subject", "digest")),
        ("corr", entry => entry.Fields.Correlation),
        ("cause", entry => entry.Fields.Text("cause")),
        ("pop", entry => string.Join(';', entry.Fields.Populations().Select(name => $"{name}={entry.Fields.Text("pop", name)}"))),
        ("attrs", entry => entry.Fields.Raw("attrs")),
        ("sealed", entry => string.Join(';', entry.Fields.Sealed().Select(name => $"{name}=withheld"))),
    ];

    /// <summary>The header row.</summary>
    public static string Head { get; } = CsvText.Line(Cells.Select(cell => cell.Column));

    public static ReadOnlyMemory<byte> Row(ViewedEntry entry) => Encoding.UTF8.GetBytes(CsvText.Line(Cells.Select(cell => cell.Cell(entry))));
}
