using System.Collections.Immutable;
using System.Globalization;

namespace GitOpsGate.Configuration;

/// <summary>
/// Takes the keys of one map, and says everything that is wrong with them at once. The keys that were asked for are the keys that are
/// known; <see cref="Done"/> refuses all others and says which one was probably meant.
/// </summary>
internal sealed class Fields(string file, Yaml.Map map, List<FileProblem> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string File { get; } = file;

    public int Line => map.Line;

    public void Refuse(int line, string message) => problems.Add(new FileProblem(File, line, message));

    /// <summary>The part under a key, or null; an empty value counts as absent.</summary>
    public Yaml? Part(string key)
    {
        _known.Add(key);
        var found = map.Entries.FirstOrDefault(entry => entry.Key == key).Value;
        return found is Yaml.Text { IsNull: true } ? null : found;
    }

    public int LineOf(string key) => map.Entries.FirstOrDefault(entry => entry.Key == key) is { Value: not null } found ? found.Line : map.Line;

    public string? Text(string key) => Part(key) switch
    {
        null => null,
        Yaml.Text text => text.Value,
        { } other => Wrong<string>(other, key, "a text"),
    };

    /// <summary>A text that must be there; empty, with a problem, when it is not.</summary>
    public string Needed(string key, string example)
    {
        if (Part(key) is null) Refuse(map.Line, $"`{key}` is missing, for instance `{key}: {example}`");
        return Text(key) ?? "";
    }

    public bool Flag(string key, bool otherwise) => Part(key) switch
    {
        null => otherwise,
        Yaml.Text { IsPlain: true, Value: "true" } => true,
        Yaml.Text { IsPlain: true, Value: "false" } => false,
        { } other => Wrong(other, key, "`true` or `false`", otherwise),
    };

    public int Number(string key, int otherwise, int least, int most)
    {
        if (Part(key) is not { } part) return otherwise;
        if (part is Yaml.Text { IsPlain: true } text && int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        return Wrong(part, key, $"a whole number from {least} to {most}", otherwise);
    }

    public T Choice<T>(string key, T otherwise, params (string Word, T Meaning)[] choices)
    {
        if (Part(key) is not { } part) return otherwise;
        if (part is Yaml.Text text)
        {
            foreach (var (word, meaning) in choices)
            {
                if (word == text.Value) return meaning;
            }
        }

        return Wrong(part, key, string.Join(" or ", choices.Select(choice => $"`{choice.Word}`")), otherwise);
    }

    /// <summary>A list of texts; a single text stands for a list of one.</summary>
    public ImmutableArray<(string Value, int Line)> Texts(string key)
    {
        switch (Part(key))
        {
            case null:
                return [];
            case Yaml.Text text:
                return [(text.Value, text.Line)];
            case Yaml.Many many when many.Items.All(item => item is Yaml.Text { IsNull: false }):
                return [.. many.Items.Cast<Yaml.Text>().Select(item => (item.Value, item.Line))];
            case { } other:
                Wrong(other, key, "a list of texts", 0);
                return [];
        }
    }

    public ImmutableArray<string> Words(string key) => [.. Texts(key).Select(text => text.Value)];

    public ImmutableArray<string> Globs(string key)
    {
        var texts = Texts(key);
        foreach (var (value, line) in texts)
        {
            if (!Glob.TryParse(value, out _, out var problem)) Refuse(line, $"`{key}`: glob `{value}`: {problem}");
        }

        return [.. texts.Select(text => text.Value)];
    }

    /// <summary>The map under a key, or null.</summary>
    public Fields? Inner(string key) => Part(key) switch
    {
        null => null,
        Yaml.Map inner => new Fields(File, inner, problems),
        { } other => Wrong<Fields>(other, key, "a map of keys"),
    };

    /// <summary>The maps of the list under a key.</summary>
    public IEnumerable<Fields> Each(string key)
    {
        switch (Part(key))
        {
            case null:
                return [];
            case Yaml.Many many when many.Items.All(item => item is Yaml.Map):
                return many.Items.Select(item => new Fields(File, (Yaml.Map)item, problems)).ToArray();
            case { } other:
                Wrong(other, key, "a list, each item with its keys", 0);
                return [];
        }
    }

    /// <summary>All keys of the map that were not asked for yet, which makes them known.</summary>
    public IEnumerable<(string Key, int Line, Yaml Value)> Rest()
    {
        var rest = map.Entries.Where(entry => !_known.Contains(entry.Key)).ToArray();
        foreach (var entry in rest) _known.Add(entry.Key);
        return rest;
    }

    /// <summary>Refuses every key that nobody asked for.</summary>
    public void Done()
    {
        foreach (var (key, line, _) in map.Entries.Where(entry => !_known.Contains(entry.Key)))
        {
            var close = _known.Select(known => (known, distance: Distance(key, known)))
                .Where(pair => pair.distance <= Math.Max(1, pair.known.Length / 3))
                .OrderBy(pair => pair.distance).ThenBy(pair => pair.known, StringComparer.Ordinal).Select(pair => pair.known).FirstOrDefault();
            var advice = close is null
                ? $"known here are {string.Join(", ", _known.Order(StringComparer.Ordinal).Select(known => $"`{known}`"))}"
                : $"did you mean `{close}`?";
            Refuse(line, $"key `{Cut(key)}` is not known; {advice}");
        }
    }

    private static string Cut(string text) => text.Length > 60 ? text[..60] + "…" : text;

    // Levenshtein's distance without regard to case; keys are short.
    private static int Distance(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > 8) return int.MaxValue;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var same = char.ToLowerInvariant(one[i - 1]) == char.ToLowerInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + same));
            }
        }

        return row[^1];
    }

    private T? Wrong<T>(Yaml part, string key, string right)
        where T : class
    {
        Refuse(part.Line, $"`{key}` should be {right}");
        return null;
    }

    private T Wrong<T>(Yaml part, string key, string right, T otherwise)
    {
        Refuse(part.Line, $"`{key}` should be {right}");
        return otherwise;
    }
}
