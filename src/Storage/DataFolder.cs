namespace GitOpsGate.Storage;

/// <summary>
/// Holds a data folder for one process: a second one on the same SQLite file would hand out again what the first has in hand. The
/// operating system lets go when the process ends, however it ends.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockName = "gate.lock";
    private readonly FileStream _held;

    /// <exception cref="DataFolderInUseException">Another gateway works in this folder.</exception>
    public DataFolder(string path)
    {
        Directory.CreateDirectory(path);
        try
        {
            _held = new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException trouble) when (trouble is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new DataFolderInUseException(
                $"the data folder `{path}` is in use by another gateway: stop it, or give this one a folder of its own", trouble);
        }
    }

    public void Dispose() => _held.Dispose();
}

/// <summary>A data folder belongs to another running gateway.</summary>
public sealed class DataFolderInUseException(string message, Exception inner) : IOException(message, inner);
