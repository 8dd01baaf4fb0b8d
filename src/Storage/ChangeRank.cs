using GitOpsGate.Changes;

namespace GitOpsGate.Storage;

/// <summary>
/// One number that sorts the lists of change requests: open ones that wait, longest first; then other open ones, then the rest, both
/// newest first. Unix milliseconds have thirteen digits until the year 2286, so three bands of 10¹³ do not meet.
/// </summary>
internal static class ChangeRank
{
    private const long Band = 10_000_000_000_000;

    public static long Of(ChangeState state, long? waitingMilliseconds, long updatedMilliseconds) =>
        state != ChangeState.Open ? (3 * Band) - updatedMilliseconds
        : waitingMilliseconds ?? ((2 * Band) - updatedMilliseconds);
}
