using System.Data.Common;

namespace GitOpsGate.Storage;

/// <summary>Something to be done inside the next batch. Exactly one of <see cref="Succeed"/> and <see cref="Fail"/> ends it.</summary>
internal interface IWrite
{
    /// <summary>The batch is durable.</summary>
    void Succeed();

    /// <summary>Nothing of it is durable, as far as can be known.</summary>
    void Fail(Exception trouble);
}

/// <summary>A write with its own rules: what it did is taken back alone when it fails.</summary>
internal interface ISteps : IWrite
{
    void Apply(WriteSession session);
}

/// <summary>A write and the task of whoever waits for it.</summary>
internal sealed class Write<T>(Func<WriteSession, T> work)
    : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), ISteps
{
    private T? _result;

    public void Apply(WriteSession session) => _result = work(session);

    public void Succeed() => TrySetResult(_result!);

    public void Fail(Exception trouble) => TrySetException(trouble);
}

/// <summary>Something that is done between two batches, once all that came before it is durable.</summary>
internal sealed class Alone(Action work) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IWrite
{
    public void Succeed()
    {
        try
        {
            work();
            TrySetResult();
        }
        catch (Exception trouble) when (trouble is DbException or IOException)
        {
            TrySetException(trouble);
        }
    }

    public void Fail(Exception trouble) => TrySetException(trouble);
}

/// <summary>The writer's connection inside one batch.</summary>
internal sealed record WriteSession(Session Sql, AuditAppender Log);
