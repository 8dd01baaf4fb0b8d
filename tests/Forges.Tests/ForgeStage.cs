using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.Forges.Tests;

/// <summary>
/// A fake forge with one repository, one open change request by <c>alice</c> and one team, as <see cref="ForgeContract"/> needs
/// it. Each forge fills it in once.
/// </summary>
public abstract class ForgeStage : IAsyncDisposable
{
    private readonly ServiceProvider _room;

    /// <param name="timeout">How long a call may take: 4 s when not given, since the contract has calls that nobody answers.</param>
    protected ForgeStage(string forge, TimeProvider? clock = null, TimeSpan? timeout = null)
    {
        _room = Rooms.Fresh(new ForgeHttpOptions { Timeout = timeout ?? TimeSpan.FromSeconds(4) }, clock);
        Forge = _room.GetRequiredService<ForgeRoster>().Find(forge)
            ?? throw new InvalidOperationException($"forge `{forge}` has no line in ForgeRegistration.All");
    }

    /// <summary>The forge under test, speaking to <see cref="Server"/>.</summary>
    public IForge Forge { get; }

    public abstract FakeServer Server { get; }

    /// <summary>Reaches <see cref="Server"/>; its webhook secrets are <c>first secret</c> and <c>second secret</c>.</summary>
    public abstract Connection Connection { get; }

    /// <summary>The same with credentials that the forge does not know.</summary>
    public virtual Connection Stranger => Connection with { Token = new Secret("wrong") };

    /// <summary>The open change request.</summary>
    public abstract ChangeKey Change { get; }

    /// <summary>Its head.</summary>
    public abstract CommitId Head { get; }

    /// <summary>A team that alice belongs to, as rules name it.</summary>
    public abstract string Team { get; }

    /// <summary>A team that there is not, as rules would name it.</summary>
    public virtual string UnknownTeam => "acme/nobody-knows";

    public RepositoryKey Repository => Change.Repository;

    /// <summary>Whether what proves who called covers the body, too.</summary>
    public virtual bool SignsBody => true;

    /// <summary>A body as the forge sends it; any will do where deliveries are named in the headers.</summary>
    public virtual byte[] ExampleBody => "{\"what\":\"does not matter\"}"u8.ToArray();

    /// <summary>Whether this forge signs a timestamp, so that an old call can be told.</summary>
    public virtual bool SignsTime => false;

    /// <summary>The request that posts a status: its method and a part of its path that no other request has.</summary>
    public abstract (string Method, string Path) StatusWrite { get; }

    /// <summary>The request that writes a new comment.</summary>
    public abstract (string Method, string Path) CommentWrite { get; }

    /// <summary>The request that creates a hook.</summary>
    public abstract (string Method, string Path) HookWrite { get; }

    /// <summary>
    /// A part of the path of the request that reads the change request, and of no other request but those below it.
    /// </summary>
    public abstract string ChangeRead { get; }

    /// <summary>The headers of a call with this body, names in lower case, as the forge would send them.</summary>
    public abstract IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at);

    /// <summary>The same headers without whatever proves who called.</summary>
    public abstract IReadOnlyDictionary<string, string> UnsignedHeaders(byte[] body);

    /// <summary>
    /// How the newest status with the connection's context stands on the head, in our words; null when there is none.
    /// </summary>
    public abstract CheckState? StatusShown();

    /// <summary>The texts of the comments on the change request that the gate wrote.</summary>
    public abstract IReadOnlyList<string> GateComments();

    /// <summary>Deletes the gate's comments behind its back.</summary>
    public abstract void DeleteGateComments();

    /// <summary>The secrets of the hooks with this address, one for each hook.</summary>
    public abstract IReadOnlyList<string> HookSecrets(string url);

    /// <summary>The owner of the repository, and of one more that is archived.</summary>
    public virtual string Owner => Repository.Path.Split('/')[0];

    /// <summary>The tip of <c>main</c>.</summary>
    public abstract CommitId MainTip { get; }

    /// <summary>What a merge into <c>main</c> could not be kept from by this forge, whoever asks: then nothing is required afterwards.</summary>
    public virtual bool CanRequireStatus => true;

    /// <summary>Whether the forge keeps a list of what it sent, and can be asked to send it again.</summary>
    public virtual bool KeepsDeliveries => false;

    /// <summary>The request that has merges wait for the status: its method and a part of its path.</summary>
    public abstract (string Method, string Path) ProtectWrite { get; }

    /// <summary>The request that takes a hook away.</summary>
    public virtual (string Method, string Path) HookRemoval => ("DELETE", HookWrite.Path);

    /// <summary>Merges or closes the change request, without a webhook.</summary>
    public abstract Task CloseChangeAsync();

    /// <summary>Takes an event away from the hook with this address, behind the gate's back.</summary>
    public abstract void WeakenHook(string url);

    /// <summary>Switches the hook with this address off, as the forge itself or a person would.</summary>
    public abstract void DisableHook(string url);

    /// <summary>Adds a hook that is none of ours.</summary>
    public abstract void AddHook(string url);

    /// <summary>
    /// Has the forge send one event to the hook with this address, to which nobody answers; returns once the forge has given up. The
    /// delivery's own id.
    /// </summary>
    public virtual Task<string> MissDeliveryAsync(string url) => throw new NotSupportedException("this forge keeps no list of what it sent");

    /// <summary>How many times the forge has tried to send the delivery with this id.</summary>
    public virtual int Tries(string forgeId) => throw new NotSupportedException("this forge keeps no list of what it sent");

    /// <summary>Whether the forge lets a change request into <c>main</c> be merged only with the connection's status.</summary>
    public abstract bool IsStatusRequired();

    /// <summary>A file's text at the tip of a branch, or null when there is none.</summary>
    public abstract Task<string?> FileAtAsync(string branch, string path);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _room.DisposeAsync();
        await Server.DisposeAsync();
    }
}
