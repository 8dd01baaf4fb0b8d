using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.WebhookGateway.Audit.Witnesses;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>A witness as the page shows it.</summary>
/// <param name="Cosigned">How many entries it has cosigned, in words.</param>
/// <param name="At">When it cosigned last, or null.</param>
/// <param name="Trouble">What is wrong, or null.</param>
public sealed record WitnessRow(string Name, string Where, string Cosigned, MomentView? At, string? Trouble)
{
    internal static WitnessRow Of(WitnessState state, DateTimeOffset now) => new(
        state.Source.Name, state.Source.Address.AbsoluteUri, state.Size is { } size ? size.ToString("N0", CultureInfo.InvariantCulture) : "not known",
        state.At is { } at ? MomentView.Of(at, now) : null, state.Trouble);
}

/// <summary>The witnesses together.</summary>
/// <param name="Quorum">What was reached, in words.</param>
/// <param name="Warning">What somebody must look at, or null.</param>
public sealed record WitnessesView(ImmutableArray<WitnessRow> Rows, string Quorum, string? Warning)
{
    internal static WitnessesView Of(WitnessBoard board, DateTimeOffset now)
    {
        ImmutableArray<WitnessState> states = board.All;
        return new WitnessesView(
            [.. states.Select(state => WitnessRow.Of(state, now))],
            string.Create(
                CultureInfo.InvariantCulture,
                $"{board.Needed} of {states.Length} make a quorum; {(board.Quorum > 0 ? $"it has cosigned {board.Quorum:N0} entries" : "it has cosigned nothing yet")}."),
            WarningOf(board, states));
    }

    private static string? WarningOf(WitnessBoard board, ImmutableArray<WitnessState> states)
    {
        var contradicting = states.Where(state => state.Contradicts).Select(state => $"`{state.Source.Name}`").ToArray();
        if (contradicting.Length > 0)
            return $"{string.Join(", ", contradicting)} cosigned what this log does not hold: entries were lost or changed, or there are two histories. Stop the gate, and compare the log with its mirror.";
        return board.IsLate
            ? string.Create(CultureInfo.InvariantCulture, $"The log has grown for more than {WitnessBoard.Patience.TotalMinutes:0} minutes without a quorum of its witnesses: nobody outside vouches for its newest entries.")
            : null;
    }
}
