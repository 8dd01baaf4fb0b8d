using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Releases;

namespace GitOpsGate.Audit.Witnesses;

/// <summary>
/// A witness' memory in a folder: one file for each log, replaced as a whole and flushed. It must never be restored from an old copy: a witness
/// that forgets may cosign two histories. One process at a time.
/// </summary>
public sealed class WitnessFolder : IWitnessMemory, IDisposable
{
    private readonly string _folder;
    private readonly FileStream _owner;
    private readonly SemaphoreSlim _gate = new(1);

    /// <exception cref="IOException">The folder cannot be used, or another process uses it.</exception>
    public WitnessFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _owner = new FileStream(Path.Combine(folder, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    public async Task<Checkpoint?> NewestAsync(string origin, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return Read(origin);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<bool> ReplaceAsync(Checkpoint? before, Checkpoint after, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (Read(after.Origin)?.ToString() != before?.ToString()) return false;
            Durable.WriteText(PathOf(after.Origin), after.ToString());
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _owner.Dispose();
        _gate.Dispose();
    }

    // A file that cannot be read stops the witness for this log: to take it for none would be to forget.
    private Checkpoint? Read(string origin) =>
        File.Exists(PathOf(origin)) ? Checkpoint.Parse(File.ReadAllText(PathOf(origin))) : null;

    private string PathOf(string origin) => Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin))));
}
