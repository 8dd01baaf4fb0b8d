using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Budget;

/// <summary>
/// Lets as many in at once as it is wide. Background work waits while anybody else waits, and fills at most half, so that there is room for
/// who comes next. Safe to use from many threads.
/// </summary>
internal sealed class PriorityGate(int width)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _interactive = [];
    private readonly LinkedList<TaskCompletionSource> _background = [];
    private readonly int _halfWidth = Math.Max(1, width / 2);
    private int _inside;
    private int _backgroundInside;

    /// <summary>Completes once the caller is inside; whoever was let in must leave.</summary>
    public async Task EnterAsync(ForgePriority priority, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = priority == ForgePriority.Background ? _background : _interactive;
        lock (_gate)
        {
            line.AddLast(turn);
            LetIn();
        }

        await using var givenUp = cancellation.Register(() => GiveUp(line, turn, cancellation));
        await turn.Task;
    }

    public void Leave(ForgePriority priority)
    {
        lock (_gate)
        {
            _inside--;
            if (priority == ForgePriority.Background) _backgroundInside--;
            LetIn();
        }
    }

    private void GiveUp(LinkedList<TaskCompletionSource> line, TaskCompletionSource turn, CancellationToken cancellation)
    {
        lock (_gate)
        {
            // Whoever is inside already leaves by himself.
            if (line.Remove(turn)) turn.SetCanceled(cancellation);
        }
    }

    private void LetIn()
    {
        while (_inside < width && _interactive.First is { } first)
        {
            _interactive.RemoveFirst();
            _inside++;
            first.Value.SetResult();
        }

        while (_inside < width && _backgroundInside < _halfWidth && _background.First is { } first)
        {
            _background.RemoveFirst();
            _inside++;
            _backgroundInside++;
            first.Value.SetResult();
        }
    }
}
