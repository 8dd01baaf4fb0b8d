using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Error, "a batch of {Count} writes failed and was taken back")]
    public static partial void BatchFailed(ILogger log, int count, Exception trouble);

    [LoggerMessage(2, LogLevel.Warning, "a commit was reported as failed, but it happened")]
    public static partial void CommittedAfterAll(ILogger log, Exception trouble);

    [LoggerMessage(3, LogLevel.Error, "what became of a commit could not be found out")]
    public static partial void RecheckFailed(ILogger log, Exception trouble);

    [LoggerMessage(4, LogLevel.Information, "migration {Name} applied")]
    public static partial void Migrated(ILogger log, string name);

    [LoggerMessage(5, LogLevel.Information, "the intake journal held {Count} deliveries that were acknowledged and are in the inbox now")]
    public static partial void TakenIn(ILogger log, int count);

    [LoggerMessage(6, LogLevel.Error, "the intake journal is not used until the next start: deliveries are committed one batch after the other")]
    public static partial void JournalFailed(ILogger log, Exception trouble);

    [LoggerMessage(7, LogLevel.Error, "whether deliveries are known could not be read: the writer finds out")]
    public static partial void KeysUnknown(ILogger log, Exception trouble);
}
