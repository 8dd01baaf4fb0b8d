using System.Data.Common;
using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Privacy;

/// <summary>The key that a person's sealed sections are locked with.</summary>
/// <param name="Id"><c>k_</c> and a ULID, as leaves name it.</param>
internal sealed record SubjectKey(string Id, byte[] Bytes)
{
    public override string ToString() => Id;
}

/// <summary>
/// The keys of subjects, wrapped, on a connection of their own: with SQLite in a file of their own, whose backups need not live as long as the
/// log's. A key is durable before anything is locked with it. Once destroyed it never comes back. Keys that were asked for lately are remembered for
/// a minute: what another gateway destroys meanwhile is locked with a key that nobody keeps, as later on. Safe to call concurrently.
/// </summary>
internal sealed class SubjectKeys(Dialect dialect, TimeProvider clock, IKeyWrap? wrap) : IDisposable
{
    private const int MostRemembered = 1000;
    private static readonly Dictionary<string, SubjectKey> None = [];
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly object _gate = new();
    private readonly Dictionary<string, SubjectKey> _known = new(StringComparer.Ordinal);
    private DateTimeOffset _since;
    private Session? _session;

    /// <summary>The keys of everybody whom entries say something personal of, by reference; made where there is none.</summary>
    public IReadOnlyDictionary<string, SubjectKey> For(IEnumerable<AuditDraft> drafts)
    {
        var subjects = drafts.SelectMany(draft => draft.Personal).Select(one => one.Subject).Distinct(StringComparer.Ordinal).ToArray();
        if (subjects.Length == 0) return None;
        lock (_gate)
        {
            Tidy();
            return subjects.ToDictionary(subject => subject, Known, StringComparer.Ordinal);
        }
    }

    /// <summary>The key of one subject; made where there is none.</summary>
    public SubjectKey For(string subject) => InSession(session => Of(session, subject));

    /// <summary>The key with this id; null when it was destroyed, or is not there.</summary>
    public byte[]? Find(string keyId) => InSession(session =>
        session.Scalar("SELECT wrapped FROM subject_key WHERE key_id = @key", keyId) is byte[] wrapped ? Wrap().Unwrap(keyId, wrapped) : null);

    /// <summary>Whether the key with this id was destroyed, rather than lost.</summary>
    public bool IsDestroyed(string keyId) => InSession(session =>
        session.Scalar("SELECT 1 FROM subject_key WHERE key_id = @key AND destroyed_ms IS NOT NULL", keyId) is not null);

    /// <summary>A subject's key, or null when there is none or it was destroyed.</summary>
    public (string Id, byte[] Key)? OfSubject(string subject) => InSession<(string, byte[])?>(session =>
    {
        var id = (string?)session.Scalar("SELECT key_id FROM subject_key WHERE subject = @subject AND wrapped IS NOT NULL", subject);
        return id is not null && session.Scalar("SELECT wrapped FROM subject_key WHERE key_id = @key", id) is byte[] wrapped
            && Wrap().Unwrap(id, wrapped) is { } key ? (id, key) : null;
    });

    /// <summary>Destroys a subject's key for good; its id, or null when there never was one. Doing so again changes nothing.</summary>
    public string? Destroy(string subject) => InSession(session =>
    {
        _known.Clear();
        session.Execute(
            "UPDATE subject_key SET wrapped = NULL, destroyed_ms = @now WHERE subject = @subject AND wrapped IS NOT NULL",
            clock.GetUtcNow().ToUnixTimeMilliseconds(), subject);
        return (string?)session.Scalar("SELECT key_id FROM subject_key WHERE subject = @subject", subject);
    });

    public void Dispose()
    {
        lock (_gate) _session?.Dispose();
    }

    private void Tidy()
    {
        var now = clock.GetUtcNow();
        if (now - _since <= Longest && now >= _since && _known.Count < MostRemembered) return;
        _known.Clear();
        _since = now;
    }

    private SubjectKey Known(string subject) =>
        _known.TryGetValue(subject, out var key) ? key : _known[subject] = InSession(session => Of(session, subject));

    private SubjectKey Of(Session session, string subject)
    {
        const string Read = "SELECT key_id, wrapped FROM subject_key WHERE subject = @subject";
        if (Single(session, Read, subject) is { } known) return known;
        var now = clock.GetUtcNow();
        Span<byte> chance = stackalloc byte[Ulid.ChanceLength];
        RandomNumberGenerator.Fill(chance);
        var id = $"k_{Ulid.Create(now, chance)}";
        session.Execute(
            """
            INSERT INTO subject_key (key_id, subject, wrapped, created_ms) VALUES (@key, @subject, @wrapped, @now)
            ON CONFLICT (subject) DO NOTHING
            """,
            id, subject, Wrap().Wrap(id, RandomNumberGenerator.GetBytes(SealedBox.KeyLength)), now.ToUnixTimeMilliseconds());
        // Another gateway on the same database may have been quicker.
        return Single(session, Read, subject) ?? throw new InvalidDataException($"the key of `{subject}` was not stored");
    }

    private SubjectKey? Single(Session session, string sql, string subject)
    {
        var rows = session.Query(sql, row => (Id: row.GetString(0), Wrapped: row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)), subject);
        if (rows is not [var (id, wrapped)]) return null;
        // What still comes in under an erased reference is locked with a key that nobody keeps.
        if (wrapped is null) return new SubjectKey(id, RandomNumberGenerator.GetBytes(SealedBox.KeyLength));
        return new SubjectKey(id, Wrap().Unwrap(id, wrapped)
            ?? throw new InvalidDataException($"the key `{id}` cannot be unwrapped: the gateway's keys that wrapped it are not in its data folder"));
    }

    private IKeyWrap Wrap() => wrap ?? throw new InvalidOperationException("nothing can be sealed without what wraps keys");

    private T InSession<T>(Func<Session, T> work)
    {
        lock (_gate)
        {
            try
            {
                return work(_session ??= new Session(dialect.ConnectKeys()));
            }
            catch (DbException)
            {
                // Whatever ails the connection, the next caller gets a new one.
                _session?.Dispose();
                _session = null;
                throw;
            }
        }
    }
}
