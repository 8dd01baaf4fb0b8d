namespace GitOpsGate.Testing;

/// <summary>An empty folder that is gone with its test.</summary>
public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gate-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
