namespace GitOpsGate.Storage.Privacy;

/// <summary>Those who are under a legal hold, and what they are called: looked up once for all days that are to end.</summary>
internal sealed class HeldPeople(SubjectKeys keys)
{
    private List<(string Reference, Mentions Mentions)>? _people;

    /// <summary>Why a day does not end; null when none of its webhooks names somebody who is held. Says references, never names.</summary>
    public string? WhyHeld(Session session, WebhookDay day, CancellationToken cancellation)
    {
        _people ??= [.. References(session).Select(reference => (reference, People.MentionsOf(session, reference, keys, cancellation)))];
        var named = _people.Where(one => !one.Mentions.IsEmpty).ToList();
        if (named.Count == 0) return null;
        foreach (var (_, text, _) in StoredTexts.Deliveries(session, keys, 0, day))
        {
            cancellation.ThrowIfCancellationRequested();
            // What does not open may name anybody.
            if (named.FirstOrDefault(one => text is null || ErasureScan.Names(one.Mentions, text)).Reference is { } reference)
                return $"one of its webhooks names `{reference}`, who is under a legal hold";
        }

        return null;
    }

    /// <summary>Whether nobody was put under a hold since they were looked up.</summary>
    public bool AreAll(Session session) => References(session).All(reference => _people!.Exists(one => one.Reference == reference));

    private static List<string> References(Session session) => session.Query("SELECT reference FROM legal_hold ORDER BY reference", row => row.GetString(0));
}
