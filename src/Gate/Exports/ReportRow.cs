using System.Collections.Immutable;

namespace GitOpsGate.Exports;

/// <summary>One row of a report whose cells are filled by their columns' names; all are empty at first.</summary>
internal sealed class ReportRow
{
    private readonly ImmutableArray<string> _columns;

    public ReportRow(ImmutableArray<string> columns)
        : this(columns, new string[columns.Length]) => Array.Fill(Cells, "");

    /// <summary>A row whose cells are filled already.</summary>
    public ReportRow(ImmutableArray<string> columns, string[] cells) => (_columns, Cells) = (columns, cells);

    public string[] Cells { get; }

    public string this[string column]
    {
        get => Cells[At(column)];
        set => Cells[At(column)] = value;
    }

    private int At(string column) => _columns.IndexOf(column) is var at && at >= 0
        ? at
        : throw new ArgumentException($"there is no column `{column}`", nameof(column));
}
