using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Configuration;

namespace GitOpsGate.Targets;

/// <summary>
/// Reads the settings of one target and gathers what is wrong with them. A setting that nobody asks for is wrong too, so that a misspelled
/// name does not go unseen.
/// </summary>
internal sealed class TargetSettings(TargetSource source)
{
    private readonly SortedSet<string> _problems = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>What is wrong, in order; complete once all settings were asked for.</summary>
    public ImmutableArray<string> Problems =>
    [
        .. _problems,
        .. source.Settings.Keys.Concat(source.Secrets.Keys).Where(name => !_asked.Contains(name)).Order(StringComparer.Ordinal).Select(
            name => $"target `{source.Name}` has the setting `{name}`, which a `{source.Kind}` target does not know"),
    ];

    public string? Text(string name)
    {
        _asked.Add(name);
        return source.Settings.GetValueOrDefault(name);
    }

    public string Required(string name, string what)
    {
        var text = Text(name);
        if (string.IsNullOrWhiteSpace(text)) Wrong($"needs `{name}`: {what}");
        return text ?? "";
    }

    public int Number(string name, int otherwise, int from, int to)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to) return number;
        Wrong($"has `{name}: {text}`; it must be a whole number from {from} to {to}");
        return otherwise;
    }

    public bool Truth(string name)
    {
        if (Text(name) is not { } text) return false;
        if (text is "true" or "false") return text == "true";
        Wrong($"has `{name}: {text}`; it must be `true` or `false`");
        return false;
    }

    public Secret? Secret(string name)
    {
        _asked.Add(name);
        return source.Secrets.GetValueOrDefault(name);
    }

    public void Wrong(string what) => _problems.Add($"target `{source.Name}` {what}");
}
